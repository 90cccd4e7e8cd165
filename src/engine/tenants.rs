//! The tenant of a migration, as it was read a moment ago.

use std::sync::Arc;

use jiff::Timestamp;

use super::{Engine, Error};
use crate::store::{self, Store};
use domain::tenancy::Tenant;
use domain::{Conditions, Objection, TenantId};

/// Capacity of the tenant cache, entries.
pub(super) const REMEMBERED: usize = 1_000;

impl<S: Store> Engine<S> {
    /// What keeps a request with these conditions from starting a migration of the tenant now.
    pub async fn objections(
        &self,
        tenant: &TenantId,
        conditions: Conditions,
    ) -> Result<Vec<Objection>, Error> {
        let (tenant, now) = (self.enabled(tenant).await?, self.parts.clock.now());
        Ok(self.objections_for(&tenant, conditions, now))
    }

    pub(super) fn objections_for(
        &self,
        tenant: &Tenant,
        conditions: Conditions,
        now: Timestamp,
    ) -> Vec<Objection> {
        let has_access_token = self.access(tenant, None).is_some();
        conditions.objections(&tenant.defaults, has_access_token, now)
    }

    /// The tenant, if it is enabled.
    pub(super) async fn enabled(&self, id: &TenantId) -> Result<Arc<Tenant>, Error> {
        let tenant = self.tenant(id).await?;
        if tenant.is_enabled() {
            Ok(tenant)
        } else {
            Err(Error::TenantDisabled)
        }
    }

    /// The tenant, as it was read a moment ago.
    pub(super) async fn tenant(&self, id: &TenantId) -> Result<Arc<Tenant>, store::Error> {
        let parts = &self.parts;
        // Taken before the read: a change made during it is seen no later than any other.
        let now = parts.clock.now();
        if let Some(known) = parts.tenants.get(id, now) {
            return Ok(known);
        }
        let read = parts.store.tenant(id).await?;
        let tenant = Arc::new(read.ok_or(store::Error::NoTenant)?);
        parts.tenants.put(id.clone(), Arc::clone(&tenant), now);
        Ok(tenant)
    }
}
