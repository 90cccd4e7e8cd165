//! A connection while it is used.

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

/// What is done in one transaction, of several statements.
pub(super) trait UnitOfWork: Sync {
    /// What it answers.
    type Answer: Send;

    /// Does it. It may be done again.
    fn run(
        &self,
        connection: &mut PgConnection,
    ) -> impl Future<Output = Result<Self::Answer, sqlx::Error>> + Send;
}

/// A connection in use. Dropped before its answer came, as when the call that it is used for was given up, it is drained beside:
/// closing it would have the next call connect again, and the server start another process for that.
pub(super) struct Loan {
    shared: Arc<Shared>,
    used: Option<Used>,
}

struct Used {
    connection: PgConnection,
    place: OwnedSemaphorePermit,
    /// Until when the server must have answered.
    deadline: Instant,
    /// It may be within a transaction.
    in_transaction: bool,
}

impl Loan {
    pub(super) fn new(
        shared: Arc<Shared>,
        connection: PgConnection,
        place: OwnedSemaphorePermit,
        deadline: Instant,
    ) -> Self {
        let used = Used {
            connection,
            place,
            deadline,
            in_transaction: false,
        };
        Self {
            shared,
            used: Some(used),
        }
    }

    /// The rows that a statement brings.
    pub(super) async fn ask(
        mut self,
        query: Query<'_, Postgres, PgArguments>,
    ) -> Result<Vec<PgRow>, sqlx::Error> {
        let (shared, used) = self.parts()?;
        // Apart, since every future around it would be as large.
        let asked = Box::pin(query.fetch_all(&mut used.connection));
        let answer = shared.answer(used.deadline, asked).await;
        self.ended(answer)
    }

    /// Does `work` in one transaction.
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

    /// The use has ended: the connection goes back, or is closed where its answer did not come.
    fn ended<T>(mut self, answer: Result<T, sqlx::Error>) -> Result<T, sqlx::Error> {
        if let Some(used) = self.used.take() {
            self.shared.put_back(used.connection, answer.as_ref().err());
        }
        answer
    }
}

impl Drop for Loan {
    fn drop(&mut self) {
        // Without a runtime the process ends, and all connections with it.
        if let (Some(used), Ok(runtime)) = (self.used.take(), Handle::try_current()) {
            let drained = used.drained(Arc::clone(&self.shared));
            self.shared.tasks.spawn_on(drained, &runtime);
        }
    }
}

impl Used {
    /// Reads what the connection still has to bring, until the deadline of that, and gives it back. It keeps its place so long.
    async fn drained(mut self, shared: Arc<Shared>) {
        let ready = timeout_at(self.deadline, async {
            is_ready(&mut self.connection).await
                && (!self.in_transaction || is_undone(&mut self.connection).await)
        });
        if ready.await.unwrap_or(false) {
            shared.put_back(self.connection, None);
        }
        drop(self.place);
    }
}

/// Whether the connection can be used again, once all of its answers came.
async fn is_ready(connection: &mut PgConnection) -> bool {
    loop {
        match connection.ping().await {
            Ok(()) => return true,
            // The answer to the statement that was given up.
            Err(error) if !lost(&error) && error.as_database_error().is_some() => {}
            Err(_) => return false,
        }
    }
}

/// Whether it is in no transaction any more. What was committed already stays so.
async fn is_undone(connection: &mut PgConnection) -> bool {
    let rollback = sqlx::raw_sql("ROLLBACK").execute(connection);
    rollback.await.is_ok()
}

/// Does `work` and commits it. Where it fails, what it wrote is taken back. However long it may take, its beginning and its end are
/// answered at once.
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
