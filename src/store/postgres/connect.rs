//! How the database is connected to: what its URL says, what each session sets, and how long an answer is waited for.
//!
//! The driver has no hook for its socket, so that neither keepalives nor `TCP_USER_TIMEOUT` can be set at this end. Deadlines take
//! their place: every statement has one, and a connection that is only listened on is asked now and then whether it lives
//! ([`listen`](super::listen)).

use std::io;
use std::str::FromStr as _;
use std::time::Duration;

use sqlx::ConnectOptions as _;
use sqlx::postgres::{PgConnectOptions, PgConnection, PgSslMode};
use tokio::time::{Instant, sleep, timeout, timeout_at};

use super::error::{classified, lost, untrusted};
use crate::store::Error;
use crate::util::backoff::Backoff;
use crate::util::loopback::is_loopback;

/// How long the server may take for what a call needs of it: connecting, the statement and its answer. Longer than the server itself
/// lets a statement take, so that its word comes first where it has one.
pub(super) const ANSWER: Duration = Duration::from_secs(9);
/// How long to wait until the server accepts a new connection.
const GREETING: Duration = Duration::from_secs(8);
/// Pauses between attempts to connect, and their maximum number: about 1.5 s in all.
const BACKOFF: Backoff = Backoff::new(Duration::from_millis(100), Duration::from_millis(1600));
const RETRIES: u32 = 5;
/// How often, during work that may take long, the server is asked whether it answers at all.
const PROBE: Duration = Duration::from_secs(4);

/// What a URL of a PostgreSQL database begins with.
pub(super) const SCHEMES: [&str; 2] = ["postgres://", "postgresql://"];

/// What a URL may set after its question mark.
const PARAMETERS: [&str; 11] = [
    "sslmode",
    "sslrootcert",
    "sslcert",
    "sslkey",
    "host",
    "port",
    "dbname",
    "user",
    "password",
    "application_name",
    "options",
];

/// What each session sets. docs/postgresql.md lists it, for poolers that take no such settings from a client.
const SESSION: [(&str, &str); 11] = [
    // Every statement has its index, and is to walk along it in its order rather than gather rows and sort them. A plan that
    // was made while the tables were empty must not stay when they are not.
    ("enable_seqscan", "off"),
    ("enable_bitmapscan", "off"),
    ("jit", "off"),
    // No statement of a call needs a second. One that takes this long would only be in the way of others, and no caller waits for it.
    ("statement_timeout", "8s"),
    // A session that holds a lock for longer, as an administrator's may, must not have callers wait in line behind it.
    ("lock_timeout", "3s"),
    // A process that stands still within a transaction must not keep its locks.
    ("idle_in_transaction_session_timeout", "15s"),
    // A process that is gone without a word is found within half a minute, and its connection given to another.
    ("tcp_keepalives_idle", "10s"),
    ("tcp_keepalives_interval", "5s"),
    ("tcp_keepalives_count", "3"),
    ("tcp_user_timeout", "15s"),
    // That there was no transaction to roll back is no news.
    ("client_min_messages", "error"),
];

/// How to connect to the database that `url` names. Errors never repeat the URL: it holds a password.
pub(super) fn options(url: &str) -> Result<PgConnectOptions, Error> {
    if !SCHEMES.iter().any(|scheme| url.starts_with(scheme)) {
        return Err(Error::InvalidUrl("it does not begin with postgres://"));
    }
    let parameters = url.split_once('?').map_or("", |(_, parameters)| parameters);
    let known = |parameter: &str| {
        let name = parameter.split('=').next().unwrap_or_default();
        PARAMETERS.contains(&name)
    };
    if !parameters
        .split('&')
        .filter(|parameter| !parameter.is_empty())
        .all(known)
    {
        return Err(Error::InvalidUrl(
            "it sets something after its question mark that is not known: docs/postgresql.md lists what is",
        ));
    }
    let options = PgConnectOptions::from_str(url).map_err(|_| {
        Error::InvalidUrl(
            "it is not a URL, or a value after its question mark is wrong (in a user or a password, / ? # @ : and % are \
             written %2F %3F %23 %40 %3A and %25)",
        )
    })?;
    Ok(options
        .application_name("waba-migrator")
        // We keep no fractions, and a pooler need not know of them.
        .extra_float_digits(None)
        .options(SESSION)
        .disable_statement_logging())
}

/// The same for work that takes long by its nature, such as the removal of a tenant: the server lets its statements take longer.
pub(super) fn for_batches(options: &PgConnectOptions) -> PgConnectOptions {
    options.clone().options([("statement_timeout", "10min")])
}

