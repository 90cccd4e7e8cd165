//! What PostgreSQL's errors mean for whoever asked.

use std::sync::Arc;

use sqlx::error::DatabaseError;

use crate::store::Error;
use crate::store::error::Source;

/// Sorts an error of the driver's by what can be done about it.
///
/// See <https://www.postgresql.org/docs/current/errcodes-appendix.html>: the first two letters of a code are its class.
pub(super) fn classified(error: sqlx::Error) -> Error {
    let code = code(&error);
    let kind: fn(Source) -> Error = match (code.as_deref(), class(code.as_deref())) {
        _ if lost(&error) || lost_out(&error) => Error::Unavailable,
        // No connection free; not enough memory, disk or places; waited too long; cut off; input or output failed.
        (_, Some("53" | "58")) | (Some("55P03" | "57014"), _) => Error::Unavailable,
        (Some("25006"), _) => Error::ReadOnly,
        // Wrong user or password; no such database; no right.
        (Some("3D000" | "42501"), _) | (_, Some("28")) => Error::Denied,
        (Some("XX001" | "XX002"), _) => Error::Damaged,
        _ => Error::Refused,
    };
    kind(Arc::new(error))
}

/// Whether the connection is gone, and with it word of what became of the statement.
pub(super) fn lost(error: &sqlx::Error) -> bool {
    let code = code(error);
    let told = matches!(class(code.as_deref()), Some("08"))
        || matches!(
            code.as_deref(),
            Some("57P01" | "57P02" | "57P03" | "57P04" | "57P05")
        );
    told || matches!(
        error,
        sqlx::Error::Io(_) | sqlx::Error::Tls(_) | sqlx::Error::Protocol(_)
    )
}

/// Whether the statement lost out to another and did nothing: a deadlock, a conflict of two transactions.
pub(super) fn lost_out(error: &sqlx::Error) -> bool {
    matches!(code(error).as_deref(), Some("40001" | "40P01"))
}

fn code(error: &sqlx::Error) -> Option<String> {
    let code = error.as_database_error().and_then(DatabaseError::code);
    code.map(std::borrow::Cow::into_owned)
}

fn class(code: Option<&str>) -> Option<&str> {
    code.and_then(|code| code.get(..2))
}
