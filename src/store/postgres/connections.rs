//! A pool of connections to the server: opened on demand, reused, and opened again when they break.
//!
//! Not the driver's pool: that one pings the server at least once for every use, and a save should
//! cost one round trip. Here a broken connection is found by using it.
//!
//! Every use ends in time: a slot is waited for no longer than [`SLOT_TIMEOUT`], an answer no
//! longer than [`ANSWER`]. A connection whose answer did not come is closed. If the caller stops
//! waiting, the rest of the answer is read in the background and the connection is reused.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use futures_util::future::join_all;
use parking_lot::Mutex;
use sqlx::Connection as _;
use sqlx::postgres::{PgArguments, PgConnection, PgRow, Postgres};
use sqlx::query::Query;
use tokio::sync::{Semaphore, oneshot};
use tokio::time::{Instant, timeout, timeout_at};
use tokio_util::task::TaskTracker;

use super::connect::{self, ANSWER, DatabaseServer, by, while_answered};
use super::error::{classified, lost, lost_out};
use super::loan::{Loan, UnitOfWork};
use crate::store::Error;
use crate::store::group_commit::CommitFailure;

/// Maximum wait for a slot. Longer waits would only delay every answer, until it is too late.
const SLOT_TIMEOUT: Duration = Duration::from_secs(3);
/// Maximum time of a call in all, including a second attempt where the first connection was dead.
pub(super) const CALL: Duration = Duration::from_secs(12);
/// Maximum time of a statement that takes long by its nature. Longer than the server's own limit.
const LONG: Duration = Duration::from_mins(11);
/// Maximum attempts of a statement that may be repeated.
const ATTEMPTS: u32 = 4;
/// Maximum time to close connections properly. If it fails, the server notices by itself.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(2);

const BUSY: &str = "too many statements at the same time: no slot became free in time";

/// Connections to one database, for one kind of use. Cheap to clone; clones share state.
#[derive(Debug, Clone)]
pub(super) struct Connections {
    shared: Arc<Shared>,
}

/// The state shared with loans and with the tasks that drain connections.
#[derive(Debug)]
pub(super) struct Shared {
    server: DatabaseServer,
    /// Whether statements may take long.
    long: bool,
    slots: Arc<Semaphore>,
    /// The number of slots.
    size: usize,
    /// Idle connections, each with the number of breaks at the time of its last use.
    free: Mutex<Vec<(u64, PgConnection)>>,
    breaks: Breaks,
    /// What runs detached from its caller: connecting, and draining connections.
    pub(super) tasks: TaskTracker,
}

/// The number of breaks of connections of every kind. What broke one connection mostly broke all,
/// so that those that were idle at that time are not used again.
#[derive(Debug, Clone, Default)]
pub(super) struct Breaks(Arc<AtomicU64>);

/// Why a statement failed.
#[derive(Debug)]
pub(super) enum Failed {
    /// It was not sent.
    Before(Error),
    /// The server's error, or no answer in time.
    Statement(sqlx::Error),
}

impl Connections {
    /// At most `slots` connections, opened on demand.
    pub(super) fn new(server: DatabaseServer, slots: usize, breaks: &Breaks) -> Self {
        Self::of(server, slots, breaks, false)
    }

    /// The same for statements that take long by their nature.
    pub(super) fn for_batches(server: &DatabaseServer, slots: usize, breaks: &Breaks) -> Self {
        let server = DatabaseServer {
            options: connect::for_batches(&server.options),
            ..server.clone()
        };
        Self::of(server, slots, breaks, true)
    }

    fn of(server: DatabaseServer, slots: usize, breaks: &Breaks, long: bool) -> Self {
        Self {
            shared: Arc::new(Shared {
                server,
                long,
                slots: Arc::new(Semaphore::new(slots)),
                size: slots,
                free: Mutex::default(),
                breaks: breaks.clone(),
                tasks: TaskTracker::new(),
            }),
        }
    }

    /// The numbers of idle and of busy connections.
    pub(super) fn count(&self) -> (usize, usize) {
        let Shared { slots, size, .. } = &*self.shared;
        let used = size.saturating_sub(slots.available_permits());
        (self.shared.free.lock().len(), used)
    }

