//! Who waits for which migration within this process.
//!
//! It carries no events, only the word that there are new ones: whoever waits reads them from the store, so that nothing
//! is seen before it is committed, and nothing is missed.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;

use crate::migration::MigrationId;

/// One channel a migration that somebody waits for; it carries the newest sequence.
type Channels = Mutex<HashMap<MigrationId, watch::Sender<u64>>>;

/// Who waits for which migration.
#[derive(Debug, Default)]
pub(super) struct Hub {
    channels: Arc<Channels>,
}

/// Hears of one migration's commits. Subscribe before reading the store, so that no commit falls between.
#[derive(Debug)]
pub(super) struct Subscription {
    id: MigrationId,
    news: watch::Receiver<u64>,
    channels: Arc<Channels>,
}

impl Hub {
    /// Hears of this migration's commits from now on.
    pub(super) fn subscribe(&self, id: MigrationId) -> Subscription {
        let news = lock(&self.channels)
            .entry(id)
            .or_insert_with(|| watch::Sender::new(0))
            .subscribe();
        Subscription {
            id,
            news,
            channels: Arc::clone(&self.channels),
        }
    }

    /// Says that anything may have been committed.
    pub(super) fn look(&self) {
        for channel in lock(&self.channels).values() {
            channel.send_modify(|_| {});
        }
    }

    /// Says that the migration's history was committed up to `sequence`.
    pub(super) fn committed(&self, id: MigrationId, sequence: u64) {
        if let Some(channel) = lock(&self.channels).get(&id) {
            channel.send_replace(sequence);
        }
    }
}

impl Subscription {
    /// Waits for the next commit.
    pub(super) async fn changed(&mut self) {
        // A channel is only dropped with the last of its listeners, so this cannot fail while we listen.
        let _ = self.news.changed().await;
    }
}

impl Drop for Subscription {
    /// The last to go takes the channel along: most migrations that are looked at never commit again.
    fn drop(&mut self) {
        let mut channels = lock(&self.channels);
        if channels
            .get(&self.id)
            .is_some_and(|channel| channel.receiver_count() == 1)
        {
            channels.remove(&self.id);
        }
    }
}

fn lock(channels: &Channels) -> MutexGuard<'_, HashMap<MigrationId, watch::Sender<u64>>> {
    // Nothing in here can panic half-way, so a poisoned map is a whole one.
    channels.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[tokio::test]
    async fn nothing_is_left_of_those_who_waited_in_vain() {
        let hub = Hub::default();
        let id = MigrationId::from_uuid(Uuid::from_u128(7));
        let mut first = hub.subscribe(id);
        let second = hub.subscribe(id);
        drop(second);
        hub.committed(id, 1);
        first.changed().await;
        drop(first);
        assert!(lock(&hub.channels).is_empty());
    }
}
