//! Group commit: writes that wait are committed together.
//!
//! A commit costs a flush of the disk, and on a server a round trip, whatever the number of writes
//! in it. So the writes that arrive during one commit form the next group. A group that fails
//! because of one of its writes is taken apart and each write is committed alone. No caller gets an
//! answer before the commit.

use std::collections::HashSet;
use std::hash::Hash;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Mutex, mpsc, oneshot};
use tokio::time::{Instant, sleep, timeout_at};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tokio_util::task::task_tracker::TaskTrackerToken;

use super::Error;

/// Queue capacity, writes. A caller that finds the queue full waits for a slot.
const QUEUE: usize = 1024;
/// Pause after a group of several writes: their callers are likely to write together again.
pub(super) const PAUSE: Duration = Duration::from_millis(1);
/// Maximum attempts of a write that loses against other transactions.
const ATTEMPTS: u32 = 4;

/// Commits groups of writes.
pub(super) trait Committer: Send + 'static {
    /// One write.
    type Write: Send + Sync + 'static;
    /// The result of a write.
    type Answer: Send + 'static;
    /// What two writes of one group must not have in common.
    type Key: Eq + Hash;

    /// Maximum writes in a group: bounds how long the first write waits for the last.
    const GROUP: usize;
    /// Maximum time from the call to its answer; `None`: no limit.
    const TIMEOUT: Option<Duration>;

    /// The keys of a write.
    fn keys(write: &Self::Write) -> impl IntoIterator<Item = Self::Key>;

    /// Commits all of `writes` in one transaction, or none; returns the answer of each. A write may
    /// be run again after a failure.
    fn commit(
        &mut self,
        writes: &[&Self::Write],
    ) -> impl Future<Output = Result<Vec<Result<Self::Answer, Error>>, CommitFailure>> + Send;

    /// Called after the commit of a write, before its caller gets the answer.
    fn committed(&self, _write: &Self::Write, _answer: &Self::Answer) {}

    /// The error of a write that had no answer in time. It may have been committed.
    fn timed_out() -> Error {
        Error::Inconsistent("a write without a time limit timed out")
    }

    /// Waits for [`PAUSE`].
    fn pause() -> impl Future<Output = ()> + Send {
        sleep(PAUSE)
    }
}

/// Why a group was not committed.
pub(super) enum CommitFailure {
    /// An error of every write in the group.
    Group(Error),
    /// One of the writes may be the cause.
    Write(Error),
    /// A concurrent transaction won; another attempt may succeed.
    Conflict(Error),
}

/// The queue of writes.
#[derive(Debug)]
pub(super) struct GroupCommit<C: Committer> {
    queue: mpsc::Sender<Queued<C>>,
    closing: CancellationToken,
    lanes: TaskTracker,
}

/// Takes groups from the queue and commits them, one after the other.
pub(super) struct Lane<C: Committer> {
    queue: Arc<Mutex<mpsc::Receiver<Queued<C>>>>,
    closing: CancellationToken,
    /// Keeps [`GroupCommit::close`] waiting.
    running: TaskTrackerToken,
}

/// A write, and where its answer goes.
struct Queued<C: Committer> {
    write: C::Write,
    deadline: Option<Instant>,
    reply: oneshot::Sender<Result<C::Answer, Error>>,
}

impl<C: Committer> GroupCommit<C> {
    /// Starts one lane for each committer.
    pub(super) fn start(committers: impl IntoIterator<Item = C>) -> Self {
        let (this, lane) = Self::new();
        for committer in committers {
            let lane = lane.clone();
            this.lanes
                .spawn(async move { drop(lane.run(committer).await) });
        }
        this
    }

    /// A queue and its lane, which the caller runs.
    pub(super) fn new() -> (Self, Lane<C>) {
        let (queue, waiting) = mpsc::channel(QUEUE);
        let (closing, lanes) = (CancellationToken::new(), TaskTracker::new());
        lanes.close();
        let lane = Lane {
            queue: Arc::new(Mutex::new(waiting)),
            closing: closing.clone(),
            running: lanes.token(),
        };
        let this = Self {
            queue,
            closing,
            lanes,
        };
        (this, lane)
    }

    /// Commits `write`, even if the caller stops waiting; returns once it is on the disk.
    pub(super) async fn write(&self, write: C::Write) -> Result<C::Answer, Error> {
        let (reply, answer) = oneshot::channel();
        let deadline = C::TIMEOUT.map(|timeout| Instant::now() + timeout);
        let queued = Queued {
            write,
            deadline,
            reply,
        };
        let written = async {
            let sent = self.queue.send(queued).await;
            sent.map_err(|_| Error::Closed)?;
            answer.await.map_err(|_| Error::Closed)?
        };
        match deadline {
            Some(deadline) => {
                let written = timeout_at(deadline, written).await;
                written.unwrap_or_else(|_| Err(C::timed_out()))
            }
            None => written.await,
        }
    }

