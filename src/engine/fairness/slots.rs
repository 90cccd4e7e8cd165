//! Worker slots: limit the migrations in progress, in all, per tenant and per destination.
//!
//! Work takes a slot and returns it when it is dropped. The limit per destination keeps a thousand
//! numbers of one WABA from taking every slot, and the limit per tenant a thousand of its WABAs;
//! what exceeds a limit waits in the store, where it costs nothing. Two tenants that move numbers
//! to the same WABA have a limit each.

use std::collections::HashMap;
use std::sync::Arc;

use parking_lot::{Mutex, MutexGuard};
use tokio::sync::Notify;

use crate::engine::Settings;
use crate::store::ExhaustedQuotas;
use domain::{TenantId, WabaId};

/// The slots of this process. Cheap to clone; clones share state.
#[derive(Debug, Clone)]
pub(in crate::engine) struct WorkerSlots {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    workers: usize,
    per_tenant: usize,
    per_destination: usize,
    taken: Mutex<Taken>,
    /// A slot that was wanted is free, or all are.
    freed: Notify,
}

#[derive(Debug, Default)]
struct Taken {
    open: bool,
    total: usize,
    by_tenant: HashMap<TenantId, TakenByTenant>,
    /// The claim loop found no free slot.
    wanted: bool,
}

#[derive(Debug, Default)]
struct TakenByTenant {
    total: usize,
    by_destination: HashMap<WabaId, usize>,
}

/// The right to work on one migration.
#[derive(Debug)]
pub(in crate::engine) struct WorkerSlot {
    inner: Arc<Inner>,
    tenant: TenantId,
    destination: WabaId,
    over_limit: bool,
}

impl WorkerSlots {
    /// The slots that the settings allow; closed.
    pub(in crate::engine) fn new(settings: &Settings) -> Self {
        Self {
            inner: Arc::new(Inner {
                workers: settings.workers as usize,
                per_tenant: settings.workers_per_tenant as usize,
                per_destination: settings.workers_per_waba as usize,
                taken: Mutex::default(),
                freed: Notify::new(),
            }),
        }
    }

    /// Allows slots to be taken.
    pub(in crate::engine) fn open(&self) {
        self.inner.taken.lock().open = true;
    }

    /// Allows no more slots to be taken, except for migrations that are claimed already.
    pub(in crate::engine) fn close(&self) {
        self.inner.taken.lock().open = false;
    }

    /// Number of taken slots, and of all slots.
    pub(in crate::engine) fn usage(&self) -> (usize, usize) {
        (self.inner.taken.lock().total, self.inner.workers)
    }

    /// Number of free slots. If there is none, [`Self::freed`] completes when there is one.
    pub(in crate::engine) fn free(&self) -> u32 {
        let mut taken = self.inner.taken.lock();
        let free = self.inner.workers.saturating_sub(taken.total);
        taken.wanted |= free == 0;
        u32::try_from(free).unwrap_or(u32::MAX)
    }

    /// The tenants and destinations that are at their limit. If there are any, [`Self::freed`]
    /// completes when one is not.
    pub(in crate::engine) fn exhausted(&self) -> ExhaustedQuotas {
        let mut taken = self.inner.taken.lock();
        let mut exhausted = ExhaustedQuotas::default();
        for (tenant, of_tenant) in &taken.by_tenant {
            if of_tenant.total >= self.inner.per_tenant {
                exhausted.tenants.push(tenant.clone());
                continue;
            }
            for (waba, count) in &of_tenant.by_destination {
                if *count >= self.inner.per_destination {
                    exhausted.destinations.push((tenant.clone(), waba.clone()));
                }
            }
        }
        taken.wanted |= exhausted != ExhaustedQuotas::default();
        exhausted
    }

    /// Completes when a wanted slot was returned.
    pub(in crate::engine) async fn freed(&self) {
        self.inner.freed.notified().await;
    }

    /// Completes when all slots are free.
    pub(in crate::engine) async fn idle(&self) {
        loop {
            {
                let mut taken = self.inner.taken.lock();
                if taken.total == 0 {
                    return;
                }
                taken.wanted = true;
            }
            self.freed().await;
        }
    }

    /// A slot for a tenant's migration to this destination, if one is free.
    pub(in crate::engine) fn take(
        &self,
        tenant: &TenantId,
        destination: &WabaId,
    ) -> Option<WorkerSlot> {
        let taken = self.inner.taken.lock();
        let (mut of_tenant, mut of_destination) = (0, 0);
        if let Some(its) = taken.by_tenant.get(tenant) {
            of_tenant = its.total;
            of_destination = its.by_destination.get(destination).copied().unwrap_or(0);
        }
        let is_free = taken.total < self.inner.workers
            && of_tenant < self.inner.per_tenant
            && of_destination < self.inner.per_destination;
        (taken.open && is_free).then(|| self.count(taken, tenant, destination))
    }

