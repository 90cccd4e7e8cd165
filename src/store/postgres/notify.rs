//! Tells other processes what was committed here.
//!
//! After the commit rather than within it: a commit that notifies holds a lock of the whole server's until the disk was
//! flushed. What is committed while one notification is on its way goes with the next.

use std::collections::BTreeMap;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use uuid::Uuid;

use super::connections::Connections;
use crate::store::Notification;

/// The channel that processes on one database share.
pub(super) const CHANNEL: &str = "waba_migrator";
/// In a notification: something can be claimed.
pub(super) const DUE: &str = "due";
/// PostgreSQL takes less than 8000 bytes. A migration takes 54 at most, the sender 36.
const MIGRATIONS: usize = 140;
/// The least time between two notifications.
const PAUSE: Duration = Duration::from_millis(5);

/// Hands news to the task that tells them. A clone is the same.
#[derive(Debug, Clone)]
pub(super) struct Notifier {
    queue: mpsc::UnboundedSender<Notification>,
    closing: CancellationToken,
    tasks: TaskTracker,
}

impl Notifier {
    /// Starts telling, in the name of `sender`.
    pub(super) fn start(connections: &Connections, sender: Uuid) -> Self {
        let (queue, waiting) = mpsc::unbounded_channel();
        let (closing, tasks) = (CancellationToken::new(), TaskTracker::new());
        tasks.spawn(work(connections.clone(), sender, waiting, closing.clone()));
        tasks.close();
        Self {
            queue,
            closing,
            tasks,
        }
    }

    /// Has `news` told soon. Where the server cannot be reached they are lost, which news may be.
    pub(super) fn tell(&self, news: impl IntoIterator<Item = Notification>) {
        for news in news {
            let _after_close = self.queue.send(news);
        }
    }

    /// Tells what is left.
    pub(super) async fn close(&self) {
        self.closing.cancel();
        self.tasks.wait().await;
    }
}

async fn work(
    connections: Connections,
    sender: Uuid,
    mut queue: mpsc::UnboundedReceiver<Notification>,
    closing: CancellationToken,
) {
    loop {
        let mut news = Vec::new();
        tokio::select! {
            biased;
            // What is in the queue can still be received.
            () = closing.cancelled(), if !queue.is_closed() => {
                queue.close();
                continue;
            }
            received = queue.recv_many(&mut news, usize::MAX) => if received == 0 {
                return;
            },
        }
        for payload in payloads(sender, &news) {
            let notify = sqlx::query("SELECT pg_notify($1, $2)")
                .bind(CHANNEL)
                .bind(payload);
            if connections.once(notify).await.is_err() {
                tracing::debug!("other processes were not told what was committed");
            }
        }
        if !closing.is_cancelled() {
            tokio::time::sleep(PAUSE).await;
        }
    }
}

/// What `news` are told in: the sender, then `due`, or a migration and its newest event.
fn payloads(sender: Uuid, news: &[Notification]) -> Vec<String> {
    let mut newest = BTreeMap::new();
    let mut due = false;
    for news in news {
        match news {
            Notification::Committed { id, sequence } => {
                let kept = newest.entry(id.uuid()).or_insert(*sequence);
                *kept = (*kept).max(*sequence);
            }
            Notification::Due => due = true,
            // Never one's own.
            Notification::Missed => {}
        }
    }
    let mut words: Vec<String> = due.then(|| DUE.to_owned()).into_iter().collect();
    words.extend(
        newest
            .iter()
            .map(|(id, sequence)| format!("{}:{sequence}", id.simple())),
    );
    words
        .chunks(MIGRATIONS)
        .map(|words| format!("{} {}", sender.simple(), words.join(" ")))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::MigrationId;

    #[test]
    fn each_migration_is_told_once_and_no_notification_is_too_long() {
        let id = |n| MigrationId::from_uuid(Uuid::from_u128(n));
        let news: Vec<Notification> = (0..500)
            .flat_map(|n| [(n, u64::MAX), (n, 1)])
            .map(|(n, sequence)| Notification::Committed {
                id: id(n),
                sequence,
            })
            .chain([Notification::Due, Notification::Due])
            .collect();
        let payloads = payloads(Uuid::max(), &news);
        assert!(payloads.iter().all(|payload| payload.len() < 8000));
        let words: Vec<&str> = payloads
            .iter()
            .flat_map(|payload| payload.split(' ').skip(1))
            .collect();
        assert_eq!(words.len(), 501);
        assert_eq!(words.iter().filter(|word| **word == DUE).count(), 1);
        assert!(words[1].ends_with(&format!(":{}", u64::MAX)));
    }
}
