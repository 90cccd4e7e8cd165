//! The one writer: commits what waits as one group.
//!
//! A commit costs a flush of the disk, whatever is in it; so the writes that came while the last one was flushed are
//! committed together. Where one of them fails, the group is taken back and each is done alone: nobody takes anybody else
//! with it. Nobody is answered before the commit.
//!
//! It has a thread of its own, since it waits for the disk.

use std::path::PathBuf;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use rusqlite::Connection;
use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;

use super::error::{looked_into, not_started};
use super::readers::Readers;
use super::statement::execute;
use crate::store::Error;

/// At most so many writes are committed together: a bound on what the first of them waits for the last.
const GROUP: usize = 256;
/// So many more may wait; whoever comes then waits for a place.
const QUEUE: usize = 1024;
/// Where writes came together, those whose turn it is next come together too: so long they are waited for.
const COMPANY: Duration = Duration::from_millis(1);

/// A write.
pub(super) trait Write: Send + 'static {
    /// What it answers.
    type Answer: Send + 'static;

    /// Does it. Where it fails, what it wrote is taken back. It may be done anew then.
    fn run(&self, connection: &Connection) -> Result<Self::Answer, Error>;
}

/// Hands writes to the writer's thread.
#[derive(Debug)]
pub(super) struct Writer {
    queue: mpsc::Sender<Order>,
    ended: CancellationToken,
}

/// What is written to.
pub(super) struct File {
    pub(super) connection: Connection,
    /// Its write-ahead log.
    pub(super) log: PathBuf,
}

/// What the writer's thread is told.
enum Order {
    Write(Box<dyn Job>),
    /// Nothing more will come.
    Close,
}

/// A write in the queue, whatever its type.
trait Job: Send {
    /// Does it, and keeps what it answers.
    fn run(&mut self, connection: &Connection) -> Result<(), Error>;
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
    /// Starts the thread that owns `file`. It closes `readers` before itself: the last connection to close tidies the file up,
    /// and a reader cannot.
    pub(super) fn start(file: File, readers: Arc<Readers>) -> Result<Self, Error> {
        let (queue, orders) = mpsc::channel(QUEUE);
        let ended = CancellationToken::new();
        let end = ended.clone().drop_guard();
        thread::Builder::new()
            .name("sqlite-writer".to_owned())
            .spawn(move || {
                work(file, &readers, orders);
                drop(end);
            })
            .map_err(not_started)?;
        Ok(Self { queue, ended })
    }

    /// Has `write` done; answers once it is on the disk. It is done even where nobody waits for the answer any more.
    pub(super) async fn write<W: Write>(&self, write: W) -> Result<W::Answer, Error> {
        let (reply, answer) = oneshot::channel();
        let queued = Queued {
            write,
            done: Err(Error::Closed),
            reply,
        };
        self.queue
            .send(Order::Write(Box::new(queued)))
            .await
            .map_err(|_| Error::Closed)?;
        answer.await.map_err(|_| Error::Closed)?
    }

    /// Has everything done that is in the queue, then closes the connections.
    pub(super) async fn close(&self) {
        // Where it cannot be told, it has ended already.
        drop(self.queue.send(Order::Close).await);
        self.ended.cancelled().await;
    }
}

impl<W: Write> Job for Queued<W> {
    fn run(&mut self, connection: &Connection) -> Result<(), Error> {
        self.done = self.write.run(connection);
        self.done.as_ref().map(drop).map_err(Clone::clone)
    }

    fn answer(self: Box<Self>, lost: Option<Error>) {
        // Whoever has gone needs no answer.
        drop(self.reply.send(lost.map_or(self.done, Err)));
    }
}

fn work(file: File, readers: &Readers, mut queue: mpsc::Receiver<Order>) {
    let mut orders = Vec::with_capacity(GROUP);
    while queue.blocking_recv_many(&mut orders, GROUP) > 0 {
        let mut jobs = Vec::with_capacity(orders.len());
        for order in orders.drain(..) {
            match order {
                Order::Write(job) => jobs.push(job),
                // What is in the queue can still be received.
                Order::Close => queue.close(),
            }
        }
        let company = jobs.len() > 1;
        commit(&file, jobs);
        if company {
            thread::sleep(COMPANY);
        }
    }
    readers.close();
    if let Err((_, error)) = file.connection.close() {
        tracing::warn!(
            error = &error as &dyn std::error::Error,
            "the database was not closed in order"
        );
    }
}

/// Does `jobs`, commits them together and answers each.
fn commit(file: &File, mut jobs: Vec<Box<dyn Job>>) {
    if jobs.is_empty() {
        return;
    }
    let done = together(file, &mut jobs);
    if jobs.len() > 1
        && done
            .as_ref()
            .is_err_and(|error| !error.is_of_the_database())
    {
        // One of them cannot be done, and it is not known which.
        for mut job in jobs {
            let lost = together(file, std::slice::from_mut(&mut job)).err();
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
fn together(file: &File, jobs: &mut [Box<dyn Job>]) -> Result<(), Error> {
    let File { connection, log } = file;
    let done = execute(connection, "BEGIN IMMEDIATE", ()).and_then(|_| {
        for job in jobs {
            job.run(connection)?;
        }
        execute(connection, "COMMIT", ()).map(drop)
    });
    if done.is_err() {
        // Fails where SQLite has rolled back by itself, as it does when the disk is full.
        drop(execute(connection, "ROLLBACK", ()));
    }
    done.map_err(|error| looked_into(error, log))
}

#[cfg(test)]
mod tests {
    use super::super::connect;
    use super::super::error::classified;
    use super::*;

    /// Inserts a number, then runs a statement.
    struct Insert(i64, &'static str);

    impl Write for Insert {
        type Answer = i64;

        fn run(&self, connection: &Connection) -> Result<i64, Error> {
            connection
                .execute("INSERT INTO t VALUES (?)", [self.0])
                .map_err(classified)?;
            connection.execute_batch(self.1).map_err(classified)?;
            Ok(self.0)
        }
    }

    /// Answers of writes that are committed as one group, and what is in the table afterwards.
    async fn group(writes: Vec<Insert>) -> (Vec<Result<i64, Error>>, Vec<i64>) {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("t.db");
        let connection = connect::writer(&path).unwrap();
        execute(&connection, "CREATE TABLE t (n INTEGER UNIQUE)", ()).unwrap();
        let (mut jobs, mut replies) = (Vec::<Box<dyn Job>>::new(), Vec::new());
        for write in writes {
            let (reply, answer) = oneshot::channel();
            let done = Err(Error::Closed);
            jobs.push(Box::new(Queued { write, done, reply }));
            replies.push(answer);
        }
        let log = connect::log(&path);
        let file = File { connection, log };
        commit(&file, jobs);
        let connection = file.connection;
        let mut answers = Vec::new();
        for reply in replies {
            answers.push(reply.await.unwrap());
        }
        let mut select = connection.prepare("SELECT n FROM t ORDER BY n").unwrap();
        let kept = select.query_map((), |row| row.get(0)).unwrap();
        let kept = kept.collect::<Result<_, _>>().unwrap();
        execute(&connection, "BEGIN IMMEDIATE", ()).expect("no transaction is left open");
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
