//! The migrations that this process works on, each under the lease of a worker.
//!
//! A worker works on a migration once at a time. Two at once would each take the other's call for
//! one whose answer was lost. For the same reason a migration is released by the work on it alone:
//! what no work releases is reserved first, so that no work can begin meanwhile.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use parking_lot::Mutex;
use tokio::sync::Notify;

use super::tasks::ClaimedMigration;
use crate::store::WorkerId;
use domain::MigrationId;

type Key = (WorkerId, MigrationId);

/// The migrations in progress. Cheap to clone; clones share state.
#[derive(Debug, Clone, Default)]
pub(super) struct InProgress {
    inner: Arc<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    works: Mutex<HashMap<Key, Work>>,
    /// Migrations whose work has ended without releasing them, or may have.
    known: Mutex<HashSet<Key>>,
    /// There may be such migrations, known or not.
    abandoned: Notify,
}

/// What is done with a migration.
#[derive(Debug)]
enum Work {
    /// It is worked on.
    Moves {
        /// The same migration, if it was claimed again before this work has ended.
        reclaimed: Option<Box<ClaimedMigration>>,
    },
    /// It is being released, and not worked on.
    Releases,
}

/// The exclusive right of a worker to work on a migration, or to release it. Returned on drop.
#[derive(Debug)]
pub(super) struct WorkGuard {
    inner: Arc<Inner>,
    key: Key,
    /// Whether the migration may still be leased when it is dropped.
    may_be_leased: bool,
    has_ended: bool,
}

impl InProgress {
    /// The right to work on a migration, before its lease is taken; `None` if the worker has it
    /// already.
    pub(super) fn begin(&self, worker: WorkerId, id: MigrationId) -> Option<WorkGuard> {
        self.reserve((worker, id), Work::Moves { reclaimed: None })
    }

    /// The right to release a migration, if nothing is done with it.
    pub(super) fn release(&self, worker: WorkerId, id: MigrationId) -> Option<WorkGuard> {
        let mut guard = self.reserve((worker, id), Work::Releases)?;
        guard.may_be_leased = false;
        Some(guard)
    }

    /// Begins work on a migration that was just claimed. `None` if there is earlier work, which has
    /// released it and is about to end: that continues with the new claim.
    pub(super) fn begin_claimed(
        &self,
        worker: WorkerId,
        claimed: ClaimedMigration,
    ) -> Option<(WorkGuard, ClaimedMigration)> {
        let id = claimed.migration.id;
        if let Some(work) = self.inner.works.lock().get_mut(&(worker, id)) {
            match work {
                Work::Moves { reclaimed } => *reclaimed = Some(Box::new(claimed)),
                // It is released again.
                Work::Releases => self.inner.abandoned.notify_one(),
            }
            return None;
        }
        Some((self.begin(worker, id)?, claimed))
    }

    /// Whether the worker works on the migration or releases it.
    pub(super) fn contains(&self, worker: WorkerId, id: MigrationId) -> bool {
        self.inner.works.lock().contains_key(&(worker, id))
    }

    /// Whether the worker's work on the migration is known to have ended without releasing it.
    pub(super) fn is_abandoned(&self, worker: WorkerId, id: MigrationId) -> bool {
        self.inner.known.lock().contains(&(worker, id))
    }

    /// Forgets the abandoned migrations of all other workers, which were lost.
    pub(super) fn forget_all_but(&self, worker: WorkerId) {
        let mut known = self.inner.known.lock();
        known.retain(|(other, _)| *other == worker);
    }

    /// Something may be leased and not worked on.
    pub(super) fn notify_abandoned(&self) {
        self.inner.abandoned.notify_one();
    }

    /// Completes when something may be leased and not worked on.
    pub(super) async fn abandoned(&self) {
        self.inner.abandoned.notified().await;
    }

    fn reserve(&self, key: Key, work: Work) -> Option<WorkGuard> {
        match self.inner.works.lock().entry(key) {
            Entry::Occupied(_) => None,
            Entry::Vacant(vacant) => {
                vacant.insert(work);
                self.inner.known.lock().remove(&key);
                Some(WorkGuard {
                    inner: Arc::clone(&self.inner),
                    key,
                    may_be_leased: true,
                    has_ended: false,
                })
            }
        }
    }
}