    /// A slot for a migration that was claimed, even beyond the limits.
    pub(in crate::engine) fn take_claimed(
        &self,
        tenant: &TenantId,
        destination: &WabaId,
    ) -> WorkerSlot {
        self.count(self.inner.taken.lock(), tenant, destination)
    }

    fn count(
        &self,
        mut taken: MutexGuard<'_, Taken>,
        tenant: &TenantId,
        destination: &WabaId,
    ) -> WorkerSlot {
        taken.total = taken.total.saturating_add(1);
        let of_tenant = taken.by_tenant.entry(tenant.clone()).or_default();
        of_tenant.total = of_tenant.total.saturating_add(1);
        let by_destination = &mut of_tenant.by_destination;
        let of_destination = by_destination.entry(destination.clone()).or_default();
        *of_destination = of_destination.saturating_add(1);
        WorkerSlot {
            over_limit: of_tenant.total > self.inner.per_tenant
                || *of_destination > self.inner.per_destination,
            tenant: tenant.clone(),
            destination: destination.clone(),
            inner: Arc::clone(&self.inner),
        }
    }
}

impl WorkerSlot {
    /// Whether it exceeds the limit of its tenant or destination: then it may only be used for work
    /// that makes no call.
    pub(in crate::engine) const fn over_limit(&self) -> bool {
        self.over_limit
    }
}

impl Drop for WorkerSlot {
    fn drop(&mut self) {
        let mut taken = self.inner.taken.lock();
        taken.total = taken.total.saturating_sub(1);
        if let Some(of_tenant) = taken.by_tenant.get_mut(&self.tenant) {
            of_tenant.release(&self.destination);
            if of_tenant.total == 0 {
                taken.by_tenant.remove(&self.tenant);
            }
        }
        if std::mem::take(&mut taken.wanted) {
            self.inner.freed.notify_one();
        }
    }
}

impl TakenByTenant {
    fn release(&mut self, destination: &WabaId) {
        self.total = self.total.saturating_sub(1);
        if let Some(count) = self.by_destination.get_mut(destination) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                self.by_destination.remove(destination);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;

    fn slots(workers: u32, workers_per_tenant: u32, workers_per_waba: u32) -> WorkerSlots {
        WorkerSlots::new(&Settings {
            workers,
            workers_per_tenant,
            workers_per_waba,
            ..Config::defaults().engine
        })
    }

    fn tenant(id: &str) -> TenantId {
        id.parse().unwrap()
    }

    fn waba(id: &str) -> WabaId {
        id.parse().unwrap()
    }

    #[test]
    fn one_destination_never_exceeds_its_limit() {
        let slots = slots(3, 3, 2);
        let (acme, one, other) = (tenant("acme"), waba("10001"), waba("10002"));
        assert!(slots.take(&acme, &one).is_none(), "closed");
        slots.open();
        let held = (slots.take(&acme, &one), slots.take(&acme, &one));
        assert!(held.0.is_some() && held.1.is_some());
        assert!(slots.take(&acme, &one).is_none());
        assert_eq!(slots.exhausted().destinations, [(acme.clone(), one)]);
        let last = slots.take(&acme, &other);
        let none_left = slots.take(&acme, &other);
        assert!(last.is_some() && none_left.is_none(), "all taken");
        assert_eq!(slots.free(), 0);
        drop(held);
        assert_eq!(slots.exhausted(), ExhaustedQuotas::default());
        assert_eq!(slots.free(), 2);
    }

    #[test]
    fn one_tenant_never_exceeds_its_limit() {
        let slots = slots(4, 2, 1);
        slots.open();
        let (acme, other) = (tenant("acme"), tenant("other"));
        let (one, two, three) = (waba("10001"), waba("10002"), waba("10003"));
        let held = (slots.take(&acme, &one), slots.take(&acme, &two));
        assert!(held.0.is_some() && held.1.is_some());
        assert!(slots.take(&acme, &three).is_none());
        let exhausted = slots.exhausted();
        assert_eq!(
            (exhausted.tenants, exhausted.destinations),
            (vec![acme.clone()], vec![])
        );
        assert!(slots.take_claimed(&acme, &three).over_limit());
        let same_waba = slots.take(&other, &one);
        assert!(same_waba.is_some(), "its limit for that WABA is its own");
        drop(held);
        assert!(slots.take(&acme, &three).is_some());
        assert_eq!(slots.exhausted().destinations, [(other, one)]);
    }

    #[tokio::test]
    async fn a_returned_slot_wakes_the_task_that_wants_one() {
        let slots = slots(1, 1, 1);
        slots.open();
        let (acme, waba) = (tenant("acme"), waba("10001"));
        let slot = slots.take(&acme, &waba);
        assert_eq!(slots.free(), 0);
        drop(slot);
        slots.freed().await;
        let both = (slots.take(&acme, &waba), slots.take_claimed(&acme, &waba));
        assert!(both.1.over_limit());
        drop(both);
        slots.idle().await;
    }
}
