//! Quotas: the number of migrations that a tenant may keep, and of those that may be live. Counted by the store, seldom, and by
//! this process in between: with several processes a quota may be exceeded by what the others start between two counts.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::sync::OnceCell;

use super::{Engine, Error, Parts};
use crate::store::{self, Store};
use domain::TenantId;
use domain::tenancy::MigrationCounts;

/// How long a count is used while it shows room.
const USED_FOR: SignedDuration = SignedDuration::from_mins(1);
/// How long it is used once it shows none. Migrations end, so there may soon be room again.
const RECOUNTED_AFTER: SignedDuration = SignedDuration::from_secs(5);
/// The number of tenants whose counts are remembered. One that is not is counted again.
const REMEMBERED: usize = 10_000;

/// The counts of tenants, and how far they may go.
#[derive(Debug)]
pub(super) struct Quotas {
    most: MigrationCounts,
    counts: Mutex<HashMap<TenantId, Arc<Count>>>,
}

/// What one tenant has.
#[derive(Debug)]
struct Count {
    at: Timestamp,
    /// What the store had then, once it has answered.
    kept: OnceCell<MigrationCounts>,
    /// What this process has started since.
    started: AtomicU32,
}

/// Room for one more migration. Dropped, it is free again.
#[derive(Debug)]
#[must_use]
pub(super) struct Place(Option<Arc<Count>>);

/// Which quota.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Quota {
    /// Of migrations that have not ended.
    Live,
    /// Of all migrations that are kept.
    Kept,
}

/// A tenant has as many migrations as it may.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QuotaReached {
    /// By this quota.
    pub quota: Quota,
    /// Which allows this number.
    pub most: u32,
    /// After this time they are counted again.
    pub retry_after: Duration,
}

impl Quotas {
    pub(super) fn new(most: MigrationCounts) -> Self {
        Self {
            most,
            counts: Mutex::default(),
        }
    }

    /// Takes a place for one more migration of the tenant's, if there is one. `counted`: by the store, up to these numbers.
    pub(super) async fn take<C>(
        &self,
        tenant: &TenantId,
        now: Timestamp,
        counted: impl Fn(MigrationCounts) -> C,
    ) -> Result<Place, Error>
    where
        C: Future<Output = Result<MigrationCounts, store::Error>>,
    {
        if let Ok(place) = self.place(tenant, USED_FOR, now, &counted).await? {
            return Ok(place);
        }
        // By another count, if this one is old enough.
        let taken = self.place(tenant, RECOUNTED_AFTER, now, &counted);
        taken.await?.map_err(Error::QuotaReached)
    }

    async fn place<C>(
        &self,
        tenant: &TenantId,
        used_for: SignedDuration,
        now: Timestamp,
        counted: impl Fn(MigrationCounts) -> C,
    ) -> Result<Result<Place, QuotaReached>, store::Error>
    where
        C: Future<Output = Result<MigrationCounts, store::Error>>,
    {
        let count = self.count(tenant, used_for, now);
        // However many ask at once, they are counted once.
        let kept = count.kept.get_or_try_init(|| counted(self.most)).await?;
        let kept = *kept;
        let started = count.started.fetch_add(1, Ordering::Relaxed);
        let place = Place(Some(count));
        let quotas = [
            (Quota::Kept, kept.all, self.most.all),
            (Quota::Live, kept.live, self.most.live),
        ];
        let mut quotas = quotas.into_iter();
        let reached = quotas.find(|(_, found, most)| found.saturating_add(started) >= *most);
        Ok(match reached {
            None => Ok(place),
            Some((quota, _, most)) => Err(QuotaReached {
                quota,
                most,
                retry_after: RECOUNTED_AFTER.unsigned_abs(),
            }),
        })
    }

    /// The tenant's count, where it is not older than that; else a new one.
    fn count(&self, tenant: &TenantId, used_for: SignedDuration, now: Timestamp) -> Arc<Count> {
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = counts.get(tenant).filter(|it| it.is_within(used_for, now)) {
            return Arc::clone(count);
        }
        if counts.len() >= REMEMBERED {
            counts.retain(|_, count| count.is_within(USED_FOR, now));
            if counts.len() >= REMEMBERED {
                counts.clear();
            }
        }
        let count = Arc::new(Count {
            at: now,
            kept: OnceCell::new(),
            started: AtomicU32::new(0),
        });
        counts.insert(tenant.clone(), Arc::clone(&count));
        count
    }
}

