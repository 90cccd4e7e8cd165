//! An API key as both databases keep it. Nothing in it is secret.

use jiff::Timestamp;
use uuid::Uuid;

use super::Error;
use domain::TenantId;
use domain::tenancy::{ApiKey, ApiKeyId, KeyHash, KeyPrefix, Name};

const API_KEYS: &str = "api_keys";

/// The row of a key.
#[derive(Debug)]
pub(super) struct KeyRow {
    pub(super) id: Uuid,
    pub(super) tenant: String,
    pub(super) prefix: String,
    pub(super) hash: Vec<u8>,
    pub(super) role: String,
    pub(super) label: String,
    pub(super) created_at: Timestamp,
    pub(super) expires_at: Option<Timestamp>,
    pub(super) revoked_at: Option<Timestamp>,
    pub(super) last_used_at: Option<Timestamp>,
}

/// A change of a key.
#[derive(Debug, Clone, Copy)]
pub(super) enum KeyChange {
    /// Revoked, unless it was before.
    Revoked(Timestamp),
    /// The new expiry.
    Expires(Option<Timestamp>),
    /// Used.
    Used(Timestamp),
}

impl KeyRow {
    /// The key.
    pub(super) fn into_key(self) -> Result<ApiKey, Error> {
        let id = ApiKeyId::from_uuid(self.id);
        let hash = <[u8; 32]>::try_from(self.hash)
            .map_err(|_| Error::corrupt(API_KEYS, "hash", &id, "it does not have 32 bytes"))?;
        Ok(ApiKey {
            id,
            tenant: TenantId::from_stored(self.tenant),
            role: self
                .role
                .parse()
                .map_err(|error| Error::corrupt(API_KEYS, "role", &id, error))?,
            label: Name::from_stored(self.label),
            prefix: KeyPrefix::from_stored(self.prefix),
            hash: KeyHash::from_stored(hash),
            created_at: self.created_at,
            expires_at: self.expires_at,
            revoked_at: self.revoked_at,
            last_used_at: self.last_used_at,
        })
    }
}
