//! Takes secrets out of the texts that Meta answers with: it quotes a malformed token whole.

/// What stands where a secret stood.
const HIDDEN: &str = "…";
/// What Meta's access tokens begin with.
const TOKEN_PREFIX: &str = "EAA";
/// No token is shorter, and hardly any other word longer.
const TOKEN_LENGTH: usize = 24;

/// The secrets that a call held.
///
/// They are taken out of a text before it is shortened: of a secret across the cut, the part before it would be left.
#[derive(Clone, Copy, Default)]
pub(super) struct CallSecrets<'a>([Option<&'a str>; 3]);

impl<'a> CallSecrets<'a> {
    /// A token, what else the call held, and the secret of the app.
    pub(super) fn new(secrets: [Option<&'a str>; 3]) -> Self {
        Self(secrets.map(|secret| secret.filter(|secret| !secret.is_empty())))
    }

    /// `text` without these secrets, and without whatever looks like an access token.
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
