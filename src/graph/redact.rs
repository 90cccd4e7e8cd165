//! Takes secrets out of the texts that Meta answers with: it quotes a malformed token whole.

use crate::migration::GraphError;

/// What stands where a secret stood.
const HIDDEN: &str = "…";
/// What Meta's access tokens begin with.
const TOKEN_PREFIX: &str = "EAA";
/// No token is shorter, and hardly any other word longer.
const TOKEN_LENGTH: usize = 24;

/// Takes `secrets`, and whatever looks like an access token, out of the texts of `error`.
pub(super) fn redact(error: &mut GraphError, secrets: &[&str]) {
    let optional = [
        &mut error.user_title,
        &mut error.user_message,
        &mut error.details,
        &mut error.fbtrace_id,
    ];
    let texts = [&mut error.kind, &mut error.message]
        .into_iter()
        .chain(optional.into_iter().filter_map(Option::as_mut));
    for text in texts {
        for secret in secrets.iter().filter(|secret| !secret.is_empty()) {
            if text.contains(secret) {
                *text = text.replace(secret, HIDDEN);
            }
        }
        hide_tokens(text);
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
        let mut error = GraphError {
            message: "Malformed access token EAAnotherAppsTokenThatIsLong, not canary-token"
                .to_owned(),
            user_message: Some("the code 918273 is wrong".to_owned()),
            ..GraphError::default()
        };
        redact(&mut error, &["canary-token", "918273", ""]);
        assert_eq!(error.message, "Malformed access token …, not …");
        assert_eq!(error.user_message.as_deref(), Some("the code … is wrong"));
    }
}
