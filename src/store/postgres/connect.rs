//! Connections to the server: a few, made when they are needed, kept while they work, made again when they break.
//!
//! Not the driver's pool: that one asks the server whether a connection still lives, at least once for every use of it,
//! and a single save is to cost a single round trip. Here a broken one is found by using it.

use std::str::FromStr as _;
use std::time::Duration;

use sqlx::postgres::{PgArguments, PgConnectOptions, PgConnection, PgRow, Postgres};
use sqlx::query::Query;
use sqlx::{ConnectOptions as _, Connection as _};
use tokio::sync::{Mutex, Semaphore};
use tokio::time::timeout;

use super::error::{classified, lost, lost_out, untrusted};
use crate::store::Error;

/// Statements at a time. More would wait in the server rather than here.
pub(super) const PLACES: usize = 10;
/// The same for what keeps and takes leases: one prolongs, one claims, and neither waits behind callers.
pub(super) const LEASE_PLACES: usize = 2;
/// How long to try to reach a server that is away or only starts.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long the server may take to let us in.
const GREETING: Duration = Duration::from_secs(8);
/// The first pause between two tries; it doubles up to the last.
const PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_millis(800);
/// So often a statement is tried that may be repeated.
const TRIES: u32 = 4;

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

/// Connections to one database.
#[derive(Debug)]
pub(super) struct Connections {
    options: PgConnectOptions,
    places: Semaphore,
    /// How many places there are.
    most: usize,
    free: Mutex<Vec<PgConnection>>,
}

/// What is done in one transaction, of several statements.
pub(super) trait Work: Sync {
    /// What it answers.
    type Answer: Send;

    /// Does it. It may be done anew.
    fn run(
        &self,
        connection: &mut PgConnection,
    ) -> impl Future<Output = Result<Self::Answer, sqlx::Error>> + Send;
}

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
        // Every statement has its index, and is to walk along it in its order rather than gather rows and sort them. A plan that
        // was made while the tables were empty must not stay when they are not.
        .options([
            ("enable_seqscan", "off"),
            ("enable_bitmapscan", "off"),
            ("jit", "off"),
        ])
        .disable_statement_logging())
}

impl Connections {
    /// So many, once they are needed.
    pub(super) fn new(options: PgConnectOptions, places: usize) -> Self {
        Self {
            options,
            places: Semaphore::new(places),
            most: places,
            free: Mutex::default(),
        }
    }

    /// How many wait for work, and how many do some. Those that wait are not counted in a moment when one is taken.
    pub(super) fn count(&self) -> (usize, usize) {
        let free = self.free.try_lock().map_or(0, |free| free.len());
        (
            free,
            self.most.saturating_sub(self.places.available_permits()),
        )
    }

    /// The rows that a statement brings. Where its connection breaks, or where it loses out to another, it is tried again:
    /// for what can be done twice.
    pub(super) async fn rows<'q>(
        &self,
        query: impl Fn() -> Query<'q, Postgres, PgArguments> + Send,
    ) -> Result<Vec<PgRow>, Error> {
        let mut tried = 0;
        loop {
            tried += 1;
            match self.once(query()).await {
                Err(Failed::Statement(error))
                    if tried < TRIES && (lost(&error) || lost_out(&error)) => {}
                answer => return answer.map_err(Error::from),
            }
        }
    }

    /// The rows that a statement brings. It goes out once.
    pub(super) async fn once(
        &self,
        query: Query<'_, Postgres, PgArguments>,
    ) -> Result<Vec<PgRow>, Failed> {
        let _place = self.places.acquire().await.map_err(|_| Error::Closed)?;
        let mut connection = self.free().await?;
        let answer = query.fetch_all(&mut connection).await;
        self.put_back(connection, answer.as_ref().err()).await;
        answer.map_err(Failed::Statement)
    }

    /// Does `work` in one transaction, all or nothing: for what one statement cannot do, since each of its parts sees the rows
    /// as they were when it began. Where it loses out to another it is tried again.
    pub(super) async fn transaction<W: Work>(&self, work: &W) -> Result<W::Answer, Error> {
        let mut tried = 0;
        loop {
            tried += 1;
            let _place = self.places.acquire().await.map_err(|_| Error::Closed)?;
            let mut connection = self.free().await?;
            let answer = in_transaction(&mut connection, work).await;
            self.put_back(connection, answer.as_ref().err()).await;
            match answer {
                Err(error) if tried < TRIES && lost_out(&error) => {}
                answer => return answer.map_err(classified),
            }
        }
    }

    async fn free(&self) -> Result<PgConnection, Error> {
        let free = self.free.lock().await.pop();
        match free {
            Some(connection) => Ok(connection),
            None => connect(&self.options).await,
        }
    }

    async fn put_back(&self, connection: PgConnection, error: Option<&sqlx::Error>) {
        match error {
            // What broke one connection mostly broke all.
            Some(error) if lost(error) => self.free.lock().await.clear(),
            _ => self.free.lock().await.push(connection),
        }
    }

    /// Closes them. What comes later is answered [`Error::Closed`].
    pub(super) async fn close(&self) {
        self.places.close();
        for connection in self.free.lock().await.drain(..) {
            // The server notices by itself.
            drop(timeout(GREETING, connection.close()).await);
        }
    }
}

/// Why a statement brought nothing.
#[derive(Debug)]
pub(super) enum Failed {
    /// It never went out.
    Before(Error),
    /// The server's answer, or the lack of one.
    Statement(sqlx::Error),
}

impl From<Error> for Failed {
    fn from(error: Error) -> Self {
        Self::Before(error)
    }
}

impl From<Failed> for Error {
    fn from(failed: Failed) -> Self {
        match failed {
            Failed::Before(error) => error,
            Failed::Statement(error) => classified(error),
        }
    }
}

/// Does `work` and commits it. Where it fails, what it wrote is taken back.
async fn in_transaction<W: Work>(
    connection: &mut PgConnection,
    work: &W,
) -> Result<W::Answer, sqlx::Error> {
    let mut transaction = connection.begin().await?;
    match work.run(&mut transaction).await {
        Ok(done) => transaction.commit().await.map(|()| done),
        Err(error) => {
            // Fails where the connection is gone, and the server then takes everything back by itself.
            drop(transaction.rollback().await);
            Err(error)
        }
    }
}

/// A new connection. Where the server is away, or only starts, it is tried again for a while.
pub(super) async fn connect(options: &PgConnectOptions) -> Result<PgConnection, Error> {
    let mut pause = PAUSE;
    let patient = async {
        loop {
            let error = match timeout(GREETING, options.connect()).await {
                Ok(Ok(connection)) => return Ok(connection),
                Ok(Err(error)) => error,
                Err(_) => return Err(classified(slow())),
            };
            if is_untrusted(&error) {
                return Err(untrusted(error));
            }
            if !may_pass(&error) || pause > LONGEST_PAUSE {
                return Err(classified(error));
            }
            tokio::time::sleep(pause).await;
            pause = pause.saturating_mul(2);
        }
    };
    let connected = timeout(PATIENCE, patient).await;
    connected.unwrap_or_else(|_| Err(classified(slow())))
}

/// Whether the server may let us in a little later: it is away, starts, stops or is full.
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
        sqlx::Error::Io(error) => error.kind() == std::io::ErrorKind::InvalidData,
        _ => false,
    }
}

fn slow() -> sqlx::Error {
    std::io::Error::new(
        std::io::ErrorKind::TimedOut,
        "the server did not answer in time",
    )
    .into()
}

#[cfg(test)]
mod tests {
    use super::*;

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
