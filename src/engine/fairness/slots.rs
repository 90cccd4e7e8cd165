//! Slots: how many migrations are worked on at once, in all, of one tenant and of one destination.
//!
//! Who works takes a slot, and gives it back by dropping it. The share of a destination keeps a thousand numbers of one
//! WABA from taking every slot, and that of a tenant a thousand of its WABAs; what goes beyond it waits in the store, where it
//! costs nothing. A destination is one tenant's: two that move numbers to the same WABA have a share each.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use crate::engine::Settings;
use crate::store::ExhaustedQuotas;
use domain::{TenantId, WabaId};

/// The slots of this process. A clone speaks of the same.
#[derive(Debug, Clone)]
pub(in crate::engine) struct Slots {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    workers: usize,
    tenants_share: usize,
    share: usize,
    taken: Mutex<Taken>,
    /// Somebody waits for a slot, and there is one; or there is none left to wait for.
    freed: Notify,
}

#[derive(Debug, Default)]
struct Taken {
    open: bool,
    all: usize,
    by_tenant: HashMap<TenantId, OfTenant>,
    /// The claim loop found no room.
    wanted: bool,
}

/// What a tenant has taken.
#[derive(Debug, Default)]
struct OfTenant {
    all: usize,
    by_destination: HashMap<WabaId, usize>,
}

/// The right to work on one migration.
#[derive(Debug)]
pub(in crate::engine) struct Slot {
    inner: Arc<Inner>,
    tenant: TenantId,
    destination: WabaId,
    beyond_share: bool,
}

impl Slots {
    /// So many slots as the settings say; closed.
    pub(in crate::engine) fn new(settings: &Settings) -> Self {
        Self {
            inner: Arc::new(Inner {
                workers: settings.workers as usize,
                tenants_share: settings.workers_per_tenant as usize,
                share: settings.workers_per_waba as usize,
                taken: Mutex::default(),
                freed: Notify::new(),
            }),
        }
    }

    /// From now on there are slots to take.
    pub(in crate::engine) fn open(&self) {
        self.inner.lock().open = true;
    }

    /// From now on there are none, except for what was claimed already.
    pub(in crate::engine) fn close(&self) {
        self.inner.lock().open = false;
    }

    /// How many are taken, and how many there are.
    pub(in crate::engine) fn taken(&self) -> (usize, usize) {
        (self.inner.lock().all, self.inner.workers)
    }

    /// How many are free. Where it is none, [`Self::freed`] will tell.
    pub(in crate::engine) fn free(&self) -> u32 {
        let mut taken = self.inner.lock();
        let free = self.inner.workers.saturating_sub(taken.all);
        taken.wanted |= free == 0;
        u32::try_from(free).unwrap_or(u32::MAX)
    }

    /// Who has their share. Where there are any, [`Self::freed`] will tell when one has not.
    pub(in crate::engine) fn full(&self) -> ExhaustedQuotas {
        let mut taken = self.inner.lock();
        let mut full = ExhaustedQuotas::default();
        for (tenant, its) in &taken.by_tenant {
            if its.all >= self.inner.tenants_share {
                full.tenants.push(tenant.clone());
                continue;
            }
            let of_destinations = its.by_destination.iter();
            let of_destinations = of_destinations.filter(|(_, count)| **count >= self.inner.share);
            full.destinations
                .extend(of_destinations.map(|(waba, _)| (tenant.clone(), waba.clone())));
        }
        taken.wanted |= !full.tenants.is_empty() || !full.destinations.is_empty();
        full
    }

    /// Completes when a slot was given back that was wanted.
    pub(in crate::engine) async fn freed(&self) {
        self.inner.freed.notified().await;
    }

    /// Completes when all slots are free.
    pub(in crate::engine) async fn idle(&self) {
        loop {
            {
                let mut taken = self.inner.lock();
                if taken.all == 0 {
                    return;
                }
                taken.wanted = true;
            }
            self.freed().await;
        }
    }

    /// A slot for a tenant's migration to this destination, where there is one.
    pub(in crate::engine) fn take(&self, tenant: &TenantId, destination: &WabaId) -> Option<Slot> {
        let taken = self.inner.lock();
        let (mut of_tenant, mut of_destination) = (0, 0);
        if let Some(its) = taken.by_tenant.get(tenant) {
            of_tenant = its.all;
            of_destination = its.by_destination.get(destination).copied().unwrap_or(0);
        }
        let room = taken.all < self.inner.workers
            && of_tenant < self.inner.tenants_share
            && of_destination < self.inner.share;
        (taken.open && room).then(|| self.count(taken, tenant, destination))
    }

