//! Connections to the server: a few, made when they are needed, kept while they work, made again when they break.
//!
//! Not the driver's pool: that one asks the server whether a connection still lives, at least once for every use of it,
//! and a single save is to cost a single round trip. Here a broken one is found by using it.
//!
//! Every use ends in time: a place is waited for no longer than [`PLACE`], an answer no longer than [`ANSWER`]. A connection whose
//! answer did not come is closed. One whose caller has gone away is not: what it still has to bring is read beside, and it serves
//! the next.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::future::join_all;
use sqlx::Connection as _;
use sqlx::postgres::{PgArguments, PgConnectOptions, PgConnection, PgRow, Postgres};
use sqlx::query::Query;
use tokio::sync::{Semaphore, oneshot};
use tokio::time::{Instant, timeout, timeout_at};
use tokio_util::task::TaskTracker;

use super::connect::{self, ANSWER, by, silent, while_answered};
use super::error::{classified, lost, lost_out};
use super::loan::{Loan, UnitOfWork};
use crate::store::Error;

/// How long a place is waited for. More who wait would only be answered later, and too late.
const PLACE: Duration = Duration::from_secs(3);
/// What a call may take in all, with a second try where the first connection turned out to be dead.
pub(super) const CALL: Duration = Duration::from_secs(12);
/// The same of what takes long by its nature. Longer than the server lets a statement of it take.
const LONG: Duration = Duration::from_mins(11);
/// So often a statement is tried that may be repeated.
const TRIES: u32 = 4;
/// How long connections may take to be closed in order. The server notices by itself.
const FAREWELL: Duration = Duration::from_secs(2);

const BUSY: &str = "all places for statements are taken, and none became free in time";

/// Connections to one database, for one kind of use. A clone is the same ones.
#[derive(Debug, Clone)]
pub(super) struct Connections {
    shared: Arc<Shared>,
}

/// What loans and the tasks that drain connections share with them.
#[derive(Debug)]
pub(super) struct Shared {
    options: PgConnectOptions,
    /// Statements may take long here.
    long: bool,
    places: Arc<Semaphore>,
    /// How many places there are.
    most: usize,
    /// Those that wait for work, each with the number of breaks that there had been when it last worked.
    free: Mutex<Vec<(u64, PgConnection)>>,
    breaks: Breaks,
    /// What outlives its caller: connecting, and reading what a connection still has to bring.
    pub(super) tasks: TaskTracker,
}

/// How often a connection of any kind broke. What broke one mostly broke all, so that those that have waited since are not used again.
#[derive(Debug, Clone, Default)]
pub(super) struct Breaks(Arc<AtomicU64>);

/// Why a statement brought nothing.
#[derive(Debug)]
pub(super) enum Failed {
    /// It never went out.
    Before(Error),
    /// The server's answer, or the lack of one.
    Statement(sqlx::Error),
}

impl Connections {
    /// At most `places`, each made when it is needed.
    pub(super) fn new(options: PgConnectOptions, places: usize, breaks: &Breaks) -> Self {
        Self::of(options, places, breaks, false)
    }

    /// The same for work that takes long by its nature, of which no caller waits for the end.
    pub(super) fn for_batches(options: &PgConnectOptions, places: usize, breaks: &Breaks) -> Self {
        Self::of(connect::for_batches(options), places, breaks, true)
    }

    fn of(options: PgConnectOptions, places: usize, breaks: &Breaks, long: bool) -> Self {
        Self {
            shared: Arc::new(Shared {
                options,
                long,
                places: Arc::new(Semaphore::new(places)),
                most: places,
                free: Mutex::default(),
                breaks: breaks.clone(),
                tasks: TaskTracker::new(),
            }),
        }
    }

    /// How many wait for work, and how many do some.
    pub(super) fn count(&self) -> (usize, usize) {
        let Shared { places, most, .. } = &*self.shared;
        let used = most.saturating_sub(places.available_permits());
        (self.shared.free().len(), used)
    }