impl WorkGuard {
    /// The work has ended, and has released the migration or not. Returns the migration if it was
    /// claimed again meanwhile: the work goes on with it.
    pub(super) fn end(&mut self, is_released: bool) -> Option<ClaimedMigration> {
        let mut works = self.inner.works.lock();
        if let Some(Work::Moves { reclaimed }) = works.get_mut(&self.key)
            && let Some(reclaimed) = reclaimed.take()
        {
            return Some(*reclaimed);
        }
        // In the same lock: a claim from here on is new work.
        works.remove(&self.key);
        self.has_ended = true;
        if !is_released {
            self.inner.abandon(self.key);
        }
        None
    }
}

impl Inner {
    fn abandon(&self, key: Key) {
        self.known.lock().insert(key);
        self.abandoned.notify_one();
    }
}

impl Drop for WorkGuard {
    fn drop(&mut self) {
        if self.has_ended {
            return;
        }
        // The work panicked, or it is not known whether its lease was taken.
        self.inner.works.lock().remove(&self.key);
        if self.may_be_leased {
            self.inner.abandon(self.key);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use jiff::Timestamp;
    use uuid::Uuid;

    use super::*;
    use domain::tenancy::Defaults;
    use domain::{Machine, Principal, Request, Secrets, Start};

    const WORKER: WorkerId = WorkerId::from_uuid(Uuid::from_u128(1));

    fn claimed() -> ClaimedMigration {
        let request = Request::new(
            "order-7".parse().unwrap(),
            "+12025550123".parse().unwrap(),
            "215589313241560".parse().unwrap(),
        );
        let start = Start {
            id: MigrationId::from_uuid(Uuid::nil()),
            tenant: "acme".parse().unwrap(),
            sandbox: false,
            trace_parent: None,
            defaults: Defaults::default(),
            request,
            secrets: Secrets::default(),
        };
        let (by, now) = (Principal::anonymous(), Timestamp::UNIX_EPOCH);
        ClaimedMigration {
            migration: Machine::default().accept(start, &by, now).0,
            begun: None,
        }
    }

    async fn is_abandoned(works: &InProgress) -> bool {
        let soon = Duration::from_millis(5);
        tokio::time::timeout(soon, works.abandoned()).await.is_ok()
    }

    #[tokio::test]
    async fn a_migration_that_is_claimed_again_is_worked_on_after_the_earlier_work() {
        let works = InProgress::default();
        let (mut guard, _) = works.begin_claimed(WORKER, claimed()).unwrap();
        assert!(works.begin_claimed(WORKER, claimed()).is_none());
        let other = WorkerId::from_uuid(Uuid::from_u128(2));
        assert!(works.begin(other, claimed().migration.id).is_some());
        assert!(is_abandoned(&works).await, "the other's work has not ended");
        assert!(guard.end(true).is_some(), "the new claim");
        assert!(guard.end(true).is_none());
        let next = works.begin_claimed(WORKER, claimed());
        drop(guard);
        assert!(works.contains(WORKER, claimed().migration.id));
        drop(next);
        assert!(is_abandoned(&works).await);
    }

    #[tokio::test]
    async fn work_that_ends_without_a_release_is_noticed() {
        let works = InProgress::default();
        let id = claimed().migration.id;
        assert!(works.begin(WORKER, id).unwrap().end(true).is_none());
        assert!(!is_abandoned(&works).await);
        assert!(!works.is_abandoned(WORKER, id));
        assert!(works.begin(WORKER, id).unwrap().end(false).is_none());
        assert!(is_abandoned(&works).await);
        assert!(works.is_abandoned(WORKER, id));
        let released = works.release(WORKER, id);
        assert!(!works.is_abandoned(WORKER, id));
        drop(released);
    }

    #[tokio::test]
    async fn nothing_begins_while_a_migration_is_released_and_the_reverse() {
        let works = InProgress::default();
        let id = claimed().migration.id;
        let release = works.release(WORKER, id).unwrap();
        assert!(works.begin(WORKER, id).is_none());
        assert!(works.begin_claimed(WORKER, claimed()).is_none());
        assert!(is_abandoned(&works).await, "the claim is released, too");
        drop(release);
        assert!(!is_abandoned(&works).await);
        let work = works.begin(WORKER, id).unwrap();
        assert!(works.release(WORKER, id).is_none());
        drop(work);
    }
}
