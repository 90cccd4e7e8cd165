//! Notifies streams and waiting calls of this process when a migration is committed.
//!
//! The feed carries no events, only the sequence that a migration's history has reached, and the
//! migration as this process committed it. A stream reads the history from the store, so nothing is
//! missed; streams at the same position share one read.

use std::collections::HashMap;
use std::sync::Arc;

use parking_lot::Mutex;
use tokio::sync::watch;

use domain::{Event, Migration, MigrationId, TenantId};

/// One channel for each migration that has subscribers, by its id and the tenant of the
/// subscribers: for any other tenant than its own the migration does not exist.
type Channels = Mutex<HashMap<MigrationId, HashMap<TenantId, Arc<Channel>>>>;

/// Notifies the subscribers of migrations.
#[derive(Debug, Default)]
pub(super) struct CommitFeed {
    channels: Arc<Channels>,
}

/// What the subscribers of one migration share.
#[derive(Debug)]
pub(super) struct Channel {
    latest: watch::Sender<Latest>,
    /// The events that were read last. Locked during a read, so that others wait for its result
    /// instead of reading the same.
    page: tokio::sync::Mutex<Option<EventPage>>,
}

/// What is known of a migration without reading it.
#[derive(Debug, Clone, Default)]
pub(super) struct Latest {
    /// A sequence that its history has reached.
    sequence: u64,
    /// Number of times that it was not found in the store.
    missing: u64,
    /// The migration as it was committed last; `None` if another process committed it, or may have.
    migration: Option<Arc<Migration>>,
}

/// What a stream knew when it last read.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct ReadMark {
    sequence: u64,
    missing: u64,
}

/// Events that were read.
#[derive(Debug, Clone)]
struct EventPage {
    /// Their tenant: they are shared only between streams of the same tenant.
    tenant: TenantId,
    /// They follow this sequence.
    after: u64,
    events: Arc<[Event]>,
}

/// Receives notifications of one migration's commits. Subscribe before reading the store, so that
/// no commit is missed in between.
#[derive(Debug)]
pub(super) struct FeedSubscriber {
    tenant: TenantId,
    id: MigrationId,
    latest: watch::Receiver<Latest>,
    channel: Arc<Channel>,
    channels: Arc<Channels>,
}

impl CommitFeed {
    /// Subscribes to this migration's commits.
    pub(super) fn subscribe(&self, tenant: &TenantId, id: MigrationId) -> FeedSubscriber {
        let mut channels = self.channels.lock();
        let of_id = channels.entry(id).or_default();
        let channel = of_id.entry(tenant.clone()).or_insert_with(|| {
            Arc::new(Channel {
                latest: watch::Sender::default(),
                page: tokio::sync::Mutex::default(),
            })
        });
        FeedSubscriber {
            tenant: tenant.clone(),
            id,
            latest: channel.latest.subscribe(),
            channel: Arc::clone(channel),
            channels: Arc::clone(&self.channels),
        }
    }

    /// The migrations that have subscribers.
    pub(super) fn watched(&self) -> Vec<(TenantId, MigrationId)> {
        let channels = self.channels.lock();
        let of_id = channels.iter();
        let keys = of_id.flat_map(|(id, of_id)| of_id.keys().map(|tenant| (tenant.clone(), *id)));
        keys.collect()
    }

    /// This process committed the migration. Ignored if a later commit is known.
    pub(super) fn committed(&self, migration: &Migration) {
        self.send(Some(&migration.tenant), migration.id, |latest| {
            let known = latest.migration.as_ref();
            let is_stale = known.is_some_and(|newer| newer.version > migration.version);
            if !is_stale {
                latest.sequence = latest.sequence.max(migration.last_sequence);
                latest.migration = Some(Arc::new(migration.clone()));
            }
            !is_stale
        });
    }

    /// Another process committed this migration, up to this sequence.
    pub(super) fn changed(&self, id: MigrationId, sequence: u64) {
        self.send(None, id, |latest| {
            let is_stale = latest.sequence > sequence;
            if !is_stale {
                latest.reach(sequence);
            }
            !is_stale
        });
    }

    /// A read found that this migration's history has reached this sequence. Wakes no subscriber if
    /// that is known.
    pub(super) fn found(&self, tenant: &TenantId, id: MigrationId, sequence: u64) {
        self.send(Some(tenant), id, |latest| latest.found(sequence));
    }

