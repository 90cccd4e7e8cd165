//! Quotas: maximum migrations of a tenant, and maximum live ones. Counted by the store from time to
//! time, and by this process in between: with several processes a quota may be exceeded by what the
//! others start between two counts.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use parking_lot::Mutex;
use tokio::sync::OnceCell;

use super::{Engine, Error, Parts};
use crate::store::{self, Store};
use domain::TenantId;
use domain::tenancy::MigrationCounts;

/// Maximum age of a count that is below the quota.
const USED_FOR: SignedDuration = SignedDuration::from_mins(1);
/// Maximum age of a count that has reached the quota. Migrations end, so it may soon be below
/// again.
const RECOUNTED_AFTER: SignedDuration = SignedDuration::from_secs(5);
/// Cache capacity, tenants. A tenant that is not cached is counted again.
const CAPACITY: usize = 10_000;

/// Counts of migrations by tenant, and their limits.
#[derive(Debug)]
pub(super) struct Quotas {
    most: MigrationCounts,
    counts: Mutex<HashMap<TenantId, Arc<Count>>>,
}

/// Count of one tenant's migrations.
#[derive(Debug)]
struct Count {
    at: Timestamp,
    /// What the store counted at that time, once it has answered.
    kept: OnceCell<MigrationCounts>,
    /// Migrations that this process has started since.
    started: AtomicU32,
}

/// A reservation for one more migration. Dropping it returns it.
#[derive(Debug)]
#[must_use]
pub(super) struct QuotaReservation(Option<Arc<Count>>);

/// A kind of quota.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Quota {
    /// Of migrations that have not ended.
    Live,
    /// Of all migrations that are kept.
    Kept,
}

/// A tenant has reached a quota.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QuotaReached {
    /// The quota.
    pub quota: Quota,
    /// Its maximum.
    pub most: u32,
    /// After this time the migrations are counted again.
    pub retry_after: Duration,
}

impl Quotas {
    pub(super) fn new(most: MigrationCounts) -> Self {
        Self {
            most,
            counts: Mutex::default(),
        }
    }

    /// Reserves one more migration of the tenant, if the quotas allow it. `counted` queries the
    /// store, and need not count beyond the given numbers.
    pub(super) async fn reserve<C>(
        &self,
        tenant: &TenantId,
        now: Timestamp,
        counted: impl Fn(MigrationCounts) -> C,
    ) -> Result<QuotaReservation, Error>
    where
        C: Future<Output = Result<MigrationCounts, store::Error>>,
    {
        if let Ok(reservation) = self.try_reserve(tenant, USED_FOR, now, &counted).await? {
            return Ok(reservation);
        }
        // Count again, if this count is old enough.
        let reserved = self.try_reserve(tenant, RECOUNTED_AFTER, now, &counted);
        reserved.await?.map_err(Error::QuotaReached)
    }

    async fn try_reserve<C>(
        &self,
        tenant: &TenantId,
        used_for: SignedDuration,
        now: Timestamp,
        counted: impl Fn(MigrationCounts) -> C,
    ) -> Result<Result<QuotaReservation, QuotaReached>, store::Error>
    where
        C: Future<Output = Result<MigrationCounts, store::Error>>,
    {
        let count = self.count(tenant, used_for, now);
        // Concurrent requests share one count.
        let kept = count.kept.get_or_try_init(|| counted(self.most)).await?;
        let kept = *kept;
        let started = count.started.fetch_add(1, Ordering::Relaxed);
        let reservation = QuotaReservation(Some(count));
        let quotas = [
            (Quota::Kept, kept.all, self.most.all),
            (Quota::Live, kept.live, self.most.live),
        ];
        let mut quotas = quotas.into_iter();
        let reached = quotas.find(|(_, found, most)| found.saturating_add(started) >= *most);
        Ok(match reached {
            None => Ok(reservation),
            Some((quota, _, most)) => Err(QuotaReached {
                quota,
                most,
                retry_after: RECOUNTED_AFTER.unsigned_abs(),
            }),
        })
    }

