//! API keys: create, list, rotate, revoke.

use jiff::{SignedDuration, Timestamp};

use super::{Administration, Error};
use crate::store::{Added, Directory};
use crate::util::{clock, random};
use domain::TenantId;
use domain::tenancy::{ApiKey, ApiKeyId, KeyStatus, KeyText, Name, Role};

/// Maximum attempts to create a key with a free prefix. One in 10^15 is taken.
const MAX_ATTEMPTS: u32 = 3;

/// What a new key is to be.
#[derive(Debug, Clone)]
pub struct NewKeyRequest {
    /// The tenant that it belongs to.
    pub tenant: TenantId,
    /// What its holder may do.
    pub role: Role,
    /// Who holds it, and for what.
    pub label: Name,
    /// How long it is valid. `None`: until it is revoked.
    pub expires_after: Option<SignedDuration>,
}

/// A new key with its text, which cannot be read again.
#[derive(Debug)]
pub struct IssuedKey {
    /// The key as it is stored.
    pub key: ApiKey,
    /// Its text.
    pub text: KeyText,
}

/// The rotation of a key.
#[derive(Debug, Clone)]
pub struct Rotation {
    /// The tenant.
    pub tenant: TenantId,
    /// The key to replace.
    pub id: ApiKeyId,
    /// How long the old key stays valid. Does not extend it.
    pub overlap: SignedDuration,
    /// How long the new key is valid. `None`: until it is revoked.
    pub expires_after: Option<SignedDuration>,
}

/// A rotated key.
#[derive(Debug)]
pub struct Rotated {
    /// The new key.
    pub new: IssuedKey,
    /// The old key, with its new expiry.
    pub old: ApiKey,
}

impl<D: Directory> Administration<D> {
    /// Creates a key. Its text is returned only now: the store keeps a hash of it.
    pub async fn create_key(&self, request: NewKeyRequest) -> Result<IssuedKey, Error> {
        let NewKeyRequest {
            tenant,
            role,
            label,
            expires_after,
        } = request;
        if !role.is_for(&tenant) {
            return Err(Error::AdminOfOtherTenant);
        }
        let now = self.clock.now();
        let expires_at = expires_after.map(|after| later(now, after));
        for _ in 0..MAX_ATTEMPTS {
            let text = KeyText::from_random(&*random::bytes()?);
            let key = ApiKey {
                id: ApiKeyId::from_uuid(clock::new_id()),
                tenant: tenant.clone(),
                role,
                label: label.clone(),
                prefix: text.prefix(),
                hash: text.hash(),
                created_at: now,
                expires_at,
                revoked_at: None,
                last_used_at: None,
            };
            match self.directory.create_key(&key).await? {
                Added::Done => return Ok(IssuedKey { key, text }),
                Added::NoTenant => return Err(Error::TenantNotFound(tenant)),
                Added::Taken | Added::Retired => {}
            }
        }
        Err(Error::PrefixTaken)
    }

    /// The keys of a tenant, oldest first.
    pub async fn keys(&self, tenant: &TenantId) -> Result<Vec<ApiKey>, Error> {
        let keys = self.directory.keys(tenant).await?;
        if keys.is_empty() {
            // Tells a tenant without keys from one that does not exist.
            self.tenant(tenant).await?;
        }
        Ok(keys)
    }

    /// Replaces a key by a new one with the same role and label. The old one stays valid for the
    /// overlap, so that its holder can switch.
    pub async fn rotate_key(&self, rotation: Rotation) -> Result<Rotated, Error> {
        let Rotation {
            tenant,
            id,
            overlap,
            expires_after,
        } = rotation;
        let now = self.clock.now();
        let keys = self.keys(&tenant).await?;
        let old = keys.into_iter().find(|key| key.id == id);
        let old = old.ok_or_else(|| not_found(&tenant, id))?;
        let status = old.status(now);
        if status != KeyStatus::Valid {
            return Err(Error::KeyNotValid { tenant, id, status });
        }
        if let (Some(end), None) = (old.expires_at, expires_after) {
            return Err(Error::ExpiryMissing(end));
        }
        let new = self.create_key(NewKeyRequest {
            tenant: tenant.clone(),
            role: old.role,
            label: old.label,
            expires_after,
        });
        let new = new.await?;
        let end = later(now, overlap);
        let end = old.expires_at.map_or(end, |before| before.min(end));
        let shortened = self.directory.set_key_expiry(&tenant, id, Some(end)).await;
        match shortened.map_err(Error::from) {
            Ok(Some(old)) => Ok(Rotated { new, old }),
            // The new key's text is never returned, so it must not stay valid.
            failed => {
                let unused = self.directory.revoke_key(&tenant, new.key.id, now).await;
                if let Err(error) = unused {
                    tracing::warn!(
                        %error,
                        tenant.id = tenant.as_str(),
                        api_key.id = %new.key.id,
                        "an API key was created for a rotation that failed, and could not be revoked"
                    );
                }
                Err(failed.err().unwrap_or_else(|| not_found(&tenant, id)))
            }
        }
    }

    /// Revokes a key. A key that was revoked before keeps its time.
    pub async fn revoke_key(&self, tenant: &TenantId, id: ApiKeyId) -> Result<ApiKey, Error> {
        let now = self.clock.now();
        if let Some(key) = self.directory.revoke_key(tenant, id, now).await? {
            return Ok(key);
        }
        self.tenant(tenant).await?;
        Err(not_found(tenant, id))
    }
}

fn not_found(tenant: &TenantId, id: ApiKeyId) -> Error {
    let tenant = tenant.clone();
    Error::KeyNotFound { tenant, id }
}

fn later(now: Timestamp, after: SignedDuration) -> Timestamp {
    now.saturating_add(after).unwrap_or(Timestamp::MAX)
}