/// The `sslmode`, where it lets somebody between this machine and the server's read what is sent, or pose as the server.
pub(super) fn weak_tls(options: &PgConnectOptions) -> Option<&'static str> {
    if options.get_socket().is_some() || is_loopback(options.get_host()) {
        return None;
    }
    match options.get_ssl_mode() {
        PgSslMode::VerifyFull => None,
        PgSslMode::VerifyCa => Some("verify-ca"),
        PgSslMode::Require => Some("require"),
        PgSslMode::Prefer => Some("prefer"),
        PgSslMode::Allow => Some("allow"),
        PgSslMode::Disable => Some("disable"),
    }
}

/// A new connection, by `deadline`. Where the server cannot be reached, or only starts, it is tried again for a while.
pub(super) async fn connect(
    options: &PgConnectOptions,
    deadline: Instant,
) -> Result<PgConnection, Error> {
    let mut backoff = BACKOFF;
    let patient = async {
        loop {
            let error = match timeout(GREETING, options.connect()).await {
                Ok(Ok(connection)) => return Ok(connection),
                Ok(Err(error)) => error,
                Err(_) => return Err(classified(silent())),
            };
            if is_untrusted(&error) {
                return Err(untrusted(error));
            }
            if !may_pass(&error) || backoff.retries() == RETRIES {
                return Err(classified(error));
            }
            backoff.wait().await;
        }
    };
    let connected = timeout_at(deadline, patient).await;
    connected.unwrap_or_else(|_| Err(classified(silent())))
}

/// What comes of `asked`, unless the server is silent until `deadline`: the connection is of no use then.
pub(super) async fn by<T>(
    deadline: Instant,
    asked: impl Future<Output = Result<T, sqlx::Error>>,
) -> Result<T, sqlx::Error> {
    let answer = timeout_at(deadline, asked).await;
    answer.unwrap_or_else(|_| Err(silent()))
}

/// What comes of `work`, which may take long, unless the server is silent meanwhile. A statement's own silence says nothing then;
/// so the server is asked for new connections beside it.
pub(super) async fn while_answered<T>(
    options: &PgConnectOptions,
    work: impl Future<Output = Result<T, sqlx::Error>>,
) -> Result<T, sqlx::Error> {
    let silence = async {
        loop {
            sleep(PROBE).await;
            // That the server is full, say, is an answer.
            match timeout(ANSWER, options.connect()).await {
                Ok(Err(error)) if lost(&error) => return error,
                Ok(_) => {}
                Err(_) => return silent(),
            }
        }
    };
    tokio::select! {
        biased;
        done = work => done,
        error = silence => Err(error),
    }
}

/// Whether the server may accept a connection a little later: it cannot be reached, starts, stops or is full.
fn may_pass(error: &sqlx::Error) -> bool {
    let full = error
        .as_database_error()
        .and_then(sqlx::error::DatabaseError::code)
        .is_some_and(|code| code == "53300");
    full || lost(error)
}

/// Whether the server does not encrypt, or shows a certificate that is not trusted, while it is being connected to.
fn is_untrusted(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Tls(_) => true,
        sqlx::Error::Io(error) => error.kind() == io::ErrorKind::InvalidData,
        _ => false,
    }
}

/// The server was asked, and says nothing.
pub(super) fn silent() -> sqlx::Error {
    io::Error::new(io::ErrorKind::TimedOut, "the server did not answer in time").into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_elsewhere_must_show_whose_it_is() {
        for (url, weak) in [
            ("postgres://db.example/m?sslmode=prefer", Some("prefer")),
            ("postgres://10.0.0.7/m?sslmode=disable", Some("disable")),
            (
                "postgres://db.example/m?sslmode=verify-ca",
                Some("verify-ca"),
            ),
            (
                "postgres://localhost/m?host=db.example&sslmode=require",
                Some("require"),
            ),
            ("postgres://db.example/m?sslmode=verify-full", None),
            ("postgres://localhost/m?sslmode=disable", None),
            ("postgres://[::1]/m?sslmode=disable", None),
            ("postgres:///m?host=/run/postgresql&sslmode=disable", None),
        ] {
            assert_eq!(weak_tls(&options(url).unwrap()), weak, "{url}");
        }
    }

    #[test]
    fn a_url_that_cannot_be_used_says_why_and_leaks_nothing() {
        for good in [
            "postgres://localhost/migrations",
            "postgresql://a:b%2Fc@db.example:5433/migrations?sslmode=verify-full&sslrootcert=/etc/ca.pem",
        ] {
            options(good).unwrap();
        }
        for bad in [
            "",
            "sqlite://a.db",
            "postgres:/a:canary@b/c",
            "postgres://a:canary@b:port/c",
            "postgres://a:canary@b/c?sslmod=require",
            "postgres://a:canary@b/c?sslmode=perhaps",
            "postgres://b/c?pass=canary",
        ] {
            let error = options(bad).unwrap_err();
            assert!(matches!(error, Error::InvalidUrl(_)), "{bad}");
            assert!(
                !format!("{error} {error:?}").contains("canary"),
                "{error:?}"
            );
        }
    }
}
