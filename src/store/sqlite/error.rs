//! What SQLite's errors mean for whoever asked, and for whoever must mend it.

use std::fs::OpenOptions;
use std::io;
use std::path::Path;
use std::sync::Arc;

use rusqlite::ErrorCode;
use rusqlite::ffi::SQLITE_IOERR_SHMSIZE;

use crate::store::Error;
use crate::store::error::Cause;

const FULL: &str = "the disk that the store's file is on is full: make room there";
const LOCKED: &str = "another process keeps the store's file locked: find it (lsof names it), and let it finish or end it";
const FAILS: &str = "the disk that the store's file is on fails, or has reached a limit on the size of files: see what the \
     system's log says of it";
const CANNOT_OPEN: &str = "the store's file cannot be opened: see that its directory exists, that the service's user may read \
     and write both, and that the file system is mounted for writing";
const READ_ONLY: &str = "the store's file can only be read: see that the service's user may write it and its directory, and \
     that the file system is mounted for writing";
const DAMAGED: &str = "the store's file is damaged, or is no database: stop the service, keep the file and those beside it for \
     whoever looks into it, put a back-up in its place, and start again";
const NO_MEMORY: &str = "the machine has too little memory left for the store: give it more";
const NO_THREAD: &str =
    "the system gives the store no thread: see what limits the service's processes";

/// A kind of trouble, with what to do about it.
type Kind = fn(&'static str, Cause) -> Error;

/// Sorts an error of SQLite's by what can be done about it.
///
/// See <https://www.sqlite.org/rescode.html>.
pub(super) fn classified(error: rusqlite::Error) -> Error {
    let failure = error.sqlite_error();
    let (kind, mend): (Kind, _) = match failure.map(|failure| failure.code) {
        // No room for the file that connections share.
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
    kind(mend, Arc::new(error))
}

/// Sorts what the system said when a file was to be opened.
pub(super) fn not_opened(error: io::Error) -> Error {
    let (kind, mend): (Kind, _) = match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => (Error::Unavailable, FULL),
        io::ErrorKind::ReadOnlyFilesystem | io::ErrorKind::PermissionDenied => {
            (Error::ReadOnly, READ_ONLY)
        }
        _ => (Error::Unavailable, CANNOT_OPEN),
    };
    kind(mend, Arc::new(error))
}

/// What the system said when a thread was to be started.
pub(super) fn not_started(error: io::Error) -> Error {
    Error::Unavailable(NO_THREAD, Arc::new(error))
}

/// Says more of an error where more can be learned. SQLite calls it a failure of the disk when a file that it has open may no
/// longer be written, as when the system goes on for reading only after a fault.
///
/// `log` is the write-ahead log. The database itself must not be opened here: closing it again would drop SQLite's locks.
pub(super) fn looked_into(error: Error, log: &Path) -> Error {
    if !matches!(error, Error::Unavailable(FAILS, _)) {
        return error;
    }
    let opened = OpenOptions::new().append(true).open(log);
    match opened.map_err(not_opened) {
        Err(read_only @ Error::ReadOnly(..)) => read_only,
        _ => error,
    }
}
