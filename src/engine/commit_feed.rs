//! Who waits for which migration within this process.
//!
//! It carries no events, only how far a migration's history has come, and the migration as it was committed where this process
//! did it. Whoever wants the history reads the store, so that nothing is missed; streams that are at the same place read once.

use std::collections::HashMap;
use std::sync::{Arc, MutexGuard, PoisonError};

use tokio::sync::{Mutex, watch};

use domain::{Event, Migration, MigrationId, TenantId};

/// One channel for each migration that is waited for.
type Channels = std::sync::Mutex<HashMap<MigrationId, Arc<Channel>>>;

/// Who waits for which migration.
#[derive(Debug, Default)]
pub(super) struct Hub {
    channels: Arc<Channels>,
}

/// What those who wait for one migration have in common.
#[derive(Debug)]
pub(super) struct Channel {
    news: watch::Sender<News>,
    /// What was read of its history last. Held while it is read, so that others wait for that rather than read the same.
    page: Mutex<Option<Page>>,
}

/// What is known of a migration without reading it.
#[derive(Debug, Clone, Default)]
pub(super) struct News {
    /// A sequence that its history has reached.
    sequence: u64,
    /// The number of times that it was not found in the store.
    missing: u64,
    /// The migration as it was committed last; `None` where another process did it, or may have.
    migration: Option<Arc<Migration>>,
}

/// What a stream knew when it last read.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Mark {
    sequence: u64,
    missing: u64,
}

/// Events that were read.
#[derive(Debug, Clone)]
struct Page {
    /// Whose events they are: they are shared with streams of the same tenant alone.
    tenant: TenantId,
    /// They follow this sequence.
    after: u64,
    events: Arc<[Event]>,
}

/// Hears of one migration's commits. Subscribe before reading the store, so that no commit falls between.
#[derive(Debug)]
pub(super) struct Subscription {
    id: MigrationId,
    news: watch::Receiver<News>,
    channel: Arc<Channel>,
    channels: Arc<Channels>,
}

impl Hub {
    /// Hears of this migration's commits from now on.
    pub(super) fn subscribe(&self, id: MigrationId) -> Subscription {
        let mut channels = lock(&self.channels);
        let channel = channels.entry(id).or_insert_with(|| {
            Arc::new(Channel {
                news: watch::Sender::default(),
                page: Mutex::default(),
            })
        });
        Subscription {
            id,
            news: channel.news.subscribe(),
            channel: Arc::clone(channel),
            channels: Arc::clone(&self.channels),
        }
    }

    /// The migrations that are waited for.
    pub(super) fn watched(&self) -> Vec<MigrationId> {
        lock(&self.channels).keys().copied().collect()
    }

    /// Notes that this was committed. A notice that a later commit has overtaken is dropped.
    pub(super) fn committed(&self, migration: &Migration) {
        self.send(migration.id, |news| {
            let known = news.migration.as_ref();
            let overtaken = known.is_some_and(|newer| newer.version > migration.version);
            if !overtaken {
                news.sequence = news.sequence.max(migration.last_sequence);
                news.migration = Some(Arc::new(migration.clone()));
            }
            !overtaken
        });
    }

    /// Notes that another process committed something of this migration, up to this sequence.
    pub(super) fn changed(&self, id: MigrationId, sequence: u64) {
        self.send(id, |news| {
            let overtaken = news.sequence > sequence;
            if !overtaken {
                news.reach(sequence);
            }
            !overtaken
        });
    }

    /// Notes that this migration's history has reached this sequence, as it was read. Wakes no one where that is known.
    pub(super) fn found(&self, id: MigrationId, sequence: u64) {
        self.send(id, |news| news.found(sequence));
    }

    /// Notes that the store has no such migration: its streams read it, and end. One that is only being created is read in vain.
    pub(super) fn missing(&self, id: MigrationId) {
        self.send(id, |news| {
            news.missing = news.missing.wrapping_add(1);
            true
        });
    }

