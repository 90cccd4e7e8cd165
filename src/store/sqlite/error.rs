//! What SQLite's errors mean for whoever asked.

use std::sync::Arc;

use rusqlite::ErrorCode;

use crate::store::Error;
use crate::store::error::Source;

/// Sorts an error of SQLite's by what can be done about it.
///
/// See <https://www.sqlite.org/rescode.html>.
pub(super) fn classified(error: rusqlite::Error) -> Error {
    let kind: fn(Source) -> Error = match error.sqlite_error_code() {
        Some(
            ErrorCode::DatabaseBusy
            | ErrorCode::DatabaseLocked
            | ErrorCode::OutOfMemory
            | ErrorCode::OperationInterrupted
            | ErrorCode::SystemIoFailure
            | ErrorCode::DiskFull
            | ErrorCode::CannotOpen
            | ErrorCode::FileLockingProtocolFailed,
        ) => Error::Unavailable,
        Some(ErrorCode::ReadOnly) => Error::ReadOnly,
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => Error::Damaged,
        _ => Error::Refused,
    };
    kind(Arc::new(error))
}
