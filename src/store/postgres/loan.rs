//! A connection in use.

use std::sync::Arc;

use sqlx::Connection as _;
use sqlx::postgres::{PgArguments, PgConnection, PgRow, Postgres};
use sqlx::query::Query;
use tokio::runtime::Handle;
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::{Instant, timeout_at};

use super::connect::{by, silent};
use super::connections::Shared;
use super::error::lost;

/// Several statements in one transaction.
pub(super) trait UnitOfWork: Sync {
    /// Its result.
    type Answer: Send;

    /// Runs the statements. They may be run again after a rollback.
    fn run(
        &self,
        connection: &mut PgConnection,
    ) -> impl Future<Output = Result<Self::Answer, sqlx::Error>> + Send;
}

/// A connection in use. If it is dropped before its answer came, because its call was cancelled, it
/// is drained in the background: closing it would make the next call connect again, and the server
/// start another process.
pub(super) struct Loan {
    shared: Arc<Shared>,
    used: Option<Used>,
}

struct Used {
    connection: PgConnection,
    slot: OwnedSemaphorePermit,
    /// The deadline of the answer.
    deadline: Instant,
    /// Whether a transaction may be open.
    in_transaction: bool,
}

impl Loan {
    pub(super) fn new(
        shared: Arc<Shared>,
        connection: PgConnection,
        slot: OwnedSemaphorePermit,
        deadline: Instant,
    ) -> Self {
        let used = Used {
            connection,
            slot,
            deadline,
            in_transaction: false,
        };
        Self {
            shared,
            used: Some(used),
        }
    }

    /// The rows of a statement.
    pub(super) async fn query(
        mut self,
        query: Query<'_, Postgres, PgArguments>,
    ) -> Result<Vec<PgRow>, sqlx::Error> {
        let (shared, used) = self.parts()?;
        // Boxed, since every future around it would be as large.
        let rows = Box::pin(query.fetch_all(&mut used.connection));
        let answer = shared.answer(used.deadline, rows).await;
        self.ended(answer)
    }

    /// Runs `work` in one transaction.
    pub(super) async fn transaction<W: UnitOfWork>(
        mut self,
        work: &W,
    ) -> Result<W::Answer, sqlx::Error> {
        let (shared, used) = self.parts()?;
        let (connection, deadline) = (&mut used.connection, used.deadline);
        used.in_transaction = true;
        let answer = Box::pin(in_transaction(shared, connection, deadline, work)).await;
        self.ended(answer)
    }

    fn parts(&mut self) -> Result<(&Shared, &mut Used), sqlx::Error> {
        let used = self.used.as_mut().ok_or_else(silent)?;
        Ok((&self.shared, used))
    }

    /// Returns the connection to the pool, or closes it where its answer did not come.
    fn ended<T>(mut self, answer: Result<T, sqlx::Error>) -> Result<T, sqlx::Error> {
        if let Some(used) = self.used.take() {
            self.shared.put_back(used.connection, answer.as_ref().err());
        }
        answer
    }
}

impl Drop for Loan {
    fn drop(&mut self) {
        // Without a runtime the process is ending, and its connections with it.
        if let (Some(used), Ok(runtime)) = (self.used.take(), Handle::try_current()) {
            let drained = used.drained(Arc::clone(&self.shared));
            self.shared.tasks.spawn_on(drained, &runtime);
        }
    }
}

impl Used {
    /// Reads the rest of the answer, until its deadline, and returns the connection. It holds its
    /// slot meanwhile.
    async fn drained(mut self, shared: Arc<Shared>) {
        let ready = timeout_at(self.deadline, async {
            is_ready(&mut self.connection).await
                && (!self.in_transaction || is_rolled_back(&mut self.connection).await)
        });
        if ready.await.unwrap_or(false) {
            shared.put_back(self.connection, None);
        }
        drop(self.slot);
    }
}

/// Reads all outstanding answers; whether the connection can be used again.
async fn is_ready(connection: &mut PgConnection) -> bool {
    loop {
        match connection.ping().await {
            Ok(()) => return true,
            // The answer to the cancelled statement.
            Err(error) if !lost(&error) && error.as_database_error().is_some() => {}
            Err(_) => return false,
        }
    }
}

/// Ends an open transaction; whether that succeeded. What was committed stays committed.
async fn is_rolled_back(connection: &mut PgConnection) -> bool {
    let rollback = sqlx::raw_sql("ROLLBACK").execute(connection);
    rollback.await.is_ok()
}

/// Runs `work` and commits, or rolls back where it fails. Even for long work, the server must
/// answer BEGIN and COMMIT at once.
async fn in_transaction<W: UnitOfWork>(
    shared: &Shared,
    connection: &mut PgConnection,
    deadline: Instant,
    work: &W,
) -> Result<W::Answer, sqlx::Error> {
    let mut transaction = by(deadline, connection.begin()).await?;
    let done = shared.answer(deadline, work.run(&mut transaction)).await;
    let deadline = shared.end(deadline);
    match done {
        Ok(done) => by(deadline, transaction.commit()).await.map(|()| done),
        Err(error) if lost(&error) => Err(error),
        Err(error) => by(deadline, transaction.rollback()).await.and(Err(error)),
    }
}
