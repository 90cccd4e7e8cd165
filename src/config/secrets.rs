//! `[secrets]`: the keys that tokens, apps' secrets, PINs and codes are sealed with.

use std::path::PathBuf;

use super::reader::Given;
use super::{Config, Reader, Secret};

/// Where the keys are that tokens, apps' secrets, PINs and codes are sealed with.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Secrets {
    /// The keys themselves, where they were given: what a key file holds.
    pub keys: Option<Secret>,
    /// The keys' file, where one was named. Never beside `keys`.
    pub key_file: Option<PathBuf>,
}

impl Secrets {
    /// What the setting of the keys themselves is called.
    pub const KEYS: &'static str = "secrets.keys";

    pub(super) fn read(reader: &mut Reader<'_>) -> Self {
        match reader.secret_or_file(Self::KEYS) {
            None => Self::default(),
            Some(Given::Text(text)) => Self {
                keys: Some(Secret::new(text)),
                key_file: None,
            },
            // Read by the keyring, which looks at it again while the service runs.
            Some(Given::File { path, .. }) => Self {
                keys: None,
                key_file: Some(path.into()),
            },
        }
    }
}

impl Config {
    /// The keys' file: the one that was named, or one beside the database's file; `None` where there is neither, and where
    /// the keys are given themselves.
    #[must_use]
    pub fn key_file(&self) -> Option<PathBuf> {
        if self.secrets.keys.is_some() {
            return None;
        }
        self.secrets.key_file.clone().or_else(|| {
            let mut path = self.store.url.file()?.into_os_string();
            path.push(".key");
            Some(path.into())
        })
    }
}
