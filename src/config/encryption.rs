//! `[encryption]`: the keys that encrypt tokens, app secrets, PINs and codes in the store.

use std::path::PathBuf;

use super::reader::Given;
use super::{Config, Reader, Secret};

/// Where the encryption keys are. Without either, the key file is beside the SQLite database.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Encryption {
    /// The keys as text, in the format of a key file.
    pub keys: Option<Secret>,
    /// The key file. Never set together with `keys`.
    pub key_file: Option<PathBuf>,
}

impl Encryption {
    /// The setting that holds the keys as text.
    pub const KEYS: &'static str = "encryption.keys";

    pub(super) fn read(reader: &mut Reader<'_>) -> Self {
        match reader.secret_or_file(Self::KEYS) {
            None => Self::default(),
            Some(Given::Text(text)) => Self {
                keys: Some(Secret::new(text)),
                key_file: None,
            },
            // The keyring reads the file, now and whenever it changes.
            Some(Given::File { path, .. }) => Self {
                keys: None,
                key_file: Some(path.into()),
            },
        }
    }
}

impl Config {
    /// The key file: the configured one, or the one beside the SQLite database. `None` with
    /// PostgreSQL and no configured file, and where the keys are configured as text.
    #[must_use]
    pub fn key_file(&self) -> Option<PathBuf> {
        if self.encryption.keys.is_some() {
            return None;
        }
        self.encryption.key_file.clone().or_else(|| {
            let mut path = self.store_url.file()?.into_os_string();
            path.push(".key");
            Some(path.into())
        })
    }
}