    /// The rows of an idempotent statement. It is repeated if its connection breaks or another
    /// transaction wins.
    pub(super) async fn rows<'q>(
        &self,
        query: impl Fn() -> Query<'q, Postgres, PgArguments> + Send,
    ) -> Result<Vec<PgRow>, Error> {
        self.rows_by(Instant::now() + CALL, query).await
    }

    /// The same, by `deadline`.
    pub(super) async fn rows_by<'q>(
        &self,
        deadline: Instant,
        query: impl Fn() -> Query<'q, Postgres, PgArguments> + Send,
    ) -> Result<Vec<PgRow>, Error> {
        let mut attempts = 0;
        loop {
            attempts += 1;
            // Boxed, since every future around it would be as large.
            match Box::pin(self.once_by(deadline, query())).await {
                Err(Failed::Statement(error))
                    if attempts < ATTEMPTS
                        && (lost(&error) || lost_out(&error))
                        && Instant::now() < deadline => {}
                answer => return answer.map_err(Error::from),
            }
        }
    }

    /// The rows of a statement, which is sent once.
    pub(super) async fn once(
        &self,
        query: Query<'_, Postgres, PgArguments>,
    ) -> Result<Vec<PgRow>, Failed> {
        Box::pin(self.once_by(Instant::now() + CALL, query)).await
    }

    async fn once_by(
        &self,
        deadline: Instant,
        query: Query<'_, Postgres, PgArguments>,
    ) -> Result<Vec<PgRow>, Failed> {
        let loan = self.lend(deadline).await?;
        loan.query(query).await.map_err(Failed::Statement)
    }

    /// Runs `work` in one transaction: for what one statement cannot do, since each of its parts
    /// sees the rows as they were at its start. It is repeated if another transaction wins.
    pub(super) async fn transaction<W: UnitOfWork>(&self, work: &W) -> Result<W::Answer, Error> {
        let mut attempts = 0;
        loop {
            attempts += 1;
            let loan = Box::pin(self.lend(Instant::now() + CALL)).await?;
            match Box::pin(loan.transaction(work)).await {
                Err(error) if attempts < ATTEMPTS && lost_out(&error) => {}
                answer => return answer.map_err(classified),
            }
        }
    }

    /// A connection and its slot.
    async fn lend(&self, deadline: Instant) -> Result<Loan, Error> {
        let slots = Arc::clone(&self.shared.slots);
        let until = deadline.min(Instant::now() + SLOT_TIMEOUT);
        let slot = timeout_at(until, slots.acquire_owned()).await;
        let slot = slot.map_err(|_| Error::Busy(BUSY))?;
        let slot = slot.map_err(|_| Error::Closed)?;
        let deadline = deadline.min(Instant::now() + ANSWER);
        let shared = Arc::clone(&self.shared);
        if let Some(connection) = shared.unbroken() {
            return Ok(Loan::new(shared, connection, slot, deadline));
        }
        // Detached: if it were cancelled with its caller, impatient callers would never connect.
        let (reply, connected) = oneshot::channel();
        self.shared.tasks.spawn(async move {
            let connection = shared.server.connect(deadline).await;
            let loan = connection.map(|it| Loan::new(shared, it, slot, deadline));
            // A loan without a caller returns its connection to the pool.
            drop(reply.send(loan));
        });
        connected.await.unwrap_or(Err(Error::Closed))
    }

    /// Closes the connections. Later calls return [`Error::Closed`].
    pub(super) async fn close(&self) {
        let Shared { slots, tasks, .. } = &*self.shared;
        slots.close();
        tasks.close();
        let closed = async {
            tasks.wait().await;
            let free = std::mem::take(&mut *self.shared.free.lock());
            join_all(free.into_iter().map(|(_, free)| free.close())).await;
        };
        drop(timeout(CLOSE_TIMEOUT, closed).await);
    }
}

impl Shared {
    /// The result of `work`, by `deadline`; for long statements, unless the server falls silent.
    pub(super) async fn answer<T>(
        &self,
        deadline: Instant,
        work: impl Future<Output = Result<T, sqlx::Error>>,
    ) -> Result<T, sqlx::Error> {
        if self.long {
            by(
                Instant::now() + LONG,
                while_answered(&self.server.options, work),
            )
            .await
        } else {
            by(deadline, work).await
        }
    }

    /// The deadline for the end of a transaction whose work is done.
    pub(super) fn end(&self, deadline: Instant) -> Instant {
        if self.long {
            Instant::now() + ANSWER
        } else {
            deadline
        }
    }

    /// Takes a connection back, with the error of its last use.
    pub(super) fn put_back(&self, connection: PgConnection, error: Option<&sqlx::Error>) {
        match error {
            Some(error) if lost(error) => {
                self.breaks.0.fetch_add(1, Ordering::Relaxed);
                self.free.lock().clear();
            }
            _ if self.slots.is_closed() => {}
            _ => self.free.lock().push((self.broken(), connection)),
        }
    }

    /// An idle connection that was used since the last break.
    fn unbroken(&self) -> Option<PgConnection> {
        let broken = self.broken();
        let mut free = self.free.lock();
        free.retain(|(before, _)| *before == broken);
        free.pop().map(|(_, connection)| connection)
    }

    fn broken(&self) -> u64 {
        self.breaks.0.load(Ordering::Relaxed)
    }
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

impl From<Failed> for CommitFailure {
    fn from(failed: Failed) -> Self {
        match failed {
            Failed::Statement(error) if lost_out(&error) => Self::Conflict(classified(error)),
            Failed::Statement(error) if !lost(&error) => Self::Write(classified(error)),
            failed => Self::Group(failed.into()),
        }
    }
}
