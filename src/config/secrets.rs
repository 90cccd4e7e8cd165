//! `[secrets]`: how tokens, PINs and codes are sealed.

use std::path::PathBuf;

use super::{Config, Reader};

/// How tokens, PINs and codes are sealed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Secrets {
    /// The key's file, where one was named.
    pub key_file: Option<PathBuf>,
}

impl Secrets {
    pub(super) fn read(reader: &mut Reader<'_>) -> Self {
        let text = reader.text("secrets.key_file");
        Self {
            key_file: Some(text)
                .filter(|text| !text.is_empty())
                .map(PathBuf::from),
        }
    }
}

impl Config {
    /// The key's file: the one that was named, or one beside the database's file; `None` where there is neither.
    #[must_use]
    pub fn key_file(&self) -> Option<PathBuf> {
        self.secrets.key_file.clone().or_else(|| {
            let mut path = self.store.url.file()?.into_os_string();
            path.push(".key");
            Some(path.into())
        })
    }
}
