//! How much each tenant has under way, in this process.

use std::collections::HashMap;
use std::num::NonZeroU32;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use domain::TenantId;

/// How much a tenant may have under way at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InFlightLimits {
    /// Calls with one answer.
    pub calls: NonZeroU32,
    /// Streams.
    pub watches: NonZeroU32,
    /// Those of its calls that read, and do so at the same moment; the others wait in the order in which they came.
    pub reads: NonZeroU32,
}

/// What counts by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InFlightKind {
    /// A call with one answer.
    Call,
    /// A stream.
    Watch,
    /// A refusal that is held back.
    Refusal,
}

/// A tenant has too much under way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TooManyInFlight {
    /// Of what.
    pub kind: InFlightKind,
    /// The largest number.
    pub limit: NonZeroU32,
}

/// What each tenant has under way. A clone is the same.
#[derive(Debug, Clone)]
pub(super) struct InFlight {
    limits: InFlightLimits,
    tenants: Arc<Mutex<Tenants>>,
}

/// Only tenants that have something under way.
type Tenants = HashMap<TenantId, Counts>;

#[derive(Debug)]
struct Counts {
    calls: u32,
    watches: u32,
    refusals: u32,
    reads: Arc<Semaphore>,
}

/// A call or a stream of a tenant's: counted for as long as this, or a clone of it, is kept.
#[derive(Debug, Clone)]
pub struct InFlightGuard(Arc<Guard>);

#[derive(Debug)]
struct Guard {
    kind: InFlightKind,
    tenant: TenantId,
    reads: Arc<Semaphore>,
    tenants: Arc<Mutex<Tenants>>,
}

/// One of a tenant's turns to read. A clone is the same turn, which ends when the last is dropped.
#[derive(Debug, Clone)]
pub struct ReadSlot {
    _permit: Arc<OwnedSemaphorePermit>,
}

impl InFlight {
    pub(super) fn new(limits: InFlightLimits) -> Self {
        Self {
            limits,
            tenants: Arc::default(),
        }
    }

    /// Counts one more of this kind, where the tenant may have one.
    pub(super) fn begin(
        &self,
        tenant: &TenantId,
        kind: InFlightKind,
    ) -> Result<InFlightGuard, TooManyInFlight> {
        let limit = match kind {
            InFlightKind::Call | InFlightKind::Refusal => self.limits.calls,
            InFlightKind::Watch => self.limits.watches,
        };
        let mut tenants = lock(&self.tenants);
        let counts = tenants
            .entry(tenant.clone())
            .or_insert_with(|| Counts::none(self.limits));
        let count = counts.of(kind);
        if *count >= limit.get() {
            return Err(TooManyInFlight { kind, limit });
        }
        *count = count.saturating_add(1);
        Ok(InFlightGuard(Arc::new(Guard {
            kind,
            tenant: tenant.clone(),
            reads: Arc::clone(&counts.reads),
            tenants: Arc::clone(&self.tenants),
        })))
    }
}

impl Counts {
    fn none(limits: InFlightLimits) -> Self {
        let reads = usize::try_from(limits.reads.get()).unwrap_or(Semaphore::MAX_PERMITS);
        Self {
            calls: 0,
            watches: 0,
            refusals: 0,
            reads: Arc::new(Semaphore::new(reads.min(Semaphore::MAX_PERMITS))),
        }
    }

    const fn of(&mut self, kind: InFlightKind) -> &mut u32 {
        match kind {
            InFlightKind::Call => &mut self.calls,
            InFlightKind::Watch => &mut self.watches,
            InFlightKind::Refusal => &mut self.refusals,
        }
    }

    const fn is_none(&self) -> bool {
        self.calls == 0 && self.watches == 0 && self.refusals == 0
    }
}

impl InFlightGuard {
    /// Waits for one of the tenant's turns to read.
    pub async fn read_slot(&self) -> Option<ReadSlot> {
        // Nothing closes it: there always is one.
        let permit = Arc::clone(&self.0.reads).acquire_owned().await.ok()?;
        Some(ReadSlot {
            _permit: Arc::new(permit),
        })
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        let mut tenants = lock(&self.tenants);
        let Some(counts) = tenants.get_mut(&self.tenant) else {
            return;
        };
        let count = counts.of(self.kind);
        *count = count.saturating_sub(1);
        if counts.is_none() {
            tenants.remove(&self.tenant);
        }
    }
}

fn lock(tenants: &Mutex<Tenants>) -> MutexGuard<'_, Tenants> {
    // Nothing in here can panic half-way, so a poisoned map is a whole one.
    tenants.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::time::timeout;

    use super::*;

    fn few() -> InFlight {
        InFlight::new(InFlightLimits {
            calls: 2.try_into().unwrap(),
            watches: 1.try_into().unwrap(),
            reads: 1.try_into().unwrap(),
        })
    }

    fn tenant(name: &str) -> TenantId {
        name.parse().unwrap()
    }

    #[test]
    fn each_tenant_has_so_many_of_each_kind_under_way_and_leaves_nothing_behind() {
        let (in_flight, acme, bakery) = (few(), tenant("acme"), tenant("bakery"));
        let begin = |tenant| in_flight.begin(tenant, InFlightKind::Call);
        let first = begin(&acme).unwrap();
        let second = begin(&acme).unwrap();
        let refused = begin(&acme).unwrap_err();
        assert_eq!((refused.kind, refused.limit.get()), (InFlightKind::Call, 2));
        let watch = in_flight.begin(&acme, InFlightKind::Watch).unwrap();
        let refused = in_flight.begin(&acme, InFlightKind::Watch).unwrap_err();
        assert_eq!(
            (refused.kind, refused.limit.get()),
            (InFlightKind::Watch, 1)
        );
        let another = begin(&bakery).unwrap();
        // What a call left to be done is still the call.
        let left = first.clone();
        drop(first);
        assert!(begin(&acme).is_err());
        drop(left);
        drop(begin(&acme).unwrap());
        drop((second, watch, another));
        assert!(lock(&in_flight.tenants).is_empty());
    }

    #[tokio::test]
    async fn a_tenants_readings_wait_for_its_own_and_for_no_others() {
        let in_flight = few();
        let call = |name| {
            let tenant = tenant(name);
            in_flight.begin(&tenant, InFlightKind::Call).unwrap()
        };
        let (first, second, another) = (call("acme"), call("acme"), call("bakery"));
        let turn = first.read_slot().await.unwrap();
        let _another = another.read_slot().await.unwrap();
        let waiting = second.read_slot();
        tokio::pin!(waiting);
        let early = timeout(Duration::from_millis(5), &mut waiting).await;
        assert!(early.is_err());
        drop(turn);
        assert!(waiting.await.is_some());
    }
}
