//! A secret setting, and the keys that are secret.

use std::fmt;

use zeroize::{Zeroize, ZeroizeOnDrop};

/// The keys whose values are never printed. Each may also be given as a file, under its name and `_file`.
pub const KEYS: [&str; 2] = ["graph.access_token", "graph.app_secret"];

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
