//! Places of tenants: how many calls of one may be under way at once.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::Semaphore;

use domain::TenantId;

/// So many tenants are remembered before those are forgotten that make no call.
const REMEMBERED: usize = 1_000;

/// The places of each tenant.
#[derive(Debug)]
pub(super) struct TenantSlots {
    each: usize,
    places: Mutex<HashMap<TenantId, Arc<Semaphore>>>,
}

impl TenantSlots {
    /// So many places for each.
    pub(super) fn new(each: usize) -> Self {
        Self {
            each,
            places: Mutex::default(),
        }
    }

    /// The places of `tenant`.
    pub(super) fn places(&self, tenant: &TenantId) -> Arc<Semaphore> {
        // Nothing in here can panic half-way, so a poisoned map is a whole one.
        let mut places = self.places.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = places.get(tenant) {
            return Arc::clone(known);
        }
        if places.len() >= REMEMBERED {
            // Whoever makes a call, or waits to, holds on to its places.
            places.retain(|_, places| Arc::strong_count(places) > 1);
        }
        let new = Arc::new(Semaphore::new(self.each));
        places.insert(tenant.clone(), Arc::clone(&new));
        new
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn those_that_make_no_call_make_room_for_others() {
        let tenants = TenantSlots::new(1);
        let tenant = |n: usize| TenantId::from_stored(format!("t{n}"));
        let held = tenants.places(&tenant(0));
        for n in 1..=REMEMBERED {
            tenants.places(&tenant(n));
        }
        assert_eq!(tenants.places.lock().unwrap().len(), 2);
        assert!(Arc::ptr_eq(&held, &tenants.places(&tenant(0))));
    }
}
