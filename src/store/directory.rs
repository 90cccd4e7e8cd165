//! The contract for tenants and their API keys.

use jiff::Timestamp;

use super::{Error, Saved};
use domain::TenantId;
use domain::tenancy::{ApiKey, ApiKeyId, KeyPrefix, Month, MonthlyUsage, Tenant};

/// Stores tenants and their API keys.
///
/// Methods for operators reach every tenant; those for callers are scoped, as in
/// [`Store`](super::Store), except [`key_by_prefix`](Self::key_by_prefix). Times are stored to the
/// millisecond. The [default tenant](TenantId::default_tenant) always exists.
pub trait Directory: Clone + Send + Sync + 'static {
    /// Inserts a tenant, with version 1. Writes nothing if a tenant has or had its id: what was
    /// issued for a deleted tenant must not be valid for another.
    fn create_tenant(&self, tenant: &Tenant) -> impl Future<Output = Result<Added, Error>> + Send;

    /// A tenant with its secrets.
    fn tenant(&self, id: &TenantId) -> impl Future<Output = Result<Option<Tenant>, Error>> + Send;

    /// At most `limit` ids of tenants after this one, in order. Opens no secret, so that one that
    /// cannot be opened affects only its own tenant.
    fn tenant_ids(
        &self,
        after: Option<&TenantId>,
        limit: u32,
    ) -> impl Future<Output = Result<Vec<TenantId>, Error>> + Send;

    /// Updates a tenant. A secret that is `None` is erased.
    ///
    /// Writes nothing and returns [`Saved::Conflict`] unless the row still has the version that
    /// `tenant` was read at. If the tenant is enabled, its
    /// [suspended](super::Workers::suspend) migrations are due at once, by the same commit.
    fn save_tenant(&self, tenant: &Tenant) -> impl Future<Output = Result<Saved, Error>> + Send;

    /// Deletes a tenant with its keys, its migrations and all that belongs to them. All or nothing;
    /// nothing while one of its migrations is live. The limited calls of its numbers stay.
    fn delete_tenant(&self, id: &TenantId) -> impl Future<Output = Result<Deleted, Error>> + Send;

    /// Inserts a key. Writes nothing if its tenant does not exist, or a key has its id or prefix.
    fn create_key(&self, key: &ApiKey) -> impl Future<Output = Result<Added, Error>> + Send;

    /// The tenant's keys, oldest first.
    fn keys(&self, tenant: &TenantId) -> impl Future<Output = Result<Vec<ApiKey>, Error>> + Send;

    /// The key with this prefix, of any tenant: the key determines the caller's tenant. Whether the
    /// rest of the key matches, and whether it is still valid, must be checked afterwards.
    fn key_by_prefix(
        &self,
        prefix: &KeyPrefix,
    ) -> impl Future<Output = Result<Option<ApiKey>, Error>> + Send;

    /// Revokes a key; returns the key, `None` if the tenant has no such key. A key that was revoked
    /// before keeps its time.
    fn revoke_key(
        &self,
        tenant: &TenantId,
        id: ApiKeyId,
        at: Timestamp,
    ) -> impl Future<Output = Result<Option<ApiKey>, Error>> + Send;

    /// Sets the expiry of a key; returns the key, `None` if the tenant has no such key.
    fn set_key_expiry(
        &self,
        tenant: &TenantId,
        id: ApiKeyId,
        expires_at: Option<Timestamp>,
    ) -> impl Future<Output = Result<Option<ApiKey>, Error>> + Send;

    /// Records the use of a key, unless a later use is recorded. A missing key is no error. It is a
    /// write: the caller limits how often.
    fn note_key_use(
        &self,
        tenant: &TenantId,
        id: ApiKeyId,
        at: Timestamp,
    ) -> impl Future<Output = Result<(), Error>> + Send;

    /// What the tenant has used in the months from `from` to `to`, the earliest first, without
    /// months without use. [`Store::create`](super::Store::create) counts a started migration, and
    /// the [`save`](super::Store::save) by which one succeeds a succeeded one.
    fn usage(
        &self,
        tenant: &TenantId,
        from: Month,
        to: Month,
    ) -> impl Future<Output = Result<Vec<MonthlyUsage>, Error>> + Send;

    /// Adds to the tenant's Graph calls of a month. A missing tenant is no error.
    fn add_graph_calls(
        &self,
        tenant: &TenantId,
        month: Month,
        calls: u64,
    ) -> impl Future<Output = Result<(), Error>> + Send;
}

/// The result of creating a tenant or a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Added {
    /// It was created.
    Done,
    /// Its id, or the prefix of the key, is taken. Nothing was written.
    Taken,
    /// The tenant of the key does not exist. Nothing was written.
    NoTenant,
    /// A tenant that was deleted had this id. Nothing was written.
    Retired,
}

impl Added {
    /// The result for a tenant whose id was used before: by one that `exists`, or a deleted one.
    pub(super) const fn refused(exists: bool) -> Self {
        if exists { Self::Taken } else { Self::Retired }
    }
}

/// The result of deleting a tenant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deleted {
    /// It was deleted.
    Done,
    /// It does not exist.
    NotFound,
    /// It is the default tenant, which cannot be deleted. Nothing was written.
    IsDefault,
    /// Some of its migrations are live. Nothing was written.
    HasLive {
        /// Their number.
        migrations: u64,
    },
}
