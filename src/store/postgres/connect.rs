//! Connecting to the server: the URL, the settings of each session, and the time limits.
//!
//! The driver does not expose its socket, so that neither keepalives nor `TCP_USER_TIMEOUT` can be
//! set at this end. Instead every statement has a deadline, and the LISTEN connection has a
//! heartbeat ([`listen`](super::listen)).

use std::io;
use std::str::FromStr as _;
use std::time::Duration;

use sqlx::ConnectOptions as _;
use sqlx::postgres::{PgConnectOptions, PgConnection, PgSslMode};
use tokio::time::{Instant, sleep, timeout, timeout_at};

use super::error::{classified, lost, untrusted};
use super::failover::{Checked, Failovers};
use crate::store::Error;
use crate::util::backoff::Backoff;
use crate::util::loopback::is_loopback;

/// Maximum time to connect, send a statement and get its answer. Longer than the server's own limit
/// for a statement, so that the server's error comes first.
pub(super) const ANSWER: Duration = Duration::from_secs(9);
/// Maximum time until the server accepts a new connection.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(8);
/// Pauses between attempts to connect, and their maximum number: about 1.5 s in all.
const BACKOFF: Backoff = Backoff::new(Duration::from_millis(100), Duration::from_millis(1600));
const RETRIES: u32 = 5;
/// Interval of the checks, during long statements, that the server answers.
const PROBE: Duration = Duration::from_secs(4);

/// The schemes of a PostgreSQL URL.
pub(super) const SCHEMES: [&str; 2] = ["postgres://", "postgresql://"];

/// The parameters that a URL may set after its question mark.
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

/// The settings of each session. docs/postgresql.md lists them, for poolers that take no settings
/// from a client.
const SESSION: [(&str, &str); 12] = [
    // What is answered is on the server's disk, whatever the database's own setting. Checked, since
    // a pooler may drop it.
    ("synchronous_commit", "on"),
    // Every statement has its index, and should follow its order rather than collect rows and sort
    // them. A plan made for empty tables must not be used for full ones.
    ("enable_seqscan", "off"),
    ("enable_bitmapscan", "off"),
    ("jit", "off"),
    // No statement of a call needs a second. One that takes this long would only delay others, and
    // no caller waits for it.
    ("statement_timeout", "8s"),
    // Callers must not queue behind a session that keeps a lock, as an administrator's may.
    ("lock_timeout", "3s"),
    // A stuck process must not keep the locks of its transaction.
    ("idle_in_transaction_session_timeout", "15s"),
    // A process that has vanished is detected within half a minute, and its connection freed.
    ("tcp_keepalives_idle", "10s"),
    ("tcp_keepalives_interval", "5s"),
    ("tcp_keepalives_count", "3"),
    ("tcp_user_timeout", "15s"),
    // Suppresses the warning of a ROLLBACK outside of a transaction.
    ("client_min_messages", "error"),
];

/// The options to connect to the database at `url`. Errors never repeat the URL: it may hold a
/// password.
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
            "it has an unknown parameter after its question mark: docs/postgresql.md lists the known ones",
        ));
    }
    let options = PgConnectOptions::from_str(url).map_err(|_| {
        Error::InvalidUrl(
            "it is not a URL, or a parameter after its question mark has a wrong value (in a user or \
             a password, write / ? # @ : and % as %2F %3F %23 %40 %3A and %25)",
        )
    })?;
    Ok(options
        .application_name("waba-migrator")
        // No fractions are stored, and a pooler may not know the setting.
        .extra_float_digits(None)
        .options(SESSION)
        .disable_statement_logging())
}

/// A server, and what is known of it. Cheap to clone; clones share what is known.
#[derive(Debug, Clone)]
pub(super) struct DatabaseServer {
    pub(super) options: PgConnectOptions,
    pub(super) failovers: Failovers,
}

