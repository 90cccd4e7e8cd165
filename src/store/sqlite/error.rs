//! What SQLite's errors mean for whoever asked.

use std::sync::Arc;

use crate::store::Error;
use crate::store::error::Source;

/// Sorts an error of the driver's by what can be done about it.
///
/// See <https://www.sqlite.org/rescode.html>: the low byte of a code is its kind.
pub(super) fn classified(error: sqlx::Error) -> Error {
    let code = error
        .as_database_error()
        .and_then(sqlx::error::DatabaseError::code);
    let code = code
        .and_then(|code| code.parse::<u32>().ok())
        .map(|code| code & 0xff);
    let kind: fn(Source) -> Error = match (&error, code) {
        (sqlx::Error::PoolClosed, _) => return Error::Closed,
        // BUSY, LOCKED, NOMEM, INTERRUPT, IOERR, FULL, CANTOPEN, PROTOCOL.
        (_, Some(5 | 6 | 7 | 9 | 10 | 13 | 14 | 15))
        | (sqlx::Error::Io(_) | sqlx::Error::PoolTimedOut | sqlx::Error::WorkerCrashed, _) => {
            Error::Unavailable
        }
        // READONLY.
        (_, Some(8)) => Error::ReadOnly,
        // CORRUPT, NOTADB.
        (_, Some(11 | 26)) => Error::Damaged,
        _ => Error::Refused,
    };
    kind(Arc::new(error))
}