impl Count {
    /// Whether it is not older than that. A clock that was set back makes every count old.
    fn is_within(&self, age: SignedDuration, now: Timestamp) -> bool {
        let since = now.duration_since(self.at);
        !since.is_negative() && since < age
    }
}

impl Place {
    /// A migration has taken it.
    pub(super) fn keep(mut self) {
        self.0 = None;
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if let Some(count) = &self.0 {
            count.started.fetch_sub(1, Ordering::Relaxed);
        }
    }
}

impl<S: Store> Engine<S> {
    /// Takes a place for one more migration of the tenant's.
    pub(super) async fn take_place(
        &self,
        tenant: &TenantId,
        now: Timestamp,
    ) -> Result<Place, Error> {
        let Parts { quotas, store, .. } = &*self.parts;
        let counted = |up_to| store.kept(tenant, up_to);
        quotas.take(tenant, now, counted).await
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    const FULL: MigrationCounts = MigrationCounts { live: 2, all: 5 };

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_790_000_000 + second).unwrap()
    }

    /// Quotas over a store in which the tenant has so many, and which counts how often it is asked.
    struct Town {
        quotas: Quotas,
        kept: Cell<MigrationCounts>,
        counts: Cell<u32>,
    }

    impl Town {
        fn with(live: u32, all: u32) -> Self {
            Self {
                quotas: Quotas::new(FULL),
                kept: Cell::new(MigrationCounts { live, all }),
                counts: Cell::new(0),
            }
        }

        async fn take(&self, second: i64) -> Result<Place, Error> {
            let counted = |up_to| async move {
                assert_eq!(up_to, FULL);
                tokio::task::yield_now().await;
                self.counts.set(self.counts.get() + 1);
                Ok(self.kept.get())
            };
            let acme = "acme".parse().unwrap();
            self.quotas.take(&acme, at(second), counted).await
        }

        async fn reached(&self, second: i64) -> Option<Quota> {
            match self.take(second).await {
                Ok(_) => None,
                Err(Error::QuotaReached(reached)) => Some(reached.quota),
                Err(error) => panic!("{error}"),
            }
        }
    }

    #[tokio::test]
    async fn what_is_started_counts_until_it_is_counted_and_what_failed_does_not() {
        let town = Town::with(0, 0);
        town.take(0).await.unwrap().keep();
        drop(town.take(0).await.unwrap());
        town.take(59).await.unwrap().keep();
        assert_eq!(town.reached(1).await, Some(Quota::Live));
        assert_eq!(town.counts.get(), 1);
    }

    #[tokio::test]
    async fn either_quota_is_reached_by_itself_and_left_within_seconds() {
        let town = Town::with(0, 5);
        assert_eq!(town.reached(0).await, Some(Quota::Kept));
        town.kept.set(MigrationCounts { live: 2, all: 4 });
        assert_eq!(town.reached(4).await, Some(Quota::Kept));
        assert_eq!(town.reached(5).await, Some(Quota::Live));
        town.kept.set(MigrationCounts { live: 1, all: 4 });
        assert_eq!(town.reached(9).await, Some(Quota::Live));
        assert_eq!(town.reached(10).await, None);
        assert_eq!(town.counts.get(), 3);
    }

    #[tokio::test]
    async fn a_count_with_room_is_used_for_a_minute_and_taken_once_for_all_who_ask() {
        let town = Town::with(0, 0);
        let (one, other) = tokio::join!(town.take(0), town.take(0));
        drop((one.unwrap(), other.unwrap()));
        assert_eq!(town.reached(59).await, None);
        assert_eq!(town.counts.get(), 1);
        assert_eq!(town.reached(60).await, None);
        assert_eq!(town.counts.get(), 2);
        assert_eq!(town.reached(0).await, None, "the clock was set back");
        assert_eq!(town.counts.get(), 3);
    }

    #[tokio::test]
    async fn no_more_tenants_are_remembered_than_there_is_room_for() {
        let quotas = Quotas::new(FULL);
        for n in 0..REMEMBERED + 10 {
            let tenant = format!("t{n}").parse().unwrap();
            drop(quotas.count(&tenant, USED_FOR, at(0)));
        }
        assert_eq!(quotas.counts.lock().unwrap().len(), 10);
    }
}
