//! Connections to the file: one that writes, a few that only read.

use std::fs::OpenOptions;
use std::io;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{ConnectOptions as _, SqliteConnection, SqlitePool};

use super::error::classified;
use crate::store::Error;

/// Readings at a time. They come from the page cache, so more would only wait for the processor.
const READERS: u32 = 4;
/// How long to wait for another process that writes, or for a free reader.
const PATIENCE: Duration = Duration::from_secs(5);

/// The file that `url` names.
pub(super) fn path(url: &str) -> Result<PathBuf, Error> {
    let Some(path) = url.strip_prefix("sqlite:") else {
        return Err(Error::InvalidUrl("it does not begin with sqlite:"));
    };
    match path.strip_prefix("//").unwrap_or(path) {
        "" => Err(Error::InvalidUrl("it names no file")),
        ":memory:" => Err(Error::InvalidUrl(
            "what is kept in memory only is lost with the process",
        )),
        path if path.contains('?') => {
            Err(Error::InvalidUrl("it has options after a question mark"))
        }
        path => Ok(path.into()),
    }
}

/// The connection that writes. Makes the file where there is none, for its owner alone: it holds phone numbers.
pub(super) async fn writer(path: &Path) -> Result<SqliteConnection, Error> {
    match OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
    {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => {
            let error = io::Error::new(error.kind(), format!("{}: {error}", path.display()));
            return Err(Error::Unavailable(Arc::new(error)));
        }
        _ => {}
    }
    let options = options(path)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        // What was erased is overwritten rather than left in free pages.
        .pragma("secure_delete", "ON");
    options.connect().await.map_err(classified)
}

/// The connections that read.
pub(super) async fn readers(path: &Path) -> Result<SqlitePool, Error> {
    SqlitePoolOptions::new()
        .max_connections(READERS)
        .acquire_timeout(PATIENCE)
        .idle_timeout(None)
        .max_lifetime(None)
        .test_before_acquire(false)
        .connect_with(options(path).read_only(true))
        .await
        .map_err(classified)
}

fn options(path: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(path)
        .foreign_keys(true)
        .busy_timeout(PATIENCE)
        .disable_statement_logging()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_names_a_file() {
        for (url, file) in [
            ("sqlite://waba-migrator.db", "waba-migrator.db"),
            ("sqlite:waba-migrator.db", "waba-migrator.db"),
            ("sqlite:///var/lib/m.db", "/var/lib/m.db"),
            ("sqlite:/var/lib/m.db", "/var/lib/m.db"),
        ] {
            assert_eq!(path(url).unwrap(), Path::new(file), "{url}");
        }
        for bad in [
            "",
            "waba-migrator.db",
            "postgres://a:canary@b/c",
            "sqlite:",
            "sqlite::memory:",
            "sqlite://a?mode=ro",
        ] {
            let error = path(bad).unwrap_err();
            assert!(matches!(error, Error::InvalidUrl(_)), "{bad}");
            assert!(
                !error.to_string().contains("canary"),
                "a URL can hold a password"
            );
        }
    }
}
