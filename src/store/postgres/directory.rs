//! What the store promises of tenants and keys.

use jiff::Timestamp;

use super::tenants::{self, DeleteTenant, Save};
use super::{Postgres, api_keys};
use crate::store::api_key::KeyChange;
use crate::store::tenant::TenantRecord;
use crate::store::{Added, Deleted, Directory, Error, Notification, Saved};
use domain::TenantId;
use domain::tenancy::{ApiKey, ApiKeyId, KeyPrefix, Tenant};

impl Directory for Postgres {
    async fn create_tenant(&self, tenant: &Tenant) -> Result<Added, Error> {
        let record = TenantRecord::new(&self.inner.keyring, tenant)?;
        tenants::create(&self.inner.calls, &record).await
    }

    async fn tenant(&self, id: &TenantId) -> Result<Option<Tenant>, Error> {
        tenants::load(&self.inner.lookups, &self.inner.keyring, id).await
    }

    async fn tenant_ids(&self) -> Result<Vec<TenantId>, Error> {
        tenants::ids(&self.inner.calls).await
    }

    async fn save_tenant(&self, tenant: &Tenant) -> Result<Saved, Error> {
        let record = TenantRecord::new(&self.inner.keyring, tenant)?;
        let (saved, released) = self.inner.batches.transaction(&Save(&record)).await?;
        self.inner
            .notifier
            .tell(released.then_some(Notification::Due));
        Ok(saved)
    }

    async fn delete_tenant(&self, id: &TenantId) -> Result<Deleted, Error> {
        self.inner.batches.transaction(&DeleteTenant(id)).await
    }

    async fn create_key(&self, key: &ApiKey) -> Result<Added, Error> {
        api_keys::create(&self.inner.calls, key).await
    }

    async fn keys(&self, tenant: &TenantId) -> Result<Vec<ApiKey>, Error> {
        api_keys::all(&self.inner.calls, tenant).await
    }

    async fn key_by_prefix(&self, prefix: &KeyPrefix) -> Result<Option<ApiKey>, Error> {
        api_keys::by_prefix(&self.inner.lookups, prefix).await
    }

    async fn revoke_key(
        &self,
        tenant: &TenantId,
        id: ApiKeyId,
        at: Timestamp,
    ) -> Result<Option<ApiKey>, Error> {
        let change = KeyChange::Revoked(at);
        api_keys::change(&self.inner.calls, tenant, id, change).await
    }

    async fn set_key_expiry(
        &self,
        tenant: &TenantId,
        id: ApiKeyId,
        expires_at: Option<Timestamp>,
    ) -> Result<Option<ApiKey>, Error> {
        let change = KeyChange::Expires(expires_at);
        api_keys::change(&self.inner.calls, tenant, id, change).await
    }

    async fn note_key_use(
        &self,
        tenant: &TenantId,
        id: ApiKeyId,
        at: Timestamp,
    ) -> Result<(), Error> {
        let change = KeyChange::Used(at);
        let noted = api_keys::change(&self.inner.calls, tenant, id, change).await;
        noted.map(drop)
    }
}
