//! Groups of writes: what waits is committed together, in one statement and one round trip.
//!
//! A commit costs a flush of the server's disk and a statement costs a journey to it, whatever is in them; so what came
//! while the last group was on its way goes as one. A group that fails for a reason that one of it may have caused is
//! taken apart, and each tried alone. Nobody is answered before the commit.

use std::collections::HashSet;
use std::hash::Hash;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Mutex, mpsc, oneshot};
use tokio::time::{Instant, timeout_at};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::connections::{CALL, Connections, Failed};
use super::error::{lost, lost_out};
use super::notify::Notifier;
use crate::store::{Error, Notification};

/// Groups on their way at a time: while the disk is flushed for one, the server works on the other.
pub(super) const LANES: usize = 2;
/// At most so many writes are committed together: a bound on what the first of them waits for the last.
const GROUP: usize = 128;
/// So many more may wait; whoever comes then waits for a place.
const QUEUE: usize = 1024;
/// Where writes came together, those whose turn it is next come together too: so long they are waited for.
const COMPANY: Duration = Duration::from_millis(1);
/// So often a write that loses out to others is tried.
const TRIES: u32 = 4;

/// A write that can be done together with others of its kind.
pub(super) trait Write: Send + Sync + Sized + 'static {
    /// What it answers.
    type Answer: Send + 'static;
    /// What two writes of one statement must not have in common.
    type Key: Eq + Hash;

    /// The keys of this one.
    fn keys(&self) -> impl IntoIterator<Item = Self::Key>;

    /// Does all of `writes` in one statement, or none; answers each.
    fn commit(
        connections: &Connections,
        writes: &[&Self],
    ) -> impl Future<Output = Result<Vec<Result<Self::Answer, Error>>, Failed>> + Send;

    /// What other processes should hear of it.
    fn news(&self, answer: &Self::Answer) -> impl IntoIterator<Item = Notification>;
}

/// Hands writes to the lanes.
#[derive(Debug)]
pub(super) struct Writer<W: Write> {
    queue: mpsc::Sender<Queued<W>>,
    closing: CancellationToken,
    tasks: TaskTracker,
}

/// A write and who waits for its answer.
#[derive(Debug)]
struct Queued<W: Write> {
    write: W,
    /// Until when it is waited for.
    deadline: Instant,
    reply: oneshot::Sender<Result<W::Answer, Error>>,
}

/// What carries groups to the server, one after the other.
struct Lane<W: Write> {
    queue: Arc<Mutex<mpsc::Receiver<Queued<W>>>>,
    connections: Connections,
    notifier: Notifier,
    closing: CancellationToken,
}

impl<W: Write> Writer<W> {
    pub(super) fn start(connections: &Connections, notifier: &Notifier) -> Self {
        let (queue, waiting) = mpsc::channel(QUEUE);
        let waiting = Arc::new(Mutex::new(waiting));
        let (closing, tasks) = (CancellationToken::new(), TaskTracker::new());
        for _ in 0..LANES {
            let lane = Lane {
                queue: waiting.clone(),
                connections: connections.clone(),
                notifier: notifier.clone(),
                closing: closing.clone(),
            };
            tasks.spawn(lane.work());
        }
        tasks.close();
        Self {
            queue,
            closing,
            tasks,
        }
    }

    /// Has `write` done; answers once it is on the disk. It is done even where its caller has gone away. Where no answer came in
    /// time, it is uncertain whether it was or will be done.
    pub(super) async fn write(&self, write: W) -> Result<W::Answer, Error> {
        let (reply, answer) = oneshot::channel();
        let deadline = Instant::now() + CALL;
        let queued = Queued {
            write,
            deadline,
            reply,
        };
        let written = async {
            let taken = self.queue.send(queued).await;
            taken.map_err(|_| Error::Closed)?;
            answer.await.map_err(|_| Error::Closed)?
        };
        let written = timeout_at(deadline, written).await;
        written.unwrap_or_else(|_| Err(Failed::silent().into()))
    }

    /// Has everything done that is in the queue.
    pub(super) async fn close(&self) {
        self.closing.cancel();
        self.tasks.wait().await;
    }
}

impl<W: Write> Lane<W> {
    async fn work(self) {
        loop {
            let group = self.next().await;
            if group.is_empty() {
                break;
            }
            let company = group.len() > 1;
            self.carry(group).await;
            if company {
                tokio::time::sleep(COMPANY).await;
            }
        }
    }

    /// What waits, once something does; nothing when nothing more will come.
    async fn next(&self) -> Vec<Queued<W>> {
        let mut group = Vec::new();
        let mut queue = self.queue.lock().await;
        loop {
            tokio::select! {
                biased;
                // What is in the queue can still be received.
                () = self.closing.cancelled(), if !queue.is_closed() => queue.close(),
                _ = queue.recv_many(&mut group, GROUP) => return group,
            }
        }
    }

    async fn carry(&self, mut group: Vec<Queued<W>>) {
        while !group.is_empty() {
            let (now, later) = apart(self.awaited(group));
            group = later;
            if now.is_empty() {
                continue;
            }
            let writes: Vec<&W> = now.iter().map(|queued| &queued.write).collect();
            let error = match W::commit(&self.connections, &writes).await {
                Ok(answers) => {
                    drop(writes);
                    for (queued, answer) in now.into_iter().zip(answers) {
                        self.answer(queued, answer);
                    }
                    continue;
                }
                Err(Failed::Statement(error)) if !lost(&error) => {
                    drop(writes);
                    for queued in now {
                        // Each may have to wait for a lock, so that the last would come long after its time.
                        for queued in self.awaited(vec![queued]) {
                            let answer = self.alone(&queued.write).await;
                            self.answer(queued, answer);
                        }
                    }
                    continue;
                }
                Err(failed) => Error::from(failed),
            };
            drop(writes);
            for queued in now {
                self.answer(queued, Err(error.clone()));
            }
        }
    }

    /// Those that are still waited for. The others were answered that it is uncertain whether they are done; they are not.
    fn awaited(&self, group: Vec<Queued<W>>) -> Vec<Queued<W>> {
        let now = Instant::now();
        let (awaited, late) = group.into_iter().partition(|queued| now < queued.deadline);
        for queued in late {
            self.answer(queued, Err(Failed::silent().into()));
        }
        awaited
    }

    async fn alone(&self, write: &W) -> Result<W::Answer, Error> {
        let mut tried = 0;
        loop {
            tried += 1;
            match W::commit(&self.connections, &[write]).await {
                Ok(mut answers) => {
                    return answers
                        .pop()
                        .unwrap_or(Err(Error::Inconsistent("a write has no answer")));
                }
                Err(Failed::Statement(error)) if lost_out(&error) && tried < TRIES => {}
                Err(failed) => return Err(failed.into()),
            }
        }
    }

    fn answer(&self, queued: Queued<W>, answer: Result<W::Answer, Error>) {
        if let Ok(answer) = &answer {
            self.notifier.tell(queued.write.news(answer));
        }
        // Whoever has gone needs no answer.
        drop(queued.reply.send(answer));
    }
}

/// Those that can go together, and those that must wait for them.
fn apart<W: Write>(group: Vec<Queued<W>>) -> (Vec<Queued<W>>, Vec<Queued<W>>) {
    let mut taken = HashSet::new();
    group.into_iter().partition(|queued| {
        let keys: Vec<_> = queued.write.keys().into_iter().collect();
        let free = !keys.iter().any(|key| taken.contains(key));
        taken.extend(keys);
        free
    })
}
