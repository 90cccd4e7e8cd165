//! Classification of PostgreSQL's errors, for the caller and the operator.

use std::io::ErrorKind;
use std::sync::Arc;

use sqlx::error::DatabaseError;

use crate::store::Error;
use crate::store::error::Cause;

const UNREACHABLE: &str = "the database server cannot be reached: check that it runs, and the \
     host and port in store.url";
const SILENT: &str = "the database server does not answer: check that it and its machine run, and \
     that the network passes its answers";
const SLOW: &str = "the database server cancelled a statement that took too long: see its log";
const LOCKED: &str = "another session holds a lock in the database for too long: see pg_locks and \
     pg_stat_activity";
const FULL: &str = "the disk of the database server is full: free space there";
const NO_CONNECTION: &str = "the database server has no connection free: raise its \
     max_connections, or close other connections";
const UNABLE: &str = "the database server failed temporarily: see its log";
const READ_ONLY: &str = "the database is read-only: it is a standby or configured so; promote it, or \
     set store.url to the primary";
const DENIED: &str = "the database server denied access: check the user, the password, the \
     database name in store.url and the user's privileges";
const UNTRUSTED: &str = "the connection to the database server cannot be trusted: it does not \
     encrypt, or its certificate is not trusted; check sslmode and sslrootcert in store.url";
const DAMAGED: &str = "the database is damaged, see its server's log: stop every process of the \
     service, repair the database or restore a backup, and start them again";

/// A kind of error, from a sentence that says what to do.
type Kind = fn(&'static str, Cause) -> Error;

/// Classifies an error of the driver by what can be done about it.
///
/// See <https://www.postgresql.org/docs/current/errcodes-appendix.html>: the first two letters of
/// a code are its class.
pub(super) fn classified(error: sqlx::Error) -> Error {
    let code = code(&error);
    let (kind, sentence): (Kind, _) = match (code.as_deref(), class(code.as_deref())) {
        _ if is_silence(&error) => (Error::Unavailable, SILENT),
        _ if lost(&error) => (Error::Unavailable, UNREACHABLE),
        (Some("57014"), _) => return Error::Busy(SLOW),
        (Some("55P03"), _) => return Error::Busy(LOCKED),
        (Some("53100"), _) => (Error::Unavailable, FULL),
        (Some("53300"), _) => (Error::Unavailable, NO_CONNECTION),
        _ if lost_out(&error) => (Error::Unavailable, UNABLE),
        // Not enough memory or connections; input or output failed.
        (_, Some("53" | "58")) => (Error::Unavailable, UNABLE),
        (Some("25006"), _) => (Error::ReadOnly, READ_ONLY),
        // Wrong user or password; no such database; no privilege.
        (Some("3D000" | "42501"), _) | (_, Some("28")) => (Error::Denied, DENIED),
        (Some("XX001" | "XX002"), _) => (Error::Damaged, DAMAGED),
        _ => return Error::Refused(Arc::new(error)),
    };
    kind(sentence, Arc::new(error))
}

/// The error of a server that is not trusted.
pub(super) fn untrusted(error: sqlx::Error) -> Error {
    Error::Denied(UNTRUSTED, Arc::new(error))
}

/// Whether the server did not answer in time.
fn is_silence(error: &sqlx::Error) -> bool {
    matches!(error, sqlx::Error::Io(error) if error.kind() == ErrorKind::TimedOut)
}

/// Whether the connection is lost, so that the result of the statement is unknown.
pub(super) fn lost(error: &sqlx::Error) -> bool {
    let code = code(error);
    let reported = matches!(class(code.as_deref()), Some("08"))
        || matches!(
            code.as_deref(),
            Some("57P01" | "57P02" | "57P03" | "57P04" | "57P05")
        );
    reported
        || matches!(
            error,
            sqlx::Error::Io(_) | sqlx::Error::Tls(_) | sqlx::Error::Protocol(_)
        )
}

/// Whether another transaction won and the statement did nothing: a deadlock, a serialization
/// failure.
pub(super) fn lost_out(error: &sqlx::Error) -> bool {
    matches!(code(error).as_deref(), Some("40001" | "40P01"))
}

/// Whether the server does not have a feature, or the user may not use it.
pub(super) fn not_offered(error: &sqlx::Error) -> bool {
    // Not supported; a missing function; no privilege.
    matches!(
        code(error).as_deref(),
        Some("0A000" | "42883" | "42501" | "42704")
    )
}

/// Whether the server, or the database, is read-only.
pub(super) fn is_read_only(error: &sqlx::Error) -> bool {
    code(error).as_deref() == Some("25006")
}

/// Whether what was to be created exists, or another process creates it at this moment.
pub(super) fn made_already(error: &sqlx::Error) -> bool {
    matches!(
        code(error).as_deref(),
        Some("23505" | "42710" | "42P07" | "40001")
    )
}

fn code(error: &sqlx::Error) -> Option<String> {
    let code = error.as_database_error().and_then(DatabaseError::code);
    code.map(std::borrow::Cow::into_owned)
}

fn class(code: Option<&str>) -> Option<&str> {
    code.and_then(|code| code.get(..2))
}