    /// The tenant's count, if it is not older than `used_for`; else a new one.
    fn count(&self, tenant: &TenantId, used_for: SignedDuration, now: Timestamp) -> Arc<Count> {
        let mut counts = self.counts.lock();
        if let Some(count) = counts.get(tenant).filter(|it| it.is_within(used_for, now)) {
            return Arc::clone(count);
        }
        if counts.len() >= CAPACITY {
            counts.retain(|_, count| count.is_within(USED_FOR, now));
            if counts.len() >= CAPACITY {
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
    /// Whether it is not older than `age`. A clock that was set back makes every count old.
    fn is_within(&self, age: SignedDuration, now: Timestamp) -> bool {
        let since = now.duration_since(self.at);
        !since.is_negative() && since < age
    }
}

impl QuotaReservation {
    /// The migration was created: the reservation is used up.
    pub(super) fn keep(mut self) {
        self.0 = None;
    }
}

impl Drop for QuotaReservation {
    fn drop(&mut self) {
        if let Some(count) = &self.0 {
            count.started.fetch_sub(1, Ordering::Relaxed);
        }
    }
}

impl<S: Store> Engine<S> {
    /// Reserves one more migration of the tenant.
    pub(super) async fn reserve_migration(
        &self,
        tenant: &TenantId,
        now: Timestamp,
    ) -> Result<QuotaReservation, Error> {
        let Parts { quotas, store, .. } = &*self.parts;
        let counted = |up_to| store.kept(tenant, up_to);
        quotas.reserve(tenant, now, counted).await
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

    /// Quotas over a store with these migrations, which counts its queries.
    struct QuotaHarness {
        quotas: Quotas,
        kept: Cell<MigrationCounts>,
        counts: Cell<u32>,
    }

    impl QuotaHarness {
        fn with(live: u32, all: u32) -> Self {
            Self {
                quotas: Quotas::new(FULL),
                kept: Cell::new(MigrationCounts { live, all }),
                counts: Cell::new(0),
            }
        }

        async fn reserve(&self, second: i64) -> Result<QuotaReservation, Error> {
            let counted = |up_to| async move {
                assert_eq!(up_to, FULL);
                tokio::task::yield_now().await;
                self.counts.set(self.counts.get() + 1);
                Ok(self.kept.get())
            };
            let acme = "acme".parse().unwrap();
            self.quotas.reserve(&acme, at(second), counted).await
        }

        async fn reached(&self, second: i64) -> Option<Quota> {
            match self.reserve(second).await {
                Ok(_) => None,
                Err(Error::QuotaReached(reached)) => Some(reached.quota),
                Err(error) => panic!("{error}"),
            }
        }
    }

    #[tokio::test]
    async fn a_started_migration_counts_and_a_failed_one_does_not() {
        let harness = QuotaHarness::with(0, 0);
        harness.reserve(0).await.unwrap().keep();
        drop(harness.reserve(0).await.unwrap());
        harness.reserve(59).await.unwrap().keep();
        assert_eq!(harness.reached(1).await, Some(Quota::Live));
        assert_eq!(harness.counts.get(), 1);
    }

    #[tokio::test]
    async fn each_quota_is_enforced_and_recounted_within_seconds() {
        let harness = QuotaHarness::with(0, 5);
        assert_eq!(harness.reached(0).await, Some(Quota::Kept));
        harness.kept.set(MigrationCounts { live: 2, all: 4 });
        assert_eq!(harness.reached(4).await, Some(Quota::Kept));
        assert_eq!(harness.reached(5).await, Some(Quota::Live));
        harness.kept.set(MigrationCounts { live: 1, all: 4 });
        assert_eq!(harness.reached(9).await, Some(Quota::Live));
        assert_eq!(harness.reached(10).await, None);
        assert_eq!(harness.counts.get(), 3);
    }

    #[tokio::test]
    async fn a_count_below_the_quota_is_shared_and_used_for_a_minute() {
        let harness = QuotaHarness::with(0, 0);
        let (one, other) = tokio::join!(harness.reserve(0), harness.reserve(0));
        drop((one.unwrap(), other.unwrap()));
        assert_eq!(harness.reached(59).await, None);
        assert_eq!(harness.counts.get(), 1);
        assert_eq!(harness.reached(60).await, None);
        assert_eq!(harness.counts.get(), 2);
        assert_eq!(harness.reached(0).await, None, "the clock was set back");
        assert_eq!(harness.counts.get(), 3);
    }

    #[tokio::test]
    async fn the_number_of_cached_counts_is_bounded() {
        let quotas = Quotas::new(FULL);
        for n in 0..CAPACITY + 10 {
            let tenant = format!("t{n}").parse().unwrap();
            drop(quotas.count(&tenant, USED_FOR, at(0)));
        }
        assert_eq!(quotas.counts.lock().len(), 10);
    }
}
