//! Sends notifications of commits to other processes.
//!
//! After the commit rather than within it: a commit that notifies holds a server-wide lock until
//! the disk is flushed. Commits during one notification are sent with the next.

use std::collections::BTreeMap;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use uuid::Uuid;

use super::connections::Connections;
use crate::store::Notification;

/// The channel that the processes of one database share.
pub(super) const CHANNEL: &str = "waba_migrator";
/// The part of a payload that says that something can be claimed.
pub(super) const DUE: &str = "due";
/// Maximum migrations in a payload. PostgreSQL takes less than 8000 bytes; a migration needs at
/// most 54, the sender 36.
const MIGRATIONS: usize = 140;
/// Minimum pause between two notifications.
const PAUSE: Duration = Duration::from_millis(5);

/// Queues notifications for the task that sends them. Cheap to clone; clones share state.
#[derive(Debug, Clone)]
pub(super) struct Notifier {
    /// `None`: nothing is sent.
    queue: Option<mpsc::UnboundedSender<Notification>>,
    closing: CancellationToken,
    tasks: TaskTracker,
}

impl Notifier {
    /// Sends nothing.
    pub(super) fn silent() -> Self {
        let tasks = TaskTracker::new();
        tasks.close();
        Self {
            queue: None,
            closing: CancellationToken::new(),
            tasks,
        }
    }

    /// Starts the task. `sender` is the id of this process.
    pub(super) fn start(connections: &Connections, sender: Uuid) -> Self {
        let (queue, waiting) = mpsc::unbounded_channel();
        let (closing, tasks) = (CancellationToken::new(), TaskTracker::new());
        tasks.spawn(work(connections.clone(), sender, waiting, closing.clone()));
        tasks.close();
        Self {
            queue: Some(queue),
            closing,
            tasks,
        }
    }

    /// Queues notifications. They are lost where the server cannot be reached, which is allowed.
    pub(super) fn notify(&self, notifications: impl IntoIterator<Item = Notification>) {
        let Some(queue) = &self.queue else {
            return;
        };
        for notification in notifications {
            let _after_close = queue.send(notification);
        }
    }

    /// Sends what is left.
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
        let mut notifications = Vec::new();
        tokio::select! {
            biased;
            // What is in the queue can still be received.
            () = closing.cancelled(), if !queue.is_closed() => {
                queue.close();
                continue;
            }
            received = queue.recv_many(&mut notifications, usize::MAX) => if received == 0 {
                return;
            },
        }
        for payload in payloads(sender, &notifications) {
            let notify = sqlx::query("SELECT pg_notify($1, $2)")
                .bind(CHANNEL)
                .bind(payload);
            if connections.once(notify).await.is_err() {
                tracing::debug!("other processes were not notified of commits");
            }
        }
        if !closing.is_cancelled() {
            tokio::time::sleep(PAUSE).await;
        }
    }
}

/// Payloads: the sender, then `due`, or a migration and its newest event.
fn payloads(sender: Uuid, notifications: &[Notification]) -> Vec<String> {
    let mut newest = BTreeMap::new();
    let mut due = false;
    for notification in notifications {
        match notification {
            Notification::Committed { id, sequence } => {
                let kept = newest.entry(id.uuid()).or_insert(*sequence);
                *kept = (*kept).max(*sequence);
            }
            Notification::Due => due = true,
            // Received only.
            Notification::Missed => {}
        }
    }
    let mut parts: Vec<String> = due.then(|| DUE.to_owned()).into_iter().collect();
    parts.extend(
        newest
            .iter()
            .map(|(id, sequence)| format!("{}:{sequence}", id.simple())),
    );
    parts
        .chunks(MIGRATIONS)
        .map(|parts| format!("{} {}", sender.simple(), parts.join(" ")))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::MigrationId;

    #[test]
    fn each_migration_is_sent_once_and_no_payload_is_too_long() {
        let id = |n| MigrationId::from_uuid(Uuid::from_u128(n));
        let notifications: Vec<Notification> = (0..500)
            .flat_map(|n| [(n, u64::MAX), (n, 1)])
            .map(|(n, sequence)| Notification::Committed {
                id: id(n),
                sequence,
            })
            .chain([Notification::Due, Notification::Due])
            .collect();
        let payloads = payloads(Uuid::max(), &notifications);
        assert!(payloads.iter().all(|payload| payload.len() < 8000));
        let parts: Vec<&str> = payloads
            .iter()
            .flat_map(|payload| payload.split(' ').skip(1))
            .collect();
        assert_eq!(parts.len(), 501);
        assert_eq!(parts.iter().filter(|part| **part == DUE).count(), 1);
        assert!(parts[1].ends_with(&format!(":{}", u64::MAX)));
    }
}