    /// The store has no such migration: its streams read it, and end. For a migration that is only
    /// being created, that read is harmless.
    pub(super) fn missing(&self, tenant: &TenantId, id: MigrationId) {
        self.send(Some(tenant), id, |latest| {
            latest.missing = latest.missing.wrapping_add(1);
            true
        });
    }

    /// Changes what is known of a migration, to the subscribers of its tenant, or of all.
    fn send(
        &self,
        tenant: Option<&TenantId>,
        id: MigrationId,
        change: impl Fn(&mut Latest) -> bool,
    ) {
        let channels = self.channels.lock();
        for (subscribed, channel) in channels.get(&id).into_iter().flatten() {
            if tenant.is_none_or(|tenant| tenant == subscribed) {
                channel.latest.send_if_modified(&change);
            }
        }
    }
}

impl Latest {
    fn reach(&mut self, sequence: u64) {
        self.sequence = sequence;
        self.migration = None;
    }

    /// Whether it was not known that the history has reached this sequence.
    fn found(&mut self, sequence: u64) -> bool {
        let is_new = self.sequence < sequence;
        if is_new {
            self.reach(sequence);
        }
        is_new
    }
}

impl FeedSubscriber {
    /// Waits for the next commit; returns the migration if this process committed it.
    pub(super) async fn changed(&mut self) -> Option<Arc<Migration>> {
        // The subscriber keeps its channel, so this cannot fail.
        let _ = self.latest.changed().await;
        self.latest.borrow_and_update().migration.clone()
    }

    /// What the subscribers of this migration share.
    pub(super) fn channel(&self) -> Arc<Channel> {
        Arc::clone(&self.channel)
    }

    /// What is known now. Take it before reading the store.
    pub(super) fn mark(&self) -> ReadMark {
        let latest = self.latest.borrow();
        ReadMark {
            sequence: latest.sequence,
            missing: latest.missing,
        }
    }

    /// A read found that the history has reached this sequence.
    pub(super) fn found(&self, sequence: u64) {
        self.channel
            .latest
            .send_if_modified(|latest| latest.found(sequence));
    }

    /// Waits until there is more to read, for a stream that has read up to `after` and knew `mark`
    /// before.
    pub(super) async fn more(&mut self, after: u64, mark: ReadMark) {
        let read = after.max(mark.sequence);
        let is_more = |latest: &Latest| latest.sequence > read || latest.missing != mark.missing;
        let _ = self.latest.wait_for(is_more).await;
    }
}

impl Channel {
    /// The events after this sequence: read by `read`, or by another stream of the same tenant at
    /// the same position a moment ago.
    ///
    /// The streams of one migration read one after another, and yield in between: a commit that
    /// wakes thousands of them delays no other call by more than the work of one. Call it in its
    /// own task, which continues even if the stream's client reads nothing.
    pub(super) async fn shared<E>(
        &self,
        tenant: &TenantId,
        after: u64,
        read: impl Future<Output = Result<Vec<Event>, E>>,
    ) -> Result<Arc<[Event]>, E> {
        let mut page = self.page.lock().await;
        tokio::task::yield_now().await;
        let reached = self.latest.borrow().sequence;
        if let Some(known) = page.as_ref()
            && known.is_current(tenant, after, reached)
        {
            return Ok(Arc::clone(&known.events));
        }
        let events: Arc<[Event]> = read.await?.into();
        *page = Some(EventPage {
            tenant: tenant.clone(),
            after,
            events: Arc::clone(&events),
        });
        Ok(events)
    }
}

impl EventPage {
    /// Whether it has what follows this sequence, of a history that has reached `reached`.
    fn is_current(&self, tenant: &TenantId, after: u64, reached: u64) -> bool {
        let last = self.events.last().map_or(self.after, |last| last.sequence);
        self.tenant == *tenant && self.after == after && last >= reached
    }
}

impl Drop for FeedSubscriber {
    /// The last subscriber removes the channel: most migrations never commit again.
    fn drop(&mut self) {
        let mut channels = self.channels.lock();
        let Some(of_id) = channels.get_mut(&self.id) else {
            return;
        };
        if of_id
            .get(&self.tenant)
            .is_some_and(|channel| channel.latest.receiver_count() == 1)
        {
            of_id.remove(&self.tenant);
        }
        if of_id.is_empty() {
            channels.remove(&self.id);
        }
    }
}

#[cfg(test)]
mod tests;
