//! Counts the calls and streams in flight of each tenant, in this process.

use std::collections::HashMap;
use std::num::NonZeroU32;
use std::sync::Arc;

use parking_lot::Mutex;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use domain::TenantId;

/// Maximum calls and streams in flight of one tenant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InFlightLimits {
    /// Unary calls.
    pub calls: NonZeroU32,
    /// Streams.
    pub watches: NonZeroU32,
    /// Concurrent reads of the store. Further ones wait, first in, first out.
    pub reads: NonZeroU32,
}

/// A kind of call, counted separately.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InFlightKind {
    /// A unary call.
    Call,
    /// A stream.
    Watch,
    /// A delayed refusal.
    Refusal,
}

/// A tenant has too many calls in flight.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TooManyInFlight {
    /// The kind of calls.
    pub kind: InFlightKind,
    /// The maximum of this kind.
    pub limit: NonZeroU32,
}

/// The calls in flight of each tenant. Cheap to clone; clones share state.
#[derive(Debug, Clone)]
pub(super) struct InFlight {
    limits: InFlightLimits,
    tenants: Arc<Mutex<Tenants>>,
}

/// Tenants without calls in flight are removed.
type Tenants = HashMap<TenantId, Counts>;

#[derive(Debug)]
struct Counts {
    calls: u32,
    watches: u32,
    refusals: u32,
    reads: Arc<Semaphore>,
}

/// A counted call or stream of a tenant. It is in flight until the last clone is dropped.
#[derive(Debug, Clone)]
pub struct InFlightGuard(Arc<Guard>);

#[derive(Debug)]
struct Guard {
    kind: InFlightKind,
    tenant: TenantId,
    reads: Arc<Semaphore>,
    tenants: Arc<Mutex<Tenants>>,
}

/// One of a tenant's read slots, released when the last clone is dropped.
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

    /// Counts one more of this kind, unless the tenant has reached its limit.
    pub(super) fn begin(
        &self,
        tenant: &TenantId,
        kind: InFlightKind,
    ) -> Result<InFlightGuard, TooManyInFlight> {
        let limit = match kind {
            InFlightKind::Call | InFlightKind::Refusal => self.limits.calls,
            InFlightKind::Watch => self.limits.watches,
        };
        let mut tenants = self.tenants.lock();
        let counts = tenants
            .entry(tenant.clone())
            .or_insert_with(|| Counts::zero(self.limits));
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
    fn zero(limits: InFlightLimits) -> Self {
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

    const fn is_zero(&self) -> bool {
        self.calls == 0 && self.watches == 0 && self.refusals == 0
    }
}

impl InFlightGuard {
    /// Waits for one of the tenant's read slots.
    pub async fn read_slot(&self) -> Option<ReadSlot> {
        // The semaphore is never closed.
        let permit = Arc::clone(&self.0.reads).acquire_owned().await.ok()?;
        Some(ReadSlot {
            _permit: Arc::new(permit),
        })
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        let mut tenants = self.tenants.lock();
        let Some(counts) = tenants.get_mut(&self.tenant) else {
            return;
        };
        let count = counts.of(self.kind);
        *count = count.saturating_sub(1);
        if counts.is_zero() {
            tenants.remove(&self.tenant);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::time::timeout;

    use super::*;

    fn low_limits() -> InFlight {
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
    fn calls_in_flight_are_limited_by_tenant_and_kind_and_leave_nothing_behind() {
        let (in_flight, acme, bakery) = (low_limits(), tenant("acme"), tenant("bakery"));
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
        // Detached work of a call counts as the call.
        let left = first.clone();
        drop(first);
        assert!(begin(&acme).is_err());
        drop(left);
        drop(begin(&acme).unwrap());
        drop((second, watch, another));
        assert!(in_flight.tenants.lock().is_empty());
    }

    #[tokio::test]
    async fn reads_of_a_tenant_wait_only_for_its_own_reads() {
        let in_flight = low_limits();
        let call = |name| {
            let tenant = tenant(name);
            in_flight.begin(&tenant, InFlightKind::Call).unwrap()
        };
        let (first, second, another) = (call("acme"), call("acme"), call("bakery"));
        let slot = first.read_slot().await.unwrap();
        let _another = another.read_slot().await.unwrap();
        let waiting = second.read_slot();
        tokio::pin!(waiting);
        let early = timeout(Duration::from_millis(5), &mut waiting).await;
        assert!(early.is_err());
        drop(slot);
        assert!(waiting.await.is_some());
    }
}
