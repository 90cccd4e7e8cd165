//! Who asked for something.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Who asked for something, by the name that it proved to have: `api-key:key_…`, `jwt:…`, `certificate:…`, or `anonymous` where
/// nobody is asked. For people who look into what happened; nothing is decided by it. It opens nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Principal(String);

/// A name is cut after so many characters.
const MOST: usize = 200;

impl Principal {
    /// Whoever calls where nobody is asked who they are.
    #[must_use]
    pub fn anonymous() -> Self {
        Self("anonymous".to_owned())
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

    /// Whoever chose the name may have put anything into it: it shall not break a line of a log or a terminal.
    fn named(kind: &str, name: &str) -> Self {
        let plain = |c: char| if c.is_control() { '\u{fffd}' } else { c };
        let name: String = name.chars().take(MOST).map(plain).collect();
        Self(format!("{kind}:{name}"))
    }

    /// The whole name.
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
    fn a_name_stays_on_its_line_and_within_its_bounds() {
        let forged = Principal::of_token("x\n2026-11-26 INFO all is well\u{7f}");
        assert_eq!(
            forged.as_str(),
            "jwt:x\u{fffd}2026-11-26 INFO all is well\u{fffd}"
        );
        let long = Principal::of_certificate(&"é".repeat(10_000));
        assert_eq!(long.as_str().chars().count(), "certificate:".len() + MOST);
    }
}
