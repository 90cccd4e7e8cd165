//! What PostgreSQL's errors mean for the caller, and for the operator who must fix it.

use std::io::ErrorKind;
use std::sync::Arc;

use sqlx::error::DatabaseError;

use crate::store::Error;
use crate::store::error::Cause;

const AWAY: &str = "the database's server cannot be reached: see that it runs, and that store.url names its host and port";
const SILENT: &str = "the database's server does not answer: see that it and its machine run, and that the network lets its answers through";
const SLOW: &str = "the database gave up a statement that took too long: its server's log names it";
const LOCKED: &str = "another session keeps a lock in the database for too long: pg_locks and pg_stat_activity name it";
const FULL: &str = "the disk of the database's server is full: make room there";
const NO_PLACE: &str = "the database's server has no connection free: raise its max_connections, or end what else holds some";
const UNABLE: &str = "the database's server could not do its work for now: its log says why";
const READ_ONLY: &str = "the database can only be read: it is a standby or is set so; promote it, or have store.url name the one \
     that is written";
const DENIED: &str = "the database does not let us in: check the user, the password, the database's name and the rights in store.url";
const UNTRUSTED: &str = "the database's server is not to be trusted: it does not encrypt, or shows a certificate that is not trusted; \
     check sslmode and sslrootcert in store.url";
const DAMAGED: &str = "what the database keeps is damaged, and its server's log says where: stop every process of the service, \
     mend it or restore a back-up, and start them again";

/// A kind of trouble, with what to do about it.
type Kind = fn(&'static str, Cause) -> Error;

/// Sorts an error of the driver's by what can be done about it.
///
/// See <https://www.postgresql.org/docs/current/errcodes-appendix.html>: the first two letters of a code are its class.
pub(super) fn classified(error: sqlx::Error) -> Error {
    let code = code(&error);
    let (kind, mend): (Kind, _) = match (code.as_deref(), class(code.as_deref())) {
        _ if is_silence(&error) => (Error::Unavailable, SILENT),
        _ if lost(&error) => (Error::Unavailable, AWAY),
        (Some("57014"), _) => return Error::Busy(SLOW),
        (Some("55P03"), _) => return Error::Busy(LOCKED),
        (Some("53100"), _) => (Error::Unavailable, FULL),
        (Some("53300"), _) => (Error::Unavailable, NO_PLACE),
        _ if lost_out(&error) => (Error::Unavailable, UNABLE),
        // Not enough memory or places; input or output failed.
        (_, Some("53" | "58")) => (Error::Unavailable, UNABLE),
        (Some("25006"), _) => (Error::ReadOnly, READ_ONLY),
        // Wrong user or password; no such database; no right.
        (Some("3D000" | "42501"), _) | (_, Some("28")) => (Error::Denied, DENIED),
        (Some("XX001" | "XX002"), _) => (Error::Damaged, DAMAGED),
        _ => return Error::Refused(Arc::new(error)),
    };
    kind(mend, Arc::new(error))
}

/// Sorts an error of a server that is not to be trusted.
pub(super) fn untrusted(error: sqlx::Error) -> Error {
    Error::Denied(UNTRUSTED, Arc::new(error))
}

/// Whether the server was asked and said nothing in time.
fn is_silence(error: &sqlx::Error) -> bool {
    matches!(error, sqlx::Error::Io(error) if error.kind() == ErrorKind::TimedOut)
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
