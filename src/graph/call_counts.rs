//! Counts of calls by tenant, for billing.

use std::collections::HashMap;

use parking_lot::Mutex;

use domain::TenantId;

/// Calls that were sent for each tenant since they were last taken.
#[derive(Debug, Default)]
pub(super) struct CallCounts(Mutex<HashMap<TenantId, u64>>);

impl CallCounts {
    /// Counts a call for a tenant. Calls of the service itself have none.
    pub(super) fn count(&self, tenant: Option<&TenantId>) {
        let Some(tenant) = tenant else { return };
        let mut counts = self.0.lock();
        // The tenant is mostly known already; then nothing is allocated.
        match counts.get_mut(tenant) {
            Some(count) => *count = count.saturating_add(1),
            None => {
                counts.insert(tenant.clone(), 1);
            }
        }
    }

    /// Takes the counts: they begin at zero again.
    pub(super) fn take(&self) -> HashMap<TenantId, u64> {
        std::mem::take(&mut *self.0.lock())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_is_counted_once_for_its_tenant() {
        let counts = CallCounts::default();
        let (acme, bakery): (TenantId, TenantId) =
            ("acme".parse().unwrap(), "bakery".parse().unwrap());
        for tenant in [Some(&acme), Some(&bakery), None, Some(&acme)] {
            counts.count(tenant);
        }
        assert_eq!(counts.take(), HashMap::from([(acme, 2), (bakery, 1)]));
        assert!(counts.take().is_empty());
    }
}
