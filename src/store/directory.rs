//! Tenants and their API keys, as every implementation keeps them.

use jiff::Timestamp;

use super::{Error, Saved};
use domain::TenantId;
use domain::tenancy::{ApiKey, ApiKeyId, KeyPrefix, Tenant};

/// Keeps tenants and their API keys.
///
/// What an operator does reaches every tenant; what a caller can bring about is scoped, as in [`Store`](super::Store), but for
/// [`key_by_prefix`](Self::key_by_prefix). Times are kept to the millisecond. The
/// [default tenant](TenantId::default_tenant) is there from the beginning.
pub trait Directory: Clone + Send + Sync + 'static {
    /// Keeps a new tenant, at version 1. Writes nothing where one has its id, or had it: what was issued for a deleted tenant must
    /// not lead to another.
    fn create_tenant(&self, tenant: &Tenant) -> impl Future<Output = Result<Added, Error>> + Send;

    /// A tenant as it stands, with its secrets.
    fn tenant(&self, id: &TenantId) -> impl Future<Output = Result<Option<Tenant>, Error>> + Send;

    /// The ids of all tenants, in order. No secret is opened, so that one that does not open costs its own tenant alone.
    fn tenant_ids(&self) -> impl Future<Output = Result<Vec<TenantId>, Error>> + Send;

    /// Keeps what became of a tenant: all of it but its id. A secret that is `None` is erased.
    ///
    /// Writes nothing and answers [`Saved::Conflict`] unless the row still has the version that `tenant` was read at. Where it
    /// is enabled then, its migrations that were [suspended](super::Store::suspend) are free again, in the same commit.
    fn save_tenant(&self, tenant: &Tenant) -> impl Future<Output = Result<Saved, Error>> + Send;

    /// Removes a tenant and everything that it has: keys, migrations, their history. All or nothing, and not at all while
    /// one of its migrations is live.
    fn delete_tenant(&self, id: &TenantId) -> impl Future<Output = Result<Deleted, Error>> + Send;

    /// Keeps a new key. Writes nothing where its tenant is not there, or where a key has its id or its prefix.
    fn create_key(&self, key: &ApiKey) -> impl Future<Output = Result<Added, Error>> + Send;

    /// The tenant's keys, oldest first.
    fn keys(&self, tenant: &TenantId) -> impl Future<Output = Result<Vec<ApiKey>, Error>> + Send;

    /// The key with this prefix, whoever's it is: the one reading of a caller's that names no tenant, since the key is what
    /// tells it. Whether the caller knows the rest of the key, and whether it still opens anything, is the caller of this to see.
    fn key_by_prefix(
        &self,
        prefix: &KeyPrefix,
    ) -> impl Future<Output = Result<Option<ApiKey>, Error>> + Send;

    /// Withdraws a key; answers it as it stands then, `None` where the tenant has no such key. One that was withdrawn before
    /// keeps the time of that.
    fn revoke_key(
        &self,
        tenant: &TenantId,
        id: ApiKeyId,
        at: Timestamp,
    ) -> impl Future<Output = Result<Option<ApiKey>, Error>> + Send;

    /// Sets when a key expires; answers it as it stands then, `None` where the tenant has no such key.
    fn set_key_expiry(
        &self,
        tenant: &TenantId,
        id: ApiKeyId,
        expires_at: Option<Timestamp>,
    ) -> impl Future<Output = Result<Option<ApiKey>, Error>> + Send;

    /// Notes that a key was used. A later use that was noted already stays, and a key that is gone is no error. It is a write:
    /// the caller decides how often it is worth one.
    fn note_key_use(
        &self,
        tenant: &TenantId,
        id: ApiKeyId,
        at: Timestamp,
    ) -> impl Future<Output = Result<(), Error>> + Send;
}

/// What became of a new tenant or a new key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Added {
    /// It is kept.
    Done,
    /// Its id is taken, or a key's prefix. Nothing was written.
    Taken,
    /// The key's tenant is not there. Nothing was written.
    NoTenant,
    /// A tenant that was deleted had this id. Nothing was written.
    Retired,
}

impl Added {
    /// What becomes of a new tenant whose id was used before: by one that `exists`, or by one that was deleted.
    pub(super) const fn refused(exists: bool) -> Self {
        if exists { Self::Taken } else { Self::Retired }
    }
}

/// What became of a tenant that should go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deleted {
    /// It is gone, with everything that it had.
    Done,
    /// It was not there.
    NotFound,
    /// It is the default tenant, which is always there. Nothing was written.
    IsDefault,
    /// Some of its migrations are live. Nothing was written.
    HasLive {
        /// How many.
        migrations: u64,
    },
}