/// The same with a longer time limit for statements, such as the removal of a tenant.
pub(super) fn for_batches(options: &PgConnectOptions) -> PgConnectOptions {
    options.clone().options([("statement_timeout", "10min")])
}

/// The `sslmode`, if it allows someone on the network to read the traffic or pose as the server.
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

impl DatabaseServer {
    /// A new connection that commits safely, by `deadline`. Retries for a while where the server
    /// cannot be reached or is starting.
    pub(super) async fn connect(&self, deadline: Instant) -> Result<PgConnection, Error> {
        let (mut connection, checked) = self.connect_first(deadline).await?;
        let timeline = checked.timeline.as_deref();
        let noted = self.failovers.note(&mut connection, timeline);
        match timeout_at(deadline, noted).await {
            Ok(()) => Ok(connection),
            Err(_) => Err(classified(silent())),
        }
    }

    /// The same, without noting a failover: for a database that may not be set up yet.
    pub(super) async fn connect_first(
        &self,
        deadline: Instant,
    ) -> Result<(PgConnection, Checked), Error> {
        let mut connection = connect(&self.options, deadline).await?;
        let checked = timeout_at(deadline, self.failovers.check(&mut connection)).await;
        let checked = checked.unwrap_or_else(|_| Err(classified(silent())))?;
        Ok((connection, checked))
    }
}

/// A new connection, by `deadline`. Retries for a while where the server cannot be reached or is
/// starting.
async fn connect(options: &PgConnectOptions, deadline: Instant) -> Result<PgConnection, Error> {
    let mut backoff = BACKOFF;
    let retrying = async {
        loop {
            let error = match timeout(CONNECT_TIMEOUT, options.connect()).await {
                Ok(Ok(connection)) => return Ok(connection),
                Ok(Err(error)) => error,
                Err(_) => return Err(classified(silent())),
            };
            if is_untrusted(&error) {
                return Err(untrusted(error));
            }
            if !is_transient(&error) || backoff.retries() == RETRIES {
                return Err(classified(error));
            }
            backoff.wait().await;
        }
    };
    let connected = timeout_at(deadline, retrying).await;
    connected.unwrap_or_else(|_| Err(classified(silent())))
}

/// The result of `work`, or an error if there is none by `deadline`: the connection is unusable
/// then.
pub(super) async fn by<T>(
    deadline: Instant,
    work: impl Future<Output = Result<T, sqlx::Error>>,
) -> Result<T, sqlx::Error> {
    let answer = timeout_at(deadline, work).await;
    answer.unwrap_or_else(|_| Err(silent()))
}

/// The result of `work`, which may take long, or an error if the server stops answering meanwhile.
/// That a long statement has no answer yet proves nothing, so new connections are opened to check.
pub(super) async fn while_answered<T>(
    options: &PgConnectOptions,
    work: impl Future<Output = Result<T, sqlx::Error>>,
) -> Result<T, sqlx::Error> {
    let silence = async {
        loop {
            sleep(PROBE).await;
            // An error such as too many connections is an answer.
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

/// Whether a retry may succeed: the server cannot be reached, starts, stops or has no connection
/// free.
fn is_transient(error: &sqlx::Error) -> bool {
    let full = error
        .as_database_error()
        .and_then(sqlx::error::DatabaseError::code)
        .is_some_and(|code| code == "53300");
    full || lost(error)
}

/// Whether TLS failed: the server does not encrypt, or its certificate is not trusted.
fn is_untrusted(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Tls(_) => true,
        sqlx::Error::Io(error) => error.kind() == io::ErrorKind::InvalidData,
        _ => false,
    }
}

/// The server did not answer in time.
pub(super) fn silent() -> sqlx::Error {
    io::Error::new(io::ErrorKind::TimedOut, "the server did not answer in time").into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_remote_server_must_have_a_verified_certificate() {
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
    fn an_unusable_url_has_an_error_that_leaks_nothing() {
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