    /// Lets the lanes end once the queue is empty.
    pub(super) fn finish(&self) {
        self.closing.cancel();
    }

    /// Commits what is in the queue, then waits until every lane has ended.
    pub(super) async fn close(&self) {
        self.finish();
        self.lanes.wait().await;
    }
}

impl<C: Committer> Clone for Lane<C> {
    fn clone(&self) -> Self {
        Self {
            queue: Arc::clone(&self.queue),
            closing: self.closing.clone(),
            running: self.running.clone(),
        }
    }
}

impl<C: Committer> Lane<C> {
    /// Commits groups until the queue is closed and empty.
    pub(super) async fn run(&self, mut committer: C) -> C {
        loop {
            let group = self.next().await;
            if group.is_empty() {
                return committer;
            }
            let several = group.len() > 1;
            commit(&mut committer, group).await;
            if several {
                C::pause().await;
            }
        }
    }

    /// The writes that wait, once there are any; none when the queue is closed and empty.
    async fn next(&self) -> Vec<Queued<C>> {
        let mut group = Vec::new();
        let mut queue = self.queue.lock().await;
        loop {
            tokio::select! {
                biased;
                // What is in the queue can still be received.
                () = self.closing.cancelled(), if !queue.is_closed() => queue.close(),
                _ = queue.recv_many(&mut group, C::GROUP) => return group,
            }
        }
    }
}

impl<C: Committer> Queued<C> {
    fn answer(self, answer: Result<C::Answer, Error>) {
        // The caller may have stopped waiting.
        drop(self.reply.send(answer));
    }
}

/// Commits a group in as few commits as its keys allow, and answers each write.
async fn commit<C: Committer>(committer: &mut C, mut group: Vec<Queued<C>>) {
    while !group.is_empty() {
        let (now, later) = disjoint(without_late(group));
        group = later;
        if now.is_empty() {
            continue;
        }
        let writes: Vec<&C::Write> = now.iter().map(|queued| &queued.write).collect();
        let result = committer.commit(&writes).await;
        drop(writes);
        match result {
            Ok(answers) => {
                for (queued, answer) in now.into_iter().zip(answers) {
                    answer_committed(committer, queued, answer);
                }
            }
            Err(CommitFailure::Write(error)) if now.len() == 1 => answer_all(now, &error),
            Err(CommitFailure::Group(error)) => answer_all(now, &error),
            Err(CommitFailure::Write(_) | CommitFailure::Conflict(_)) => {
                for queued in now {
                    // Each may wait for a lock, so that the deadline of the last may pass
                    // meanwhile.
                    for queued in without_late(vec![queued]) {
                        let answer = commit_alone(committer, &queued.write).await;
                        answer_committed(committer, queued, answer);
                    }
                }
            }
        }
    }
}

async fn commit_alone<C: Committer>(
    committer: &mut C,
    write: &C::Write,
) -> Result<C::Answer, Error> {
    let mut attempts = 0;
    loop {
        attempts += 1;
        match committer.commit(&[write]).await {
            Ok(mut answers) => {
                return answers
                    .pop()
                    .unwrap_or(Err(Error::Inconsistent("a write has no answer")));
            }
            Err(CommitFailure::Conflict(_)) if attempts < ATTEMPTS => {}
            Err(
                CommitFailure::Group(error)
                | CommitFailure::Write(error)
                | CommitFailure::Conflict(error),
            ) => {
                return Err(error);
            }
        }
    }
}

fn answer_committed<C: Committer>(
    committer: &C,
    queued: Queued<C>,
    answer: Result<C::Answer, Error>,
) {
    if let Ok(answer) = &answer {
        committer.committed(&queued.write, answer);
    }
    queued.answer(answer);
}

fn answer_all<C: Committer>(group: Vec<Queued<C>>, error: &Error) {
    for queued in group {
        queued.answer(Err(error.clone()));
    }
}

/// Answers the writes whose deadline has passed, which are not committed; returns the others.
fn without_late<C: Committer>(group: Vec<Queued<C>>) -> Vec<Queued<C>> {
    let now = Instant::now();
    let punctual = |queued: &Queued<C>| queued.deadline.is_none_or(|deadline| now < deadline);
    let (punctual, late): (Vec<_>, _) = group.into_iter().partition(punctual);
    answer_all(late, &C::timed_out());
    punctual
}

/// The writes that can be committed together, and those that share a key with one of them.
fn disjoint<C: Committer>(group: Vec<Queued<C>>) -> (Vec<Queued<C>>, Vec<Queued<C>>) {
    let mut taken = HashSet::new();
    group.into_iter().partition(|queued| {
        let keys: Vec<_> = C::keys(&queued.write).into_iter().collect();
        let free = !keys.iter().any(|key| taken.contains(key));
        taken.extend(keys);
        free
    })
}
