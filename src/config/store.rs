//! `[store]`: where migrations are kept.

use std::fmt;
use std::path::PathBuf;

use super::{Reader, url};

/// Where migrations are kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Store {
    /// The database.
    pub url: StoreUrl,
}

/// A store's URL: `sqlite://` and a path, or `postgres://…`. Printed without the password that may stand in it.
#[derive(Clone, PartialEq, Eq)]
pub struct StoreUrl(String);

/// What the setting of the URL is called.
pub(super) const URL: &str = "store.url";
/// The key of a file that may hold it instead.
pub(super) const URL_FILE: &str = "store.url_file";
const SQLITE: &str = "sqlite://";
const POSTGRES: [&str; 2] = ["postgres://", "postgresql://"];

impl Store {
    pub(super) fn read(reader: &mut Reader<'_>) -> Self {
        let (key, text) = reader.text_or_file(URL, URL_FILE);
        let url = StoreUrl(text);
        // The URL is not repeated: it may hold a password.
        match url.file() {
            // What is wrong with the file was said already.
            _ if url.is_shared() || !reader.sound(&[key]) => {}
            None => reader.problem(
                key,
                "must be sqlite:// and a path, such as sqlite://waba-migrator.db, or \
                 postgres://user:password@host/database",
            ),
            Some(_) if url.0.contains(['?', '#']) => {
                reader.problem(key, "must be a path alone: it takes no ? and no #");
            }
            Some(_) => {}
        }
        Self { url }
    }
}

impl StoreUrl {
    /// Whether a URL holds a password, or may hold one: it is then not for the command line.
    #[must_use]
    pub fn holds_password(text: &str) -> bool {
        url::holds_password(text)
    }

    /// The URL itself, for the one place that opens the store.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// The database's file, where it is one.
    #[must_use]
    pub fn file(&self) -> Option<PathBuf> {
        let path = self.0.strip_prefix(SQLITE)?;
        Some(path)
            .filter(|path| !path.is_empty())
            .map(PathBuf::from)
    }

    /// Whether other processes may use it at the same time: a database of a PostgreSQL server.
    #[must_use]
    pub fn is_shared(&self) -> bool {
        POSTGRES.iter().any(|scheme| self.0.starts_with(scheme))
    }
}

impl fmt::Display for StoreUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&url::masked(&self.0))
    }
}

impl fmt::Debug for StoreUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "StoreUrl({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_never_printed() {
        let url = StoreUrl("postgres://a:canary@db/m".to_owned());
        assert_eq!(url.to_string(), "postgres://a@db/m");
        assert_eq!(format!("{url:?}"), "StoreUrl(postgres://a@db/m)");
    }
}
