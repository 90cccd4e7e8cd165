//! Connections to the file: one that writes, and others that only read.

use std::fs::OpenOptions;
use std::io;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};

use super::error::{classified, not_opened};
use crate::store::Error;

/// Maximum wait for another process that writes.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);
/// Capacity of the cache of prepared statements: more than there are.
const STATEMENTS: usize = 64;

/// The file that `url` names.
pub(super) fn path(url: &str) -> Result<PathBuf, Error> {
    let Some(path) = url.strip_prefix("sqlite:") else {
        return Err(Error::InvalidUrl("it does not begin with sqlite:"));
    };
    match path.strip_prefix("//").unwrap_or(path) {
        "" => Err(Error::InvalidUrl("it names no file")),
        ":memory:" => Err(Error::InvalidUrl(
            "a database in memory is lost with the process",
        )),
        path if path.contains('?') => {
            Err(Error::InvalidUrl("it has options after a question mark"))
        }
        path => Ok(path.into()),
    }
}

/// The write-ahead log of the database in `path`.
pub(super) fn log(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push("-wal");
    name.into()
}

/// The connection that writes. Creates the file where there is none, readable by its owner only: it
/// holds phone numbers.
pub(super) fn writer(path: &Path) -> Result<Connection, Error> {
    match OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
    {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => {
            return Err(not_opened(error));
        }
        _ => {}
    }
    let connection = open(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    let pragmas = [
        ("journal_mode", "WAL"),
        ("synchronous", "FULL"),
        ("foreign_keys", "ON"),
        // Deleted content is overwritten rather than left in free pages.
        ("secure_delete", "ON"),
        // The log grows during a long read, such as a backup. Afterwards it is truncated to this
        // number of bytes.
        ("journal_size_limit", "67108864"),
        // Pages of the log before it is copied into the file: a page that many commits change is
        // copied once. 64 MiB, as above.
        ("wal_autocheckpoint", "16000"),
        // 16 MiB.
        ("cache_size", "-16384"),
    ];
    for (name, value) in pragmas {
        // Some return the current value.
        connection
            .pragma_update_and_check(None, name, value, |_| Ok(()))
            .or_else(no_answer)
            .map_err(classified)?;
    }
    Ok(connection)
}

/// A connection that reads.
pub(super) fn reader(path: &Path) -> Result<Connection, Error> {
    open(path, OpenFlags::SQLITE_OPEN_READ_ONLY)
}

/// Each connection is used by one thread at a time, so that SQLite's own mutex is not needed.
fn open(path: &Path, flags: OpenFlags) -> Result<Connection, Error> {
    let flags = flags | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags).map_err(classified)?;
    connection.busy_timeout(BUSY_TIMEOUT).map_err(classified)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    Ok(connection)
}

fn no_answer(error: rusqlite::Error) -> Result<(), rusqlite::Error> {
    match error {
        rusqlite::Error::QueryReturnedNoRows => Ok(()),
        error => Err(error),
    }
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
