//! Removes secrets from texts of Meta's, which quote a malformed token in full.

/// The replacement of a secret.
const HIDDEN: &str = "…";
/// Prefix of Meta's access tokens.
const TOKEN_PREFIX: &str = "EAA";
/// Minimum length of a token, characters. Few other words are as long.
const TOKEN_LENGTH: usize = 24;

/// The secrets of a call.
///
/// They are removed from a text before it is shortened: otherwise the part of a secret before the
/// cut would remain.
#[derive(Clone, Copy, Default)]
pub(super) struct CallSecrets<'a>([Option<&'a str>; 3]);

impl<'a> CallSecrets<'a> {
    /// A token, another secret of the call, and the app secret.
    pub(super) fn new(secrets: [Option<&'a str>; 3]) -> Self {
        Self(secrets.map(|secret| secret.filter(|secret| !secret.is_empty())))
    }

    /// `text` without these secrets, and without anything that looks like an access token.
    pub(super) fn hidden_in(&self, mut text: String) -> String {
        for secret in self.0.iter().flatten() {
            if text.contains(secret) {
                text = text.replace(secret, HIDDEN);
            }
        }
        hide_tokens(&mut text);
        text
    }
}

fn hide_tokens(text: &mut String) {
    let found: Vec<String> = text
        .split(|c: char| !c.is_ascii_alphanumeric() && c != '-' && c != '_')
        .filter(|word| word.len() >= TOKEN_LENGTH && word.starts_with(TOKEN_PREFIX))
        .map(ToOwned::to_owned)
        .collect();
    for token in found {
        *text = text.replace(&token, HIDDEN);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_that_meta_quotes_is_hidden() {
        let secrets = CallSecrets::new([Some("canary-token"), Some("918273"), Some("")]);
        for (text, shown) in [
            (
                "Malformed access token EAAnotherAppsTokenThatIsLong, not canary-token",
                "Malformed access token …, not …",
            ),
            ("the code 918273 is wrong", "the code … is wrong"),
            ("nothing to hide", "nothing to hide"),
        ] {
            assert_eq!(secrets.hidden_in(text.to_owned()), shown);
        }
    }
}
