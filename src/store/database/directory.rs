//! Tenants and their API keys in either database.

use jiff::Timestamp;

use super::{Backend, Database, measured};
use crate::store::api_key::KeyChange;
use crate::store::tenant::TenantRecord;
use crate::store::{Added, Deleted, Directory, Error, Saved};
use domain::TenantId;
use domain::tenancy::{ApiKey, ApiKeyId, KeyPrefix, Month, MonthlyUsage, Tenant};

impl Directory for Database {
    async fn create_tenant(&self, tenant: &Tenant) -> Result<Added, Error> {
        let record = TenantRecord::new(&self.keyring, tenant)?;
        write!(self, create_tenant(record))
    }

    async fn tenant(&self, id: &TenantId) -> Result<Option<Tenant>, Error> {
        read!(self, "tenant", store => async {
            let row = store.tenant(id).await?;
            row.map(|row| row.open(&self.keyring)).transpose()
        })
    }

    async fn tenant_ids(
        &self,
        after: Option<&TenantId>,
        limit: u32,
    ) -> Result<Vec<TenantId>, Error> {
        read!(self, tenant_ids(after, limit))
    }

    async fn save_tenant(&self, tenant: &Tenant) -> Result<Saved, Error> {
        let record = TenantRecord::new(&self.keyring, tenant)?;
        write!(self, save_tenant(record))
    }

    async fn delete_tenant(&self, id: &TenantId) -> Result<Deleted, Error> {
        write!(self, delete_tenant(id))
    }

    async fn create_key(&self, key: &ApiKey) -> Result<Added, Error> {
        write!(self, create_key(key))
    }

    async fn keys(&self, tenant: &TenantId) -> Result<Vec<ApiKey>, Error> {
        read!(self, keys(tenant))
    }

    async fn key_by_prefix(&self, prefix: &KeyPrefix) -> Result<Option<ApiKey>, Error> {
        read!(self, key_by_prefix(prefix))
    }

    async fn revoke_key(
        &self,
        tenant: &TenantId,
        id: ApiKeyId,
        at: Timestamp,
    ) -> Result<Option<ApiKey>, Error> {
        self.change_key("revoke_key", tenant, id, KeyChange::Revoked(at))
            .await
    }

    async fn set_key_expiry(
        &self,
        tenant: &TenantId,
        id: ApiKeyId,
        expires_at: Option<Timestamp>,
    ) -> Result<Option<ApiKey>, Error> {
        self.change_key("set_key_expiry", tenant, id, KeyChange::Expires(expires_at))
            .await
    }

    async fn note_key_use(
        &self,
        tenant: &TenantId,
        id: ApiKeyId,
        at: Timestamp,
    ) -> Result<(), Error> {
        let used = KeyChange::Used(at);
        let noted = self.change_key("note_key_use", tenant, id, used).await;
        noted.map(drop)
    }

    async fn usage(
        &self,
        tenant: &TenantId,
        from: Month,
        to: Month,
    ) -> Result<Vec<MonthlyUsage>, Error> {
        read!(self, usage(tenant, from, to))
    }

    async fn add_graph_calls(
        &self,
        tenant: &TenantId,
        month: Month,
        calls: u64,
    ) -> Result<(), Error> {
        write!(self, add_graph_calls(tenant, month, calls))
    }
}
