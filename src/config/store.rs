//! `[store]`: the database.

use std::fmt;
use std::path::PathBuf;

use super::{Reader, url};
use crate::store::{ClaimForm, NotificationMode, Settings};

/// The database's URL: `sqlite://` and a path, or `postgres://…`. Printed without its password.
#[derive(Clone, PartialEq, Eq)]
pub struct StoreUrl(String);

pub(super) const URL: &str = "store.url";
/// Names a file that holds the URL.
pub(super) const URL_FILE: &str = "store.url_file";
const SQLITE: &str = "sqlite://";
const POSTGRES: [&str; 2] = ["postgres://", "postgresql://"];

impl StoreUrl {
    pub(super) fn read(reader: &mut Reader<'_>) -> Self {
        let (key, text) = reader.text_or_file(URL, URL_FILE);
        let url = Self(text);
        // The URL is not quoted: it may hold a password.
        match url.file() {
            // A problem of the file was reported already.
            _ if url.is_shared() || !reader.sound(&[key]) => {}
            None => reader.problem(
                key,
                "must be sqlite:// and a path, such as sqlite://waba-migrator.db, or \
                 postgres://user:password@host/database",
            ),
            Some(_) if url.0.contains(['?', '#']) => {
                reader.problem(key, "must be a path alone: ? and # are not supported");
            }
            Some(_) => {}
        }
        url
    }

    /// Whether a URL holds a password, or may hold one: it must not be on the command line then.
    #[must_use]
    pub fn holds_password(text: &str) -> bool {
        url::holds_password(text)
    }

    /// The URL with its password, for the code that opens the store.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// The file of an SQLite database.
    #[must_use]
    pub fn file(&self) -> Option<PathBuf> {
        let path = self.0.strip_prefix(SQLITE)?;
        Some(path)
            .filter(|path| !path.is_empty())
            .map(PathBuf::from)
    }

    /// Whether other processes may use the database at the same time: it is PostgreSQL.
    #[must_use]
    pub fn is_shared(&self) -> bool {
        POSTGRES.iter().any(|scheme| self.0.starts_with(scheme))
    }
}

impl Settings {
    pub(super) fn read(reader: &mut Reader<'_>) -> Self {
        let claims = [
            ("auto", ClaimForm::Auto),
            ("all_tenants", ClaimForm::AllTenants),
            ("per_tenant", ClaimForm::PerTenant),
        ];
        let notifications = [
            ("auto", NotificationMode::Auto),
            ("listen", NotificationMode::Listen),
            ("poll", NotificationMode::Poll),
        ];
        Self {
            claim: reader.choice("store.claim", &claims),
            notifications: reader.choice("store.notifications", &notifications),
        }
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
