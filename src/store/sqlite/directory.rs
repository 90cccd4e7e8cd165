//! What the store promises of tenants and keys.

use jiff::Timestamp;

use super::api_keys::{self, ChangeKey, CreateKey};
use super::tenants::{self, CreateTenant, DeleteTenant, SaveTenant};
use super::{Inner, Sqlite};
use crate::store::api_key::KeyChange;
use crate::store::tenant::TenantRecord;
use crate::store::{Added, Deleted, Directory, Error, Saved};
use domain::TenantId;
use domain::tenancy::{ApiKey, ApiKeyId, KeyPrefix, Tenant};

impl Directory for Sqlite {
    async fn create_tenant(&self, tenant: &Tenant) -> Result<Added, Error> {
        let record = TenantRecord::new(&self.inner.keyring, tenant)?;
        self.inner.writer.write(CreateTenant(record)).await
    }

    async fn tenant(&self, id: &TenantId) -> Result<Option<Tenant>, Error> {
        let Inner {
            keyring, readers, ..
        } = &*self.inner;
        readers.read(|connection| tenants::load(connection, keyring, id))
    }

    async fn tenant_ids(&self) -> Result<Vec<TenantId>, Error> {
        self.inner.readers.read_long(tenants::ids).await
    }

    async fn save_tenant(&self, tenant: &Tenant) -> Result<Saved, Error> {
        let record = TenantRecord::new(&self.inner.keyring, tenant)?;
        self.inner.writer.write(SaveTenant(record)).await
    }

    async fn delete_tenant(&self, id: &TenantId) -> Result<Deleted, Error> {
        self.inner.writer.write(DeleteTenant(id.clone())).await
    }

    async fn create_key(&self, key: &ApiKey) -> Result<Added, Error> {
        self.inner.writer.write(CreateKey(key.clone())).await
    }

    async fn keys(&self, tenant: &TenantId) -> Result<Vec<ApiKey>, Error> {
        let tenant = tenant.clone();
        let all = move |connection: &_| api_keys::all(connection, &tenant);
        self.inner.readers.read_long(all).await
    }

    async fn key_by_prefix(&self, prefix: &KeyPrefix) -> Result<Option<ApiKey>, Error> {
        self.inner
            .readers
            .read(|connection| api_keys::by_prefix(connection, prefix))
    }

    async fn revoke_key(
        &self,
        tenant: &TenantId,
        id: ApiKeyId,
        at: Timestamp,
    ) -> Result<Option<ApiKey>, Error> {
        self.change_key(tenant, id, KeyChange::Revoked(at)).await
    }

    async fn set_key_expiry(
        &self,
        tenant: &TenantId,
        id: ApiKeyId,
        expires_at: Option<Timestamp>,
    ) -> Result<Option<ApiKey>, Error> {
        self.change_key(tenant, id, KeyChange::Expires(expires_at))
            .await
    }

    async fn note_key_use(
        &self,
        tenant: &TenantId,
        id: ApiKeyId,
        at: Timestamp,
    ) -> Result<(), Error> {
        let noted = self.change_key(tenant, id, KeyChange::Used(at)).await;
        noted.map(drop)
    }
}

impl Sqlite {
    async fn change_key(
        &self,
        tenant: &TenantId,
        id: ApiKeyId,
        change: KeyChange,
    ) -> Result<Option<ApiKey>, Error> {
        let tenant = tenant.clone();
        let write = ChangeKey { tenant, id, change };
        self.inner.writer.write(write).await
    }
}
