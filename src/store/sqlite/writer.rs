//! The one writer: commits what waits as one group.
//!
//! A commit costs a flush of the disk, whatever is in it; so the writes that came while the last one was flushed are
//! committed together. Each runs in a savepoint of its own: one that fails takes nobody else with it. Nobody is answered
//! before the commit.

use futures_util::future::BoxFuture;
use sqlx::{Connection as _, SqliteConnection, SqlitePool};
use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::error::classified;
use crate::store::Error;

/// At most so many writes are committed together: a bound on what the first of them waits for the last.
const GROUP: usize = 256;
/// So many more may wait; whoever comes then waits for a place.
const QUEUE: usize = 1024;

/// A write.
pub(super) trait Write: Send + 'static {
    /// What it answers.
    type Answer: Send + 'static;

    /// Does it. Where it fails, what it wrote so far is taken back.
    fn run(
        self,
        connection: &mut SqliteConnection,
    ) -> impl Future<Output = Result<Self::Answer, Error>> + Send;
}

/// Hands writes to the writer's task.
#[derive(Debug)]
pub(super) struct Writer {
    queue: mpsc::Sender<Box<dyn Job>>,
    closing: CancellationToken,
    tasks: TaskTracker,
}

/// A write in the queue, whatever its type.
trait Job: Send {
    fn run(self: Box<Self>, connection: &mut SqliteConnection) -> BoxFuture<'_, Ran>;
    fn refuse(self: Box<Self>, error: Error);
}

/// A write and who waits for its answer.
struct Queued<W: Write> {
    write: W,
    reply: oneshot::Sender<Result<W::Answer, Error>>,
}

/// Gives a write's answer; or the error, where its group was not committed.
type Answer = Box<dyn FnOnce(Option<&Error>) + Send>;

/// A write that was run, and whose group is not committed yet.
struct Ran {
    succeeded: bool,
    answer: Answer,
}

impl Writer {
    /// Starts the task that owns `connection`. It closes `readers` before itself: the last connection to close tidies
    /// the file up, and a reader cannot.
    pub(super) fn start(connection: SqliteConnection, readers: SqlitePool) -> Self {
        let (queue, jobs) = mpsc::channel(QUEUE);
        let (closing, tasks) = (CancellationToken::new(), TaskTracker::new());
        tasks.spawn(work(connection, readers, jobs, closing.clone()));
        tasks.close();
        Self {
            queue,
            closing,
            tasks,
        }
    }

    /// Has `write` done; answers once it is on the disk. It is done even where nobody waits for the answer any more.
    pub(super) async fn write<W: Write>(&self, write: W) -> Result<W::Answer, Error> {
        let (reply, answer) = oneshot::channel();
        self.queue
            .send(Box::new(Queued { write, reply }))
            .await
            .map_err(|_| Error::Closed)?;
        answer.await.map_err(|_| Error::Closed)?
    }

    /// Has everything done that is in the queue, then closes the connections.
    pub(super) async fn close(&self) {
        self.closing.cancel();
        self.tasks.wait().await;
    }
}

impl<W: Write> Job for Queued<W> {
    fn run(self: Box<Self>, connection: &mut SqliteConnection) -> BoxFuture<'_, Ran> {
        Box::pin(async move {
            let answer = self.write.run(connection).await;
            let reply = self.reply;
            Ran {
                succeeded: answer.is_ok(),
                answer: Box::new(move |lost| {
                    let answer = answer.and_then(|kept| lost.cloned().map_or(Ok(kept), Err));
                    // Whoever has gone needs no answer.
                    drop(reply.send(answer));
                }),
            }
        })
    }

    fn refuse(self: Box<Self>, error: Error) {
        drop(self.reply.send(Err(error)));
    }
}

async fn work(
    mut connection: SqliteConnection,
    readers: SqlitePool,
    mut queue: mpsc::Receiver<Box<dyn Job>>,
    closing: CancellationToken,
) {
    loop {
        let mut jobs = Vec::new();
        tokio::select! {
            biased;
            // What is in the queue can still be received.
            () = closing.cancelled(), if !queue.is_closed() => queue.close(),
            received = queue.recv_many(&mut jobs, GROUP) => match received {
                0 => break,
                _ => commit(&mut connection, jobs).await,
            },
        }
    }
    readers.close().await;
    if let Err(error) = connection.close().await {
        tracing::warn!(
            error = &error as &dyn std::error::Error,
            "the database was not closed in order"
        );
    }
}

