//! Secret settings: their keys, and their values.

use std::fmt;

use zeroize::{Zeroize, ZeroizeOnDrop};

/// The keys whose values are never printed, each with the key that names a file for the value.
const KEYS: [(&str, &str); 4] = [
    ("graph.access_token", "graph.access_token_file"),
    ("graph.app_secret", "graph.app_secret_file"),
    ("encryption.keys", "encryption.key_file"),
    ("telemetry.otlp_headers", "telemetry.otlp_headers_file"),
];

/// The key that names a file for the value of `key`; `None` if `key` is no secret.
#[must_use]
pub fn file_of(key: &str) -> Option<&'static str> {
    KEYS.into_iter()
        .find_map(|(secret, file)| (secret == key).then_some(file))
}

/// Text that is never printed.
#[derive(Clone, PartialEq, Eq, Zeroize, ZeroizeOnDrop)]
pub struct Secret(String);

impl Secret {
    pub(super) const fn new(text: String) -> Self {
        Self(text)
    }

    /// The secret itself.
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
