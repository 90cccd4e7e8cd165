//! The accepted signature algorithms of tokens.

use std::str::FromStr;

use jsonwebtoken::Algorithm;

/// The accepted signature algorithms: `RS256`, `ES256` and other asymmetric ones, separated by
/// commas. Never HMAC, with which a verifier can also sign, and never `none`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Algorithms(Vec<Algorithm>);

/// The text is not a list of algorithms.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "must be one or more of RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384 and EdDSA, separated by \
     commas: tokens are verified with public keys only"
)]
pub struct InvalidAlgorithms;

/// All algorithms, by name.
const ALL: [(&str, Algorithm); 9] = [
    ("RS256", Algorithm::RS256),
    ("RS384", Algorithm::RS384),
    ("RS512", Algorithm::RS512),
    ("PS256", Algorithm::PS256),
    ("PS384", Algorithm::PS384),
    ("PS512", Algorithm::PS512),
    ("ES256", Algorithm::ES256),
    ("ES384", Algorithm::ES384),
    ("EdDSA", Algorithm::EdDSA),
];

impl Algorithms {
    pub(super) fn contains(&self, algorithm: Algorithm) -> bool {
        self.0.contains(&algorithm)
    }
}

impl FromStr for Algorithms {
    type Err = InvalidAlgorithms;

    fn from_str(text: &str) -> Result<Self, InvalidAlgorithms> {
        let known = |name: &str| {
            let row = ALL.iter().find(|(known, _)| *known == name.trim());
            row.map(|(_, algorithm)| *algorithm)
                .ok_or(InvalidAlgorithms)
        };
        text.split(',')
            .map(known)
            .collect::<Result<_, _>>()
            .map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_asymmetric_algorithms_are_accepted() {
        let two: Algorithms = "RS256, EdDSA".parse().unwrap();
        assert!(two.contains(Algorithm::EdDSA) && !two.contains(Algorithm::ES256));
        for bad in [
            "",
            "none",
            "HS256",
            "RS256,HS512",
            "rs256",
            "RS256,",
            "ES512",
        ] {
            assert_eq!(bad.parse::<Algorithms>(), Err(InvalidAlgorithms), "{bad}");
        }
    }
}
