//! Why an administrative act failed.

use jiff::Timestamp;

use crate::store;
use crate::util::random;
use domain::TenantId;
use domain::tenancy::{ApiKeyId, KeyStatus};

/// Why an administrative act failed or was refused.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A tenant has the id of the new one.
    #[error("the tenant {0} already exists")]
    TenantExists(TenantId),
    /// A deleted tenant had the id of the new one.
    #[error(
        "the tenant {0} was deleted, and its id cannot be used again, since tokens and certificates \
         issued for it would be valid for the new tenant"
    )]
    TenantIdRetired(TenantId),
    /// The tenant does not exist.
    #[error("the tenant {0} does not exist")]
    TenantNotFound(TenantId),
    /// The tenant was changed between its read and its save.
    #[error("the tenant {0} was changed at the same time, so this change was not made")]
    TenantChanged(TenantId),
    /// The tenant cannot be deleted before its migrations have ended.
    #[error("{migrations} migrations of the tenant {id} have not ended")]
    TenantHasMigrations {
        /// The tenant.
        id: TenantId,
        /// The number of its migrations that have not ended.
        migrations: u64,
    },
    /// The default tenant cannot be deleted.
    #[error("the tenant {0} cannot be deleted, since it belongs to the operator")]
    DefaultNotDeleted(TenantId),
    /// A caller cannot disable its own tenant.
    #[error(
        "the caller belongs to the tenant {0}: if it were disabled, no caller could enable it again"
    )]
    OwnTenantNotDisabled(TenantId),
    /// The tenant has no such key.
    #[error("the tenant {tenant} has no API key {id}")]
    KeyNotFound {
        /// The tenant.
        tenant: TenantId,
        /// The id of the key.
        id: ApiKeyId,
    },
    /// A key that is not accepted cannot be rotated.
    #[error("the API key {id} is {}, so it cannot be rotated", .status.as_str())]
    KeyNotValid {
        /// The tenant.
        tenant: TenantId,
        /// The id of the key.
        id: ApiKeyId,
        /// Its status.
        status: KeyStatus,
    },
    /// Only keys of the default tenant can have the role admin.
    #[error("must not be admin: only keys of the tenant default can have this role")]
    AdminOfOtherTenant,
    /// The replaced key expires, so the new one needs an expiry.
    #[error("is missing: the old key expires at {0}, so the new key needs a validity, too")]
    ExpiryMissing(Timestamp),
    /// The prefixes of several new keys were taken.
    #[error("the prefix of the new key is in use")]
    PrefixTaken,
    /// There were no random bytes for a new key.
    #[error("no API key was created")]
    Random(#[from] random::Unavailable),
    /// The store.
    #[error("the store failed")]
    Store(#[from] store::Error),
}
