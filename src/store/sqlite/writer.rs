//! The one writer of the file: a group commit on a thread of its own, since it waits for the disk.

use std::any::Any;
use std::iter;
use std::path::PathBuf;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use rusqlite::Connection;

use super::error::{not_started, refined};
use super::readers::Readers;
use super::statement::execute;
use crate::store::Error;
use crate::store::group_commit::{CommitFailure, Committer, GroupCommit, PAUSE};

/// A write.
pub(super) trait Write: Send + Sync + 'static {
    /// Its result.
    type Answer: Send + 'static;

    /// Runs it in the transaction of its group. It may be run again after a rollback.
    fn run(&self, connection: &Connection) -> Result<Self::Answer, Error>;
}

/// Hands writes to the writer's thread.
#[derive(Debug)]
pub(super) struct Writer {
    commits: GroupCommit<File>,
}

/// The file that is written to.
#[derive(Debug)]
pub(super) struct File {
    pub(super) connection: Connection,
    /// Its write-ahead log.
    pub(super) log: PathBuf,
}

/// A write of any type in the queue.
pub(super) trait AnyWrite: Send + Sync {
    fn run(&self, connection: &Connection) -> Result<Box<dyn Any + Send>, Error>;
}

impl Writer {
    /// Starts the thread that owns `file`. The thread closes `readers` before its own connection:
    /// the last connection to close tidies the file up, and a reader cannot.
    pub(super) fn start(file: File, readers: Arc<Readers>) -> Result<Self, Error> {
        let (commits, lane) = GroupCommit::new();
        let runtime = tokio::runtime::Builder::new_current_thread().build();
        let runtime = runtime.map_err(not_started)?;
        thread::Builder::new()
            .name("sqlite-writer".to_owned())
            .spawn(move || {
                let File { connection, .. } = runtime.block_on(lane.run(file));
                readers.close();
                if let Err((_, error)) = connection.close() {
                    tracing::warn!(
                        error = &error as &dyn std::error::Error,
                        "the database was not closed properly"
                    );
                }
                drop(lane);
            })
            .map_err(not_started)?;
        Ok(Self { commits })
    }

    /// Commits `write`, even if the caller stops waiting; returns once it is on the disk.
    pub(super) async fn write<W: Write>(&self, write: W) -> Result<W::Answer, Error> {
        let answer = self.commits.write(Box::new(write)).await?;
        let answer = answer.downcast::<W::Answer>().map(|answer| *answer);
        answer.map_err(|_| Error::Inconsistent("a write has the answer of another"))
    }

    /// Commits what is in the queue, then closes the connections.
    pub(super) async fn close(&self) {
        self.commits.close().await;
    }
}

impl<W: Write> AnyWrite for W {
    fn run(&self, connection: &Connection) -> Result<Box<dyn Any + Send>, Error> {
        Ok(Box::new(Write::run(self, connection)?))
    }
}

impl Committer for File {
    type Write = Box<dyn AnyWrite>;
    type Answer = Box<dyn Any + Send>;
    type Key = ();

    const GROUP: usize = 256;
    const TIMEOUT: Option<Duration> = None;

    fn keys(_write: &Self::Write) -> impl IntoIterator<Item = ()> {
        iter::empty()
    }

    async fn commit(
        &mut self,
        writes: &[&Self::Write],
    ) -> Result<Vec<Result<Self::Answer, Error>>, CommitFailure> {
        let Self { connection, log } = self;
        let committed = execute(connection, "BEGIN IMMEDIATE", ()).and_then(|_| {
            let answers = writes.iter().map(|write| write.run(connection).map(Ok));
            let answers = answers.collect::<Result<Vec<_>, _>>()?;
            execute(connection, "COMMIT", ()).map(|_| answers)
        });
        committed.map_err(|error| {
            // Fails where SQLite has rolled back by itself, as it does when the disk is full.
            drop(execute(connection, "ROLLBACK", ()));
            let error = refined(error, log);
            if error.is_of_the_database() {
                CommitFailure::Group(error)
            } else {
                CommitFailure::Write(error)
            }
        })
    }

    async fn pause() {
        thread::sleep(PAUSE);
    }
}

#[cfg(test)]
mod tests {
    use futures_util::future::join_all;

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

    /// The answers of writes that are committed as one group, and the rows of the table afterwards.
    async fn group(writes: Vec<Insert>) -> (Vec<Result<i64, Error>>, Vec<i64>) {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("t.db");
        let connection = connect::writer(&path).unwrap();
        execute(&connection, "CREATE TABLE t (n INTEGER UNIQUE)", ()).unwrap();
        let log = connect::log(&path);
        let (commits, lane) = GroupCommit::new();
        let queue = Writer { commits };
        // All are in the queue before the lane takes the first.
        let answers = async {
            let answers = join_all(writes.into_iter().map(|write| queue.write(write))).await;
            queue.commits.finish();
            answers
        };
        let (answers, file) = tokio::join!(answers, lane.run(File { connection, log }));
        let connection = file.connection;
        let mut select = connection.prepare("SELECT n FROM t ORDER BY n").unwrap();
        let rows = select.query_map((), |row| row.get(0)).unwrap();
        let rows = rows.collect::<Result<_, _>>().unwrap();
        execute(&connection, "BEGIN IMMEDIATE", ()).expect("no transaction is left open");
        (answers, rows)
    }

    #[tokio::test]
    async fn a_write_that_fails_is_rolled_back_alone() {
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
    async fn no_write_succeeds_when_the_group_is_rolled_back() {
        // What SQLite does by itself when the disk is full.
        let (answers, kept) = group(vec![Insert(1, "SELECT 1"), Insert(2, "ROLLBACK")]).await;
        assert!(
            matches!(answers.as_slice(), [Ok(1), Err(_)]),
            "the first was run again: {answers:?}"
        );
        assert_eq!(kept, [1]);
    }
}