/// Runs `jobs`, commits them together and answers each.
async fn commit(connection: &mut SqliteConnection, jobs: Vec<Box<dyn Job>>) {
    let mut answers = Vec::with_capacity(jobs.len());
    let mut group = execute(connection, "BEGIN IMMEDIATE").await;
    for job in jobs {
        match &group {
            Ok(()) => group = run(connection, job, &mut answers).await,
            Err(error) => job.refuse(error.clone()),
        }
    }
    if group.is_ok() {
        group = execute(connection, "COMMIT").await;
    }
    if group.is_err() {
        // Fails where SQLite has rolled back by itself, as it does when the disk is full.
        drop(execute(connection, "ROLLBACK").await);
    }
    for answer in answers {
        answer(group.as_ref().err());
    }
}

/// Runs `job` in a savepoint. An error is one of the group's, not of the job's alone.
async fn run(
    connection: &mut SqliteConnection,
    job: Box<dyn Job>,
    answers: &mut Vec<Answer>,
) -> Result<(), Error> {
    if let Err(error) = execute(connection, "SAVEPOINT job").await {
        job.refuse(error.clone());
        return Err(error);
    }
    let Ran { succeeded, answer } = job.run(connection).await;
    answers.push(answer);
    if !succeeded {
        execute(connection, "ROLLBACK TO job").await?;
    }
    execute(connection, "RELEASE job").await
}

async fn execute(connection: &mut SqliteConnection, statement: &'static str) -> Result<(), Error> {
    sqlx::query(statement)
        .execute(connection)
        .await
        .map(drop)
        .map_err(classified)
}

#[cfg(test)]
mod tests {
    use super::super::connect;
    use super::*;

    /// Inserts a number, then runs a statement.
    struct Insert(i64, &'static str);

    impl Write for Insert {
        type Answer = i64;

        async fn run(self, connection: &mut SqliteConnection) -> Result<i64, Error> {
            let insert = sqlx::query("INSERT INTO t VALUES (?)").bind(self.0);
            insert.execute(&mut *connection).await.map_err(classified)?;
            execute(connection, self.1).await?;
            Ok(self.0)
        }
    }

    /// Answers of writes that are committed as one group, and what is in the table afterwards.
    async fn group(writes: Vec<Insert>) -> (Vec<Result<i64, Error>>, Vec<i64>) {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("t.db");
        let mut connection = connect::writer(&path).await.unwrap();
        execute(&mut connection, "CREATE TABLE t (n INTEGER UNIQUE)")
            .await
            .unwrap();
        let (mut jobs, mut replies) = (Vec::<Box<dyn Job>>::new(), Vec::new());
        for write in writes {
            let (reply, answer) = oneshot::channel();
            jobs.push(Box::new(Queued { write, reply }));
            replies.push(answer);
        }
        commit(&mut connection, jobs).await;
        let mut answers = Vec::new();
        for reply in replies {
            answers.push(reply.await.unwrap());
        }
        let kept = sqlx::query_scalar("SELECT n FROM t ORDER BY n")
            .fetch_all(&mut connection)
            .await
            .unwrap();
        execute(&mut connection, "BEGIN IMMEDIATE")
            .await
            .expect("no transaction is left open");
        (answers, kept)
    }

    #[tokio::test]
    async fn a_write_that_fails_takes_back_itself_alone() {
        let writes = vec![
            Insert(1, "SELECT 1"),
            Insert(2, "SELECT * FROM nowhere"),
            Insert(1, ""),
            Insert(3, "SELECT 1"),
        ];
        let (answers, kept) = group(writes).await;
        assert!(
            matches!(
                answers.as_slice(),
                [Ok(1), Err(Error::Refused(_)), Err(Error::Refused(_)), Ok(3)]
            ),
            "{answers:?}"
        );
        assert_eq!(kept, [1, 3]);
    }

    #[tokio::test]
    async fn nobody_is_told_of_success_when_the_group_is_lost() {
        // What SQLite does by itself when the disk is full.
        let (answers, kept) = group(vec![
            Insert(1, "SELECT 1"),
            Insert(2, "ROLLBACK"),
            Insert(3, "SELECT 1"),
        ])
        .await;
        assert!(answers.iter().all(Result::is_err), "{answers:?}");
        assert!(kept.is_empty(), "{kept:?}");
    }
}