    fn send(&self, id: MigrationId, change: impl FnOnce(&mut News) -> bool) {
        if let Some(channel) = lock(&self.channels).get(&id) {
            channel.news.send_if_modified(change);
        }
    }
}

impl News {
    fn reach(&mut self, sequence: u64) {
        self.sequence = sequence;
        self.migration = None;
    }

    /// Whether it was not known that the history has reached this sequence.
    fn found(&mut self, sequence: u64) -> bool {
        let is_news = self.sequence < sequence;
        if is_news {
            self.reach(sequence);
        }
        is_news
    }
}

impl Subscription {
    /// Waits for the next commit; the migration as it is now, where that is known here.
    pub(super) async fn changed(&mut self) -> Option<Arc<Migration>> {
        // A channel is only dropped with the last of its listeners, so this cannot fail while we listen.
        let _ = self.news.changed().await;
        self.news.borrow_and_update().migration.clone()
    }

    /// What those who wait for this migration have in common.
    pub(super) fn channel(&self) -> Arc<Channel> {
        Arc::clone(&self.channel)
    }

    /// What is known now: to be asked for before the store is read.
    pub(super) fn mark(&self) -> Mark {
        let news = self.news.borrow();
        Mark {
            sequence: news.sequence,
            missing: news.missing,
        }
    }

    /// Notes that the history has reached this sequence, as it was read.
    pub(super) fn found(&self, sequence: u64) {
        self.channel
            .news
            .send_if_modified(|news| news.found(sequence));
    }

    /// Waits until there is more to read than what was read up to `after`, by a stream that then knew `mark`.
    pub(super) async fn more(&mut self, after: u64, mark: Mark) {
        let read = after.max(mark.sequence);
        let is_more = |news: &News| news.sequence > read || news.missing != mark.missing;
        let _ = self.news.wait_for(is_more).await;
    }
}

impl Channel {
    /// The events after this sequence: as `read` finds them, or as another stream of the tenant's, at the same place, found
    /// them a moment ago.
    ///
    /// The streams of one migration take turns, and between two of them other work has its turn: a commit that wakes thousands
    /// of them delays no other call by more than the work of one. To be called in a task of its own, which goes on whether or not
    /// its stream's client takes anything.
    pub(super) async fn shared<E>(
        &self,
        tenant: &TenantId,
        after: u64,
        read: impl Future<Output = Result<Vec<Event>, E>>,
    ) -> Result<Arc<[Event]>, E> {
        let mut page = self.page.lock().await;
        tokio::task::yield_now().await;
        let reached = self.news.borrow().sequence;
        if let Some(known) = page.as_ref()
            && known.is_good(tenant, after, reached)
        {
            return Ok(Arc::clone(&known.events));
        }
        let events: Arc<[Event]> = read.await?.into();
        *page = Some(Page {
            tenant: tenant.clone(),
            after,
            events: Arc::clone(&events),
        });
        Ok(events)
    }
}

impl Page {
    /// Whether it holds what there is to read after this sequence, of a history that has reached that one.
    fn is_good(&self, tenant: &TenantId, after: u64, reached: u64) -> bool {
        let last = self.events.last().map_or(self.after, |last| last.sequence);
        self.tenant == *tenant && self.after == after && last >= reached
    }
}

impl Drop for Subscription {
    /// The last to go takes the channel along: most migrations that are waited for never commit again.
    fn drop(&mut self) {
        let mut channels = lock(&self.channels);
        if channels
            .get(&self.id)
            .is_some_and(|channel| channel.news.receiver_count() == 1)
        {
            channels.remove(&self.id);
        }
    }
}

fn lock(channels: &Channels) -> MutexGuard<'_, HashMap<MigrationId, Arc<Channel>>> {
    // Nothing in here can panic half-way, so a poisoned map is a whole one.
    channels.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
