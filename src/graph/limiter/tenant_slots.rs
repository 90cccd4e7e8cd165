//! Maximum concurrent calls of each tenant.

use std::collections::HashMap;
use std::sync::Arc;

use parking_lot::Mutex;
use tokio::sync::Semaphore;

use domain::TenantId;

/// Number of tracked tenants above which those without calls are dropped.
const MAX_TRACKED: usize = 1_000;

/// The slots of each tenant.
#[derive(Debug)]
pub(super) struct TenantSlots {
    each: usize,
    slots: Mutex<HashMap<TenantId, Arc<Semaphore>>>,
}

impl TenantSlots {
    /// This number of slots for each tenant.
    pub(super) fn new(each: usize) -> Self {
        Self {
            each,
            slots: Mutex::default(),
        }
    }

    /// The slots of `tenant`.
    pub(super) fn slots(&self, tenant: &TenantId) -> Arc<Semaphore> {
        let mut slots = self.slots.lock();
        if let Some(known) = slots.get(tenant) {
            return Arc::clone(known);
        }
        if slots.len() >= MAX_TRACKED {
            // A call, or a wait for one, holds a reference.
            slots.retain(|_, slots| Arc::strong_count(slots) > 1);
        }
        let new = Arc::new(Semaphore::new(self.each));
        slots.insert(tenant.clone(), Arc::clone(&new));
        new
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tenants_without_calls_are_dropped() {
        let tenants = TenantSlots::new(1);
        let tenant = |n: usize| TenantId::from_stored(format!("t{n}"));
        let held = tenants.slots(&tenant(0));
        for n in 1..=MAX_TRACKED {
            tenants.slots(&tenant(n));
        }
        assert_eq!(tenants.slots.lock().len(), 2);
        assert!(Arc::ptr_eq(&held, &tenants.slots(&tenant(0))));
    }
}
