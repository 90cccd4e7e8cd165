//! Classification of SQLite's errors, for the caller and the operator.

use std::fs::OpenOptions;
use std::io;
use std::path::Path;
use std::sync::Arc;

use rusqlite::ErrorCode;
use rusqlite::ffi::SQLITE_IOERR_SHMSIZE;

use crate::store::Error;
use crate::store::error::Cause;

const FULL: &str = "the disk of the store's file is full: free space there";
const LOCKED: &str = "another process keeps the store's file locked: find it with lsof, and let it \
     finish or end it";
const FAILS: &str = "the disk of the store's file fails, or a limit on the size of files is \
     reached: see the system's log";
const CANNOT_OPEN: &str = "the store's file cannot be opened: check that its directory exists, that \
     the service's user may read and write both, and that the file system is mounted for writing";
const READ_ONLY: &str = "the store's file is read-only: check that the service's user may write it \
     and its directory, and that the file system is mounted for writing";
const DAMAGED: &str = "the store's file is damaged, or is no database: stop the service, keep the \
     file and those beside it for an analysis, replace it with a backup, and start again";
const NO_MEMORY: &str = "the machine has too little memory for the store: add more";
const NO_THREAD: &str = "the store cannot start a thread: check the process limits of the service";

/// A kind of error, from a sentence that says what to do.
type Kind = fn(&'static str, Cause) -> Error;

/// Classifies an error of SQLite by what can be done about it.
///
/// See <https://www.sqlite.org/rescode.html>.
pub(super) fn classified(error: rusqlite::Error) -> Error {
    let failure = error.sqlite_error();
    let (kind, sentence): (Kind, _) = match failure.map(|failure| failure.code) {
        // No space for the file of shared memory.
        _ if failure.is_some_and(|failure| failure.extended_code == SQLITE_IOERR_SHMSIZE) => {
            (Error::Unavailable, FULL)
        }
        Some(ErrorCode::DiskFull) => (Error::Unavailable, FULL),
        Some(
            ErrorCode::DatabaseBusy
            | ErrorCode::DatabaseLocked
            | ErrorCode::FileLockingProtocolFailed,
        ) => (Error::Unavailable, LOCKED),
        Some(ErrorCode::OperationInterrupted | ErrorCode::SystemIoFailure) => {
            (Error::Unavailable, FAILS)
        }
        Some(ErrorCode::CannotOpen) => (Error::Unavailable, CANNOT_OPEN),
        Some(ErrorCode::OutOfMemory) => (Error::Unavailable, NO_MEMORY),
        Some(ErrorCode::ReadOnly) => (Error::ReadOnly, READ_ONLY),
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => (Error::Damaged, DAMAGED),
        _ => return Error::Refused(Arc::new(error)),
    };
    kind(sentence, Arc::new(error))
}

/// Classifies an error of opening a file.
pub(super) fn not_opened(error: io::Error) -> Error {
    let (kind, sentence): (Kind, _) = match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => (Error::Unavailable, FULL),
        io::ErrorKind::ReadOnlyFilesystem | io::ErrorKind::PermissionDenied => {
            (Error::ReadOnly, READ_ONLY)
        }
        _ => (Error::Unavailable, CANNOT_OPEN),
    };
    kind(sentence, Arc::new(error))
}

/// The error of starting a thread.
pub(super) fn not_started(error: io::Error) -> Error {
    Error::Unavailable(NO_THREAD, Arc::new(error))
}

/// Refines an error of the disk: SQLite reports one also when an open file has become read-only, as
/// when the system remounts a file system after a fault.
///
/// `log` is the write-ahead log. The database itself must not be opened here: closing it would
/// release SQLite's locks.
pub(super) fn refined(error: Error, log: &Path) -> Error {
    if !matches!(error, Error::Unavailable(FAILS, _)) {
        return error;
    }
    let opened = OpenOptions::new().append(true).open(log);
    match opened.map_err(not_opened) {
        Err(read_only @ Error::ReadOnly(..)) => read_only,
        _ => error,
    }
}
