//! The lock that keeps a second service from the file.
//!
//! SQLite's own locks allow many processes; but two services would wait for each other at each
//! commit, and would not notify each other. The lock is on a file beside the database, since
//! SQLite's locks on the database itself are lost when any handle on it is closed. It ends with its
//! process.

use std::fs::{File, OpenOptions, TryLockError};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use super::error::not_opened;
use crate::store::Error;

/// Locks the database at `path`, until the returned file is closed.
pub(super) fn take(path: &Path) -> Result<File, Error> {
    let opened = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .open(beside(path));
    let file = opened.map_err(not_opened)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(Error::InUse),
        Err(TryLockError::Error(error)) => Err(not_opened(error)),
    }
}

/// The lock's file, beside the database itself even if `path` is a link.
fn beside(path: &Path) -> PathBuf {
    let path = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let mut name = path.into_os_string();
    name.push("-service");
    name.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_service_at_a_time_locks_a_database_by_any_name() {
        let folder = tempfile::tempdir().unwrap();
        let (path, link) = (folder.path().join("m.db"), folder.path().join("link.db"));
        std::fs::write(&path, "").unwrap();
        std::os::unix::fs::symlink(&path, &link).unwrap();
        let held = take(&path).unwrap();
        for name in [&path, &link] {
            assert!(matches!(take(name), Err(Error::InUse)), "{name:?}");
        }
        drop(held);
        take(&link).unwrap();
    }
}
