//! Who waits for which migration within this process.
//!
//! It carries no events, only the word that there are new ones, and the migration as it was committed where this process
//! did it. Whoever wants the history reads the store, so that nothing is missed.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;

use crate::migration::{Migration, MigrationId};

/// One channel a migration that somebody waits for.
type Channels = Mutex<HashMap<MigrationId, watch::Sender<News>>>;

/// The migration as it was committed last; `None` where another process did it, or may have.
type News = Option<Arc<Migration>>;

/// Who waits for which migration.
#[derive(Debug, Default)]
pub(super) struct Hub {
    channels: Arc<Channels>,
}

/// Hears of one migration's commits. Subscribe before reading the store, so that no commit falls between.
#[derive(Debug)]
pub(super) struct Subscription {
    id: MigrationId,
    news: watch::Receiver<News>,
    channels: Arc<Channels>,
}

impl Hub {
    /// Hears of this migration's commits from now on.
    pub(super) fn subscribe(&self, id: MigrationId) -> Subscription {
        let news = lock(&self.channels)
            .entry(id)
            .or_insert_with(|| watch::Sender::new(None))
            .subscribe();
        Subscription {
            id,
            news,
            channels: Arc::clone(&self.channels),
        }
    }

    /// Says that this was committed. Word that a later commit has overtaken is dropped.
    pub(super) fn committed(&self, migration: &Migration) {
        let channels = lock(&self.channels);
        let Some(channel) = channels.get(&migration.id) else {
            return;
        };
        channel.send_if_modified(|news| {
            let overtaken = news
                .as_ref()
                .is_some_and(|newer| newer.version > migration.version);
            if !overtaken {
                *news = Some(Arc::new(migration.clone()));
            }
            !overtaken
        });
    }

    /// Says that another process committed something of this migration.
    pub(super) fn changed(&self, id: MigrationId) {
        if let Some(channel) = lock(&self.channels).get(&id) {
            channel.send_replace(None);
        }
    }

    /// Says that anything may have been committed.
    pub(super) fn look(&self) {
        for channel in lock(&self.channels).values() {
            channel.send_replace(None);
        }
    }
}

impl Subscription {
    /// Waits for the next commit; the migration as it is now, where that is known here.
    pub(super) async fn changed(&mut self) -> News {
        // A channel is only dropped with the last of its listeners, so this cannot fail while we listen.
        let _ = self.news.changed().await;
        self.news.borrow_and_update().clone()
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

fn lock(channels: &Channels) -> MutexGuard<'_, HashMap<MigrationId, watch::Sender<News>>> {
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
        hub.changed(id);
        assert!(first.changed().await.is_none());
        drop(first);
        assert!(lock(&hub.channels).is_empty());
    }
}