    /// A slot for a migration that was claimed, be there one or not.
    pub(in crate::engine) fn take_claimed(&self, tenant: &TenantId, destination: &WabaId) -> Slot {
        self.count(self.inner.lock(), tenant, destination)
    }

    fn count(
        &self,
        mut taken: MutexGuard<'_, Taken>,
        tenant: &TenantId,
        destination: &WabaId,
    ) -> Slot {
        taken.all = taken.all.saturating_add(1);
        let its = taken.by_tenant.entry(tenant.clone()).or_default();
        its.all = its.all.saturating_add(1);
        let share = its.by_destination.entry(destination.clone()).or_default();
        *share = share.saturating_add(1);
        Slot {
            beyond_share: its.all > self.inner.tenants_share || *share > self.inner.share,
            tenant: tenant.clone(),
            destination: destination.clone(),
            inner: Arc::clone(&self.inner),
        }
    }
}

impl Slot {
    /// Whether it goes beyond the share of its tenant or destination: good for what calls nobody, and no more.
    pub(in crate::engine) const fn beyond_share(&self) -> bool {
        self.beyond_share
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        let mut taken = self.inner.lock();
        taken.all = taken.all.saturating_sub(1);
        if let Some(its) = taken.by_tenant.get_mut(&self.tenant) {
            its.give_back(&self.destination);
            if its.all == 0 {
                taken.by_tenant.remove(&self.tenant);
            }
        }
        if std::mem::take(&mut taken.wanted) {
            self.inner.freed.notify_one();
        }
    }
}

impl OfTenant {
    fn give_back(&mut self, destination: &WabaId) {
        self.all = self.all.saturating_sub(1);
        if let Some(share) = self.by_destination.get_mut(destination) {
            *share = share.saturating_sub(1);
            if *share == 0 {
                self.by_destination.remove(destination);
            }
        }
    }
}

impl Inner {
    fn lock(&self) -> MutexGuard<'_, Taken> {
        // Nothing in here can panic half-way, so a poisoned count is a right one.
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;

    fn slots(workers: u32, workers_per_tenant: u32, workers_per_waba: u32) -> Slots {
        Slots::new(&Settings {
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
    fn one_destination_never_has_more_than_its_share() {
        let slots = slots(3, 3, 2);
        let (acme, one, other) = (tenant("acme"), waba("10001"), waba("10002"));
        assert!(slots.take(&acme, &one).is_none(), "closed");
        slots.open();
        let held = (slots.take(&acme, &one), slots.take(&acme, &one));
        assert!(held.0.is_some() && held.1.is_some());
        assert!(slots.take(&acme, &one).is_none());
        assert_eq!(slots.full().destinations, [(acme.clone(), one)]);
        let last = slots.take(&acme, &other);
        let none_left = slots.take(&acme, &other);
        assert!(last.is_some() && none_left.is_none(), "all taken");
        assert_eq!(slots.free(), 0);
        drop(held);
        assert_eq!(slots.full(), ExhaustedQuotas::default());
        assert_eq!(slots.free(), 2);
    }

    #[test]
    fn one_tenant_never_has_more_than_its_share() {
        let slots = slots(4, 2, 1);
        slots.open();
        let (acme, other) = (tenant("acme"), tenant("other"));
        let (one, two, three) = (waba("10001"), waba("10002"), waba("10003"));
        let held = (slots.take(&acme, &one), slots.take(&acme, &two));
        assert!(held.0.is_some() && held.1.is_some());
        assert!(slots.take(&acme, &three).is_none());
        let full = slots.full();
        assert_eq!(
            (full.tenants, full.destinations),
            (vec![acme.clone()], vec![])
        );
        assert!(slots.take_claimed(&acme, &three).beyond_share());
        let same_waba = slots.take(&other, &one);
        assert!(same_waba.is_some(), "its share of that WABA is its own");
        drop(held);
        assert!(slots.take(&acme, &three).is_some());
        assert_eq!(slots.full().destinations, [(other, one)]);
    }

    #[tokio::test]
    async fn whoever_wants_a_slot_hears_of_it() {
        let slots = slots(1, 1, 1);
        slots.open();
        let (acme, waba) = (tenant("acme"), waba("10001"));
        let slot = slots.take(&acme, &waba);
        assert_eq!(slots.free(), 0);
        drop(slot);
        slots.freed().await;
        let beyond = (slots.take(&acme, &waba), slots.take_claimed(&acme, &waba));
        assert!(beyond.1.beyond_share());
        drop(beyond);
        slots.idle().await;
    }
}
