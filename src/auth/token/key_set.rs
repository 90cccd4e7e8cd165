//! The keys that an issuer publishes. Pure.

use std::collections::HashMap;
use std::sync::Arc;

use jsonwebtoken::jwk::{AlgorithmParameters, EllipticCurve, Jwk, PublicKeyUse};
use jsonwebtoken::{Algorithm, DecodingKey};
use serde::Deserialize;
use serde_json::Value;

/// The keys of an issuer that signatures can be verified with, by their ids.
#[derive(Debug)]
pub(super) struct KeySet(HashMap<String, Arc<VerificationKey>>);

/// A public key, and the algorithms that it is for.
#[derive(Debug)]
pub(super) struct VerificationKey {
    decoding: DecodingKey,
    algorithms: Vec<Algorithm>,
}

/// Maximum keys of a set: an issuer has a handful.
const MOST: usize = 100;
/// Maximum length of a key id, bytes. Longer ones are ignored: ids of tokens whose key was not found are kept in memory.
pub(super) const MOST_ID_BYTES: usize = 256;

impl KeySet {
    /// Reads a set. IssuerKeys that are for something else, or of a kind that is not known, are passed over: one that nobody asks
    /// for must not take the others with it. `None` where it is no set, or no key is left.
    pub(super) fn read(document: &[u8]) -> Option<Self> {
        #[derive(Deserialize)]
        struct Document {
            keys: Vec<Value>,
        }
        let Document { keys } = serde_json::from_slice(document).ok()?;
        let mut set = HashMap::new();
        for key in keys.into_iter().take(MOST) {
            if let Some((id, key)) = VerificationKey::read(key) {
                set.entry(id).or_insert_with(|| Arc::new(key));
            }
        }
        (!set.is_empty()).then_some(Self(set))
    }

    pub(super) fn find(&self, id: &str) -> Option<Arc<VerificationKey>> {
        self.0.get(id).cloned()
    }
}

impl VerificationKey {
    fn read(key: Value) -> Option<(String, Self)> {
        let key: Jwk = serde_json::from_value(key).ok()?;
        let id = key.common.key_id.clone();
        let id = id.filter(|id| id.len() <= MOST_ID_BYTES)?;
        let signs = matches!(
            key.common.public_key_use,
            None | Some(PublicKeyUse::Signature)
        );
        let mut algorithms = algorithms(&key.algorithm);
        if let Some(own) = key.common.key_algorithm {
            let own = Algorithm::try_from(own).ok()?;
            algorithms.retain(|algorithm| *algorithm == own);
        }
        let decoding = DecodingKey::from_jwk(&key).ok()?;
        let usable = signs && !algorithms.is_empty();
        usable.then_some((
            id,
            Self {
                decoding,
                algorithms,
            },
        ))
    }

    pub(super) fn is_for(&self, algorithm: Algorithm) -> bool {
        self.algorithms.contains(&algorithm)
    }

    pub(super) const fn decoding(&self) -> &DecodingKey {
        &self.decoding
    }
}

/// What a key of this kind can be for. A secret is for nothing.
fn algorithms(kind: &AlgorithmParameters) -> Vec<Algorithm> {
    match kind {
        AlgorithmParameters::RSA(_) => vec![
            Algorithm::RS256,
            Algorithm::RS384,
            Algorithm::RS512,
            Algorithm::PS256,
            Algorithm::PS384,
            Algorithm::PS512,
        ],
        AlgorithmParameters::EllipticCurve(key) => match key.curve {
            EllipticCurve::P256 => vec![Algorithm::ES256],
            EllipticCurve::P384 => vec![Algorithm::ES384],
            _ => Vec::new(),
        },
        AlgorithmParameters::OctetKeyPair(key) if key.curve == EllipticCurve::Ed25519 => {
            vec![Algorithm::EdDSA]
        }
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// A point of the curve P-256, from RFC 7517.
    fn p256(id: &str) -> Value {
        json!({
            "kty": "EC", "crv": "P-256", "kid": id,
            "x": "MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4",
            "y": "4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM",
        })
    }

    fn read(keys: &Value) -> Option<KeySet> {
        KeySet::read(json!({ "keys": keys }).to_string().as_bytes())
    }

    #[test]
    fn a_key_that_cannot_be_used_does_not_take_the_others_with_it() {
        let with = |edit: fn(&mut Value)| {
            let mut key = p256("odd");
            edit(&mut key);
            key
        };
        for odd in [
            json!(7),
            json!({}),
            json!({ "kty": "oct", "kid": "odd", "k": "c2VjcmV0" }),
            json!({ "kty": "oct", "kid": "odd", "k": "c2VjcmV0", "alg": "HS256" }),
            json!({ "kty": "quantum", "kid": "odd" }),
            with(|key| key["use"] = json!("enc")),
            with(|key| key["alg"] = json!("RS256")),
            with(|key| key["alg"] = json!("ECDH-ES")),
            with(|key| key["crv"] = json!("secp256k1")),
            with(|key| key["x"] = json!("!")),
            with(|key| key["kid"] = json!(null)),
        ] {
            let set = read(&json!([odd, p256("good")])).unwrap();
            assert!(set.find("good").is_some(), "{odd}");
            assert!(set.find("odd").is_none(), "{odd}");
            assert!(read(&json!([odd])).is_none(), "{odd}");
        }
        for none in [
            "",
            "{}",
            "[]",
            "<html>",
            r#"{"keys": {}}"#,
            r#"{"keys": []}"#,
        ] {
            assert!(KeySet::read(none.as_bytes()).is_none(), "{none}");
        }
    }

    #[test]
    fn a_key_is_for_the_algorithms_of_its_kind() {
        let set = read(&json!([p256("a")])).unwrap();
        let key = set.find("a").unwrap();
        assert!(key.is_for(Algorithm::ES256));
        for other in [Algorithm::ES384, Algorithm::RS256, Algorithm::HS256] {
            assert!(!key.is_for(other), "{other:?}");
        }
    }
}
