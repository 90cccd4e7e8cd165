//! API keys: the tenant and role of a key, and how long it is valid.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use uuid::Uuid;

use super::{KeyHash, KeyPrefix, KeyText, Name, Role};
use crate::TenantId;

/// Id of an API key: `key_` and the 32 hexadecimal digits of a UUID. Not a credential.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ApiKeyId(Uuid);

/// A stored API key, without its text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiKey {
    /// Its id.
    pub id: ApiKeyId,
    /// The tenant that it belongs to.
    pub tenant: TenantId,
    /// What its holder may do.
    pub role: Role,
    /// A label for people: who holds it, and for what.
    pub label: Name,
    /// The look-up key.
    pub prefix: KeyPrefix,
    /// The hash of its text.
    pub hash: KeyHash,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it expires.
    pub expires_at: Option<Timestamp>,
    /// When it was revoked.
    pub revoked_at: Option<Timestamp>,
    /// When it was last used. Not every use is recorded.
    pub last_used_at: Option<Timestamp>,
}

/// Whether a key is accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyStatus {
    /// Accepted.
    Valid,
    /// Past its expiry.
    Expired,
    /// Revoked.
    Revoked,
}

/// Not the id of an API key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be the id of an API key: key_ and 32 hexadecimal digits")]
pub struct InvalidApiKeyId;

impl ApiKey {
    /// Whether `text` is the text of this key. Constant time.
    #[must_use]
    pub fn is(&self, text: &KeyText) -> bool {
        self.hash.is_of(text)
    }

    /// Whether it is accepted at `now`.
    #[must_use]
    pub fn status(&self, now: Timestamp) -> KeyStatus {
        if self.revoked_at.is_some() {
            KeyStatus::Revoked
        } else if self.expires_at.is_some_and(|at| at <= now) {
            KeyStatus::Expired
        } else {
            KeyStatus::Valid
        }
    }
}

impl KeyStatus {
    /// Its stable name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Valid => "valid",
            Self::Expired => "expired",
            Self::Revoked => "revoked",
        }
    }
}

impl ApiKeyId {
    /// The id of a new key, from a UUID.
    #[must_use]
    pub const fn from_uuid(uuid: Uuid) -> Self {
        Self(uuid)
    }

    /// The UUID in it.
    #[must_use]
    pub const fn uuid(self) -> Uuid {
        self.0
    }
}

impl FromStr for ApiKeyId {
    type Err = InvalidApiKeyId;

    /// The error does not contain the text: it may be a whole key, pasted in the wrong place.
    fn from_str(text: &str) -> Result<Self, InvalidApiKeyId> {
        text.strip_prefix("key_")
            .filter(|hex| hex.len() == 32)
            .and_then(|hex| Uuid::try_parse(hex).ok())
            .map(Self)
            .ok_or(InvalidApiKeyId)
    }
}

impl fmt::Display for ApiKeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "key_{}", self.0.simple())
    }
}

impl fmt::Debug for ApiKeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_790_000_000 + second).unwrap()
    }

    fn key() -> ApiKey {
        let text = KeyText::from_random(&[7; KeyText::RANDOM_BYTES]);
        ApiKey {
            id: ApiKeyId::from_uuid(Uuid::from_u128(7)),
            tenant: TenantId::default_tenant(),
            role: Role::Reader,
            label: "billing".parse().unwrap(),
            prefix: text.prefix(),
            hash: text.hash(),
            created_at: at(0),
            expires_at: None,
            revoked_at: None,
            last_used_at: None,
        }
    }

    #[test]
    fn a_key_is_valid_until_it_expires_or_is_revoked() {
        let expiring = ApiKey {
            expires_at: Some(at(10)),
            ..key()
        };
        let revoked = ApiKey {
            revoked_at: Some(at(5)),
            ..expiring.clone()
        };
        for (key, second, status) in [
            (&key(), 1_000_000, KeyStatus::Valid),
            (&expiring, 9, KeyStatus::Valid),
            (&expiring, 10, KeyStatus::Expired),
            (&revoked, 4, KeyStatus::Revoked),
            (&revoked, 11, KeyStatus::Revoked),
        ] {
            assert_eq!(key.status(at(second)), status, "{second}");
        }
    }

    #[test]
    fn a_key_matches_its_own_text_only() {
        let other = KeyText::from_random(&[8; KeyText::RANDOM_BYTES]);
        assert!(key().is(&KeyText::from_random(&[7; KeyText::RANDOM_BYTES])));
        assert!(!key().is(&other));
    }

    #[test]
    fn a_key_id_parses_from_its_own_text_and_from_nothing_else() {
        let id = key().id;
        assert_eq!(id.to_string(), "key_00000000000000000000000000000007");
        assert_eq!(id.to_string().parse(), Ok(id));
        for bad in ["", "key_7", "wam_0000000000_0"] {
            assert_eq!(bad.parse::<ApiKeyId>(), Err(InvalidApiKeyId), "{bad}");
        }
    }
}
