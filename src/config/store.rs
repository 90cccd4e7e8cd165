//! `[store]`: where migrations are kept.

use std::path::PathBuf;

use super::Reader;

/// Where migrations are kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Store {
    /// `sqlite://` and a path.
    pub url: String,
}

impl Store {
    const SCHEME: &str = "sqlite://";

    pub(super) fn read(reader: &mut Reader<'_>) -> Self {
        let key = "store.url";
        let url = reader.text(key);
        let path = url.strip_prefix(Self::SCHEME);
        // The whole URL is not repeated: it may hold a password.
        if path.is_none_or(str::is_empty) {
            reader.problem(
                key,
                "must be sqlite:// and a path, such as sqlite://waba-migrator.db",
            );
        } else if url.contains(['?', '#']) {
            reader.problem(key, "must be a path alone: it takes no ? and no #");
        }
        Self { url }
    }

    /// The database's file.
    #[must_use]
    pub fn path(&self) -> PathBuf {
        PathBuf::from(self.url.strip_prefix(Self::SCHEME).unwrap_or(&self.url))
    }
}