    /// The rows that a statement brings. Where its connection breaks, or where it loses out to another, it is tried again:
    /// for what can be done twice.
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
        let mut tried = 0;
        loop {
            tried += 1;
            // Apart, since every future around it would be as large.
            match Box::pin(self.once_by(deadline, query())).await {
                Err(Failed::Statement(error))
                    if tried < TRIES
                        && (lost(&error) || lost_out(&error))
                        && Instant::now() < deadline => {}
                answer => return answer.map_err(Error::from),
            }
        }
    }

    /// The rows that a statement brings. It goes out once.
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
        loan.ask(query).await.map_err(Failed::Statement)
    }

    /// Does `work` in one transaction, all or nothing: for what one statement cannot do, since each of its parts sees the rows
    /// as they were when it began. Where it loses out to another it is tried again.
    pub(super) async fn transaction<W: UnitOfWork>(&self, work: &W) -> Result<W::Answer, Error> {
        let mut tried = 0;
        loop {
            tried += 1;
            let loan = Box::pin(self.lend(Instant::now() + CALL)).await?;
            match Box::pin(loan.transaction(work)).await {
                Err(error) if tried < TRIES && lost_out(&error) => {}
                answer => return answer.map_err(classified),
            }
        }
    }

    /// A connection and the place that it takes.
    async fn lend(&self, deadline: Instant) -> Result<Loan, Error> {
        let places = Arc::clone(&self.shared.places);
        let until = deadline.min(Instant::now() + PLACE);
        let place = timeout_at(until, places.acquire_owned()).await;
        let place = place.map_err(|_| Error::Busy(BUSY))?;
        let place = place.map_err(|_| Error::Closed)?;
        let deadline = deadline.min(Instant::now() + ANSWER);
        let shared = Arc::clone(&self.shared);
        if let Some(connection) = shared.unbroken() {
            return Ok(Loan::new(shared, connection, place, deadline));
        }
        // In a task of its own: were it given up with its caller, callers that are in a hurry would never get there.
        let (reply, connected) = oneshot::channel();
        self.shared.tasks.spawn(async move {
            let connection = connect::connect(&shared.options, deadline).await;
            let loan = connection.map(|it| Loan::new(shared, it, place, deadline));
            // A loan that is not awaited any more gives its connection back.
            drop(reply.send(loan));
        });
        connected.await.unwrap_or(Err(Error::Closed))
    }

    /// Closes them. What comes later is answered [`Error::Closed`].
    pub(super) async fn close(&self) {
        let Shared { places, tasks, .. } = &*self.shared;
        places.close();
        tasks.close();
        let in_order = async {
            tasks.wait().await;
            let free = std::mem::take(&mut *self.shared.free());
            join_all(free.into_iter().map(|(_, free)| free.close())).await;
        };
        drop(timeout(FAREWELL, in_order).await);
    }
}

impl Shared {
    /// What comes of `asked`, by `deadline`; for work that takes long, unless the server falls silent.
    pub(super) async fn answer<T>(
        &self,
        deadline: Instant,
        asked: impl Future<Output = Result<T, sqlx::Error>>,
    ) -> Result<T, sqlx::Error> {
        if self.long {
            by(Instant::now() + LONG, while_answered(&self.options, asked)).await
        } else {
            by(deadline, asked).await
        }
    }

    /// Until when a transaction that was begun by `deadline` must have ended, once its work is done.
    pub(super) fn end(&self, deadline: Instant) -> Instant {
        if self.long {
            Instant::now() + ANSWER
        } else {
            deadline
        }
    }

    /// Takes a connection back after a use that ended so.
    pub(super) fn put_back(&self, connection: PgConnection, error: Option<&sqlx::Error>) {
        match error {
            Some(error) if lost(error) => {
                self.breaks.0.fetch_add(1, Ordering::Relaxed);
                self.free().clear();
            }
            _ if self.places.is_closed() => {}
            _ => self.free().push((self.broken(), connection)),
        }
    }

    /// A connection that waits for work, and has worked since the last break.
    fn unbroken(&self) -> Option<PgConnection> {
        let broken = self.broken();
        let mut free = self.free();
        free.retain(|(before, _)| *before == broken);
        free.pop().map(|(_, connection)| connection)
    }

    fn broken(&self) -> u64 {
        self.breaks.0.load(Ordering::Relaxed)
    }

    fn free(&self) -> MutexGuard<'_, Vec<(u64, PgConnection)>> {
        // Nothing in here can panic half-way, so a poisoned list is a whole one.
        self.free.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Failed {
    /// The server said nothing in time, so that it is uncertain whether the statement was done.
    pub(super) fn silent() -> Self {
        Self::Statement(silent())
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
