//! Tenants, and their requirements for new migrations.

use std::sync::Arc;

use jiff::Timestamp;

use super::{Engine, Error};
use crate::store::{self, Store, TenantCache};
use domain::tenancy::Tenant;
use domain::{Conditions, Objection, TenantId};

impl<S: Store> Engine<S> {
    /// The objections to starting a migration of the tenant with these conditions now.
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

    /// The tenant, from the cache.
    pub(super) async fn tenant(&self, id: &TenantId) -> Result<Arc<Tenant>, store::Error> {
        let now = self.parts.clock.now();
        let found = self.parts.tenants.get(id, now).await?;
        found.ok_or(store::Error::NoTenant)
    }

    /// Applies a committed change of a tenant in this process at once. Other processes see it when
    /// their cached tenant expires.
    pub fn tenant_changed(&self, id: &TenantId) {
        self.parts.tenants.forget(id);
        // Migrations of a tenant that was enabled are due.
        self.parts.wake.notify_one();
    }

    /// The cache of tenants, to be shared with authentication.
    #[must_use]
    pub fn tenants(&self) -> TenantCache<S> {
        self.parts.tenants.clone()
    }
}
