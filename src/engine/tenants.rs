//! Whose a migration is: its tenant, as it was read a moment ago.

use std::sync::Arc;

use super::{Engine, Error};
use crate::store::{self, Store};
use domain::tenancy::Tenant;
use domain::{CodeMethod, Language, PinSource, TenantId};

/// So many tenants are remembered. One that is not is read again.
pub(super) const REMEMBERED: usize = 1_000;

/// What holds for a tenant's requests where they do not say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Terms {
    /// There is an access token for migrations that bring none of their own.
    pub has_access_token: bool,
    /// How the code reaches the owner, where the tenant says. Else the number decides.
    pub code_method: Option<CodeMethod>,
    /// Language of the code message.
    pub language: Language,
    /// Where the PIN comes from. [`PinSource::Provided`]: each request must bring one.
    pub pin_source: PinSource,
}

impl<S: Store> Engine<S> {
    /// What holds for this tenant's requests where they do not say.
    pub async fn terms(&self, tenant: &TenantId) -> Result<Terms, Error> {
        let tenant = self.enabled(tenant).await?;
        let defaults = &tenant.defaults;
        Ok(Terms {
            has_access_token: self.access(&tenant, None).is_some(),
            code_method: defaults.code_method,
            language: defaults.language.clone().unwrap_or_default(),
            pin_source: defaults.pin_source.unwrap_or(PinSource::Generated),
        })
    }

    /// The tenant, for whom somebody may act.
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
        // Before it is read: a change that comes meanwhile is seen no later than any other.
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
