//! The one writer: commits what waits as one group.
//!
//! A commit costs a flush of the disk, whatever is in it; so the writes that came while the last one was flushed are
//! committed together. Where one of them fails, the group is taken back and each is done alone: nobody takes anybody else
//! with it. Nobody is answered before the commit.

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

    /// Does it. Where it fails, what it wrote is taken back. It may be done anew then.
    fn run(
        &self,
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
    /// Does it, and keeps what it answers.
    fn run<'a>(
        &'a mut self,
        connection: &'a mut SqliteConnection,
    ) -> BoxFuture<'a, Result<(), Error>>;
    /// Gives the answer; or the error, where what was done is lost.
    fn answer(self: Box<Self>, lost: Option<Error>);
}

/// A write and who waits for its answer.
struct Queued<W: Write> {
    write: W,
    done: Result<W::Answer, Error>,
    reply: oneshot::Sender<Result<W::Answer, Error>>,
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
            .send(Box::new(Queued {
                write,
                done: Err(Error::Closed),
                reply,
            }))
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
    fn run<'a>(
        &'a mut self,
        connection: &'a mut SqliteConnection,
    ) -> BoxFuture<'a, Result<(), Error>> {
        Box::pin(async move {
            self.done = self.write.run(connection).await;
            self.done.as_ref().map(drop).map_err(Clone::clone)
        })
    }

    fn answer(self: Box<Self>, lost: Option<Error>) {
        // Whoever has gone needs no answer.
        drop(self.reply.send(lost.map_or(self.done, Err)));
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

/// Does `jobs`, commits them together and answers each.
async fn commit(connection: &mut SqliteConnection, mut jobs: Vec<Box<dyn Job>>) {
    let done = together(connection, &mut jobs).await;
    if jobs.len() > 1
        && done
            .as_ref()
            .is_err_and(|error| !error.is_of_the_database())
    {
        // One of them cannot be done, and it is not known which.
        for job in jobs {
            let mut alone = [job];
            let lost = together(connection, &mut alone).await.err();
            let [job] = alone;
            job.answer(lost);
        }
        return;
    }
    let lost = done.err();
    for job in jobs {
        job.answer(lost.clone());
    }
}

/// Does `jobs` in one transaction, all or none.
async fn together(
    connection: &mut SqliteConnection,
    jobs: &mut [Box<dyn Job>],
) -> Result<(), Error> {
    let work = async {
        execute(connection, "BEGIN IMMEDIATE").await?;
        for job in jobs {
            job.run(connection).await?;
        }
        execute(connection, "COMMIT").await
    };
    let done = work.await;
    if done.is_err() {
        // Fails where SQLite has rolled back by itself, as it does when the disk is full.
        drop(execute(connection, "ROLLBACK").await);
    }
    done
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

        async fn run(&self, connection: &mut SqliteConnection) -> Result<i64, Error> {
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
            let done = Err(Error::Closed);
            jobs.push(Box::new(Queued { write, done, reply }));
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
        let (answers, kept) = group(vec![Insert(1, "SELECT 1"), Insert(2, "ROLLBACK")]).await;
        assert!(
            matches!(answers.as_slice(), [Ok(1), Err(_)]),
            "the first was done anew: {answers:?}"
        );
        assert_eq!(kept, [1]);
    }
}
