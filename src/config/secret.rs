//! A secret setting, and the keys that are secret.

use std::fmt;

use zeroize::{Zeroize, ZeroizeOnDrop};

/// The keys whose values are never printed, each with the key of a file that may hold the value instead.
const KEYS: [(&str, &str); 4] = [
    ("graph.access_token", "graph.access_token_file"),
    ("graph.app_secret", "graph.app_secret_file"),
    ("secrets.keys", "secrets.key_file"),
    ("telemetry.otlp_headers", "telemetry.otlp_headers_file"),
];

/// Where `key` is a secret's: the key of a file that may hold it instead.
#[must_use]
pub fn file_of(key: &str) -> Option<&'static str> {
    KEYS.into_iter()
        .find_map(|(secret, file)| (secret == key).then_some(file))
}

/// A text that is never printed.
#[derive(Clone, PartialEq, Eq, Zeroize, ZeroizeOnDrop)]
pub struct Secret(String);

impl Secret {
    pub(super) const fn new(text: String) -> Self {
        Self(text)
    }

    /// The secret itself, for the one place that needs it.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}
