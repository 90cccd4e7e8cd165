//! The identity of a caller.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The identity of a caller: `api-key:key_…`, `jwt:…`, `certificate:…`, `anonymous` without
/// authentication, or `command-line`. For the audit trail only; grants nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Principal(String);

/// Maximum length of a name, characters. Longer ones are cut.
const MAX_NAME: usize = 200;

impl Principal {
    /// A caller without authentication.
    #[must_use]
    pub fn anonymous() -> Self {
        Self("anonymous".to_owned())
    }

    /// An operator who works on the store with the command line.
    #[must_use]
    pub fn command_line() -> Self {
        Self("command-line".to_owned())
    }

    /// The holder of the API key with this id.
    #[must_use]
    pub fn of_api_key(id: impl fmt::Display) -> Self {
        Self::named("api-key", &id.to_string())
    }

    /// The subject of a JSON Web Token.
    #[must_use]
    pub fn of_token(subject: &str) -> Self {
        Self::named("jwt", subject)
    }

    /// The owner of a certificate with this name.
    #[must_use]
    pub fn of_certificate(name: &str) -> Self {
        Self::named("certificate", name)
    }

    /// The name is untrusted input: control characters must not break lines of logs and terminals.
    fn named(kind: &str, name: &str) -> Self {
        let plain = |c: char| if c.is_control() { '\u{fffd}' } else { c };
        let name: String = name.chars().take(MAX_NAME).map(plain).collect();
        Self(format!("{kind}:{name}"))
    }

    /// The kind and the name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Principal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_has_no_control_characters_and_a_maximum_length() {
        let forged = Principal::of_token("x\n2026-11-26 INFO all is well\u{7f}");
        assert_eq!(
            forged.as_str(),
            "jwt:x\u{fffd}2026-11-26 INFO all is well\u{fffd}"
        );
        let long = Principal::of_certificate(&"é".repeat(10_000));
        assert_eq!(
            long.as_str().chars().count(),
            "certificate:".len() + MAX_NAME
        );
    }
}
