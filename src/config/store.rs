//! `[store]`: where migrations are kept.

use std::fmt;
use std::path::PathBuf;

use super::Reader;

/// Where migrations are kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Store {
    /// The database.
    pub url: StoreUrl,
}

/// A store's URL: `sqlite://` and a path, or `postgres://…`. Printed without the password that may stand in it.
#[derive(Clone, PartialEq, Eq)]
pub struct StoreUrl(String);

const SQLITE: &str = "sqlite://";
const POSTGRES: [&str; 2] = ["postgres://", "postgresql://"];

impl Store {
    pub(super) fn read(reader: &mut Reader<'_>) -> Self {
        let key = "store.url";
        let url = StoreUrl(reader.text(key));
        // The URL is not repeated: it may hold a password.
        match url.file() {
            _ if url.is_shared() => {}
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
        f.write_str(&masked(&self.0))
    }
}

impl fmt::Debug for StoreUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "StoreUrl({self})")
    }
}

/// A URL without what may be a password: all that stands between the user and the host, and in a parameter of that name.
/// Made for URLs that are wrong, too: what is not understood is left out.
pub(super) fn masked(url: &str) -> String {
    if url.starts_with(SQLITE) {
        return url.to_owned();
    }
    let Some((scheme, rest)) = url.split_once("://") else {
        return if url.is_empty() { "" } else { "(set)" }.to_owned();
    };
    // A password may hold any character, so that the last @ is the one that ends it.
    let (user, rest) = match rest.rsplit_once('@') {
        Some((user, rest)) => (
            user.split_once(':').map_or(user, |(user, _)| user),
            Some(rest),
        ),
        None => ("", None),
    };
    let (at, place) = match rest {
        Some(place) => ("@", place),
        None => ("", url.split_once("://").map_or("", |(_, rest)| rest)),
    };
    let (place, parameters) = place.split_once('?').unwrap_or((place, ""));
    let shown: Vec<&str> = parameters
        .split('&')
        .map(|parameter| match parameter.split_once('=') {
            Some(("sslmode" | "host" | "port" | "dbname" | "user" | "application_name", _)) => {
                parameter
            }
            Some((name, _)) => name,
            None => "",
        })
        .filter(|parameter| !parameter.is_empty())
        .collect();
    let question = if shown.is_empty() { "" } else { "?" };
    format!("{scheme}://{user}{at}{place}{question}{}", shown.join("&"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_never_printed() {
        for (url, shown) in [
            ("sqlite://waba-migrator.db", "sqlite://waba-migrator.db"),
            ("postgres://db/m", "postgres://db/m"),
            ("postgres://a@db/m", "postgres://a@db/m"),
            (
                "postgres://a:canary@db:5432/m?sslmode=require",
                "postgres://a@db:5432/m?sslmode=require",
            ),
            ("postgres://a:can/ary@x:?canary@db/m", "postgres://a@db/m"),
            (
                "postgres://db/m?password=canary&sslmode=require",
                "postgres://db/m?password&sslmode=require",
            ),
            ("postgres:a:canary@db", "(set)"),
            ("", ""),
        ] {
            let url = StoreUrl(url.to_owned());
            assert_eq!(url.to_string(), shown);
            assert!(!format!("{url:?}").contains("canary"));
        }
    }
}
