//! Identifiers: values that were checked once, when they came in.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Name of a migration: `mig_` and the 32 hexadecimal digits of a `UUIDv7`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct MigrationId(Uuid);

/// A caller's world: 1 to 40 lower-case letters, digits and dashes, beginning with a letter. No data crosses from one to
/// another.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TenantId(String);

/// Meta's id of a WhatsApp Business Account: digits.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct WabaId(String);

/// Meta's id of a phone number within one WABA: digits.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PhoneNumberId(String);

/// Meta's id of an app: digits.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct AppId(String);

/// The caller's idempotency key: 1 to 64 printable ASCII characters.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RequestId(String);

/// Why a text is not an identifier of its kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidId {
    /// Not `mig_` and 32 hexadecimal digits.
    #[error("must be mig_ and 32 hexadecimal digits")]
    MigrationId,
    /// Not a tenant's name.
    #[error("must be 1 to 40 lower-case letters, digits and dashes, and begin with a letter")]
    TenantId,
    /// Not 5 to 32 digits.
    #[error("must be Meta's numeric id: 5 to 32 digits")]
    MetaId,
    /// Empty, blank, too long or not printable ASCII.
    #[error("must be 1 to 64 printable ASCII characters and not blank")]
    RequestId,
}

impl MigrationId {
    /// Makes the id of a new migration from a `UUIDv7`.
    #[must_use]
    pub const fn from_uuid(uuid: Uuid) -> Self {
        Self(uuid)
    }

    /// The `UUIDv7` in it.
    #[must_use]
    pub const fn uuid(self) -> Uuid {
        self.0
    }
}

impl FromStr for MigrationId {
    type Err = InvalidId;

    fn from_str(text: &str) -> Result<Self, InvalidId> {
        text.strip_prefix("mig_")
            .filter(|hex| hex.len() == 32)
            .and_then(|hex| Uuid::try_parse(hex).ok())
            .map(Self)
            .ok_or(InvalidId::MigrationId)
    }
}

impl fmt::Display for MigrationId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "mig_{}", self.0.simple())
    }
}

impl fmt::Debug for MigrationId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl TenantId {
    /// The tenant of whoever calls an installation without authentication. It is always there.
    #[must_use]
    pub fn default_tenant() -> Self {
        Self("default".to_owned())
    }

    /// A tenant by its stored name.
    #[must_use]
    pub fn from_stored(name: String) -> Self {
        Self(name)
    }

    /// Its name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for TenantId {
    type Err = InvalidId;

    fn from_str(text: &str) -> Result<Self, InvalidId> {
        let text = text.trim();
        let fits = (1..=40).contains(&text.len())
            && text.starts_with(|c: char| c.is_ascii_lowercase())
            && text
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
        if fits {
            Ok(Self(text.to_owned()))
        } else {
            Err(InvalidId::TenantId)
        }
    }
}

impl fmt::Display for TenantId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// An id that Meta gave: digits, kept as text since they may exceed any integer.
fn meta_id(text: &str) -> Result<String, InvalidId> {
    let text = text.trim();
    let fits = (5..=32).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
    if fits {
        Ok(text.to_owned())
    } else {
        Err(InvalidId::MetaId)
    }
}

macro_rules! meta_id {
    ($name:ident) => {
        impl $name {
            /// The digits.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = InvalidId;

            fn from_str(text: &str) -> Result<Self, InvalidId> {
                meta_id(text).map(Self)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

meta_id!(WabaId);
meta_id!(PhoneNumberId);
meta_id!(AppId);

impl RequestId {
    /// The key.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for RequestId {
    type Err = InvalidId;

    fn from_str(text: &str) -> Result<Self, InvalidId> {
        let printable = text.bytes().all(|b| (0x20..0x7f).contains(&b));
        if text.trim().is_empty() || text.len() > 64 || !printable {
            return Err(InvalidId::RequestId);
        }
        Ok(Self(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_migration_id_reads_back_as_it_was_written() {
        let id = MigrationId::from_uuid(Uuid::from_u128(0x0193_5f00_0000_7000_8000_0000_0000_0001));
        assert_eq!(id.to_string(), "mig_01935f00000070008000000000000001");
        assert_eq!(id.to_string().parse(), Ok(id));
        assert_eq!(
            "mig_123".parse::<MigrationId>(),
            Err(InvalidId::MigrationId)
        );
        assert_eq!(
            "01935f00000070008000000000000001".parse::<MigrationId>(),
            Err(InvalidId::MigrationId)
        );
    }

    #[test]
    fn a_tenant_has_a_name_that_fits_anywhere() {
        for good in ["default", "acme", "a", "acme-2", &"x".repeat(40)] {
            assert_eq!(good.parse::<TenantId>().unwrap().as_str(), good);
        }
        for bad in [
            "",
            "2acme",
            "-acme",
            "Acme",
            "a_b",
            "a b",
            "é",
            "a/b",
            &"x".repeat(41),
        ] {
            assert_eq!(bad.parse::<TenantId>(), Err(InvalidId::TenantId), "{bad}");
        }
        assert_eq!(
            TenantId::default_tenant().as_str().parse(),
            Ok(TenantId::default_tenant())
        );
    }

    #[test]
    fn ids_of_meta_are_digits() {
        assert_eq!(
            " 104996122399160 ".parse::<WabaId>().unwrap().as_str(),
            "104996122399160"
        );
        assert_eq!("10499612239916a".parse::<WabaId>(), Err(InvalidId::MetaId));
        assert_eq!("".parse::<PhoneNumberId>(), Err(InvalidId::MetaId));
    }

    #[test]
    fn a_request_id_is_not_blank_and_not_long() {
        assert!("order-7/number-1".parse::<RequestId>().is_ok());
        for bad in ["", "   ", "a\nb", "ключ", &"x".repeat(65)] {
            assert_eq!(
                bad.parse::<RequestId>(),
                Err(InvalidId::RequestId),
                "{bad:?}"
            );
        }
    }
}
