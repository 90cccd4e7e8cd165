//! Identifiers, validated when they are parsed.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::string_newtype::string_newtype;

/// Id of a migration: `mig_` and the 32 hexadecimal digits of a `UUIDv7`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct MigrationId(Uuid);

/// Id of a tenant: 1 to 40 lower-case letters, digits and dashes, beginning with a letter. No data
/// crosses from one tenant to another.
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

/// Why a text is not a valid identifier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidId {
    /// Not `mig_` and 32 hexadecimal digits.
    #[error("must be mig_ and 32 hexadecimal digits")]
    MigrationId,
    /// Not a tenant id.
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
    /// The tenant of all callers of an installation without authentication. It always exists.
    #[must_use]
    pub fn default_tenant() -> Self {
        Self("default".to_owned())
    }

    /// A stored id, without validation.
    #[must_use]
    pub fn from_stored(id: String) -> Self {
        Self(id)
    }
}

string_newtype!(TenantId);

impl FromStr for TenantId {
    type Err = InvalidId;

    fn from_str(text: &str) -> Result<Self, InvalidId> {
        let text = text.trim();
        let fits = (1..=40).contains(&text.len())
            && text.starts_with(|c: char| c.is_ascii_lowercase())
            && text
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
        fits.then(|| Self(text.to_owned()))
            .ok_or(InvalidId::TenantId)
    }
}

/// An id that Meta assigned. Kept as text, since its digits may exceed any integer type.
macro_rules! meta_id {
    ($name:ident) => {
        string_newtype!($name);

        impl FromStr for $name {
            type Err = InvalidId;

            fn from_str(text: &str) -> Result<Self, InvalidId> {
                let text = text.trim();
                let digits = text.bytes().all(|b| b.is_ascii_digit());
                let fits = (5..=32).contains(&text.len()) && digits;
                fits.then(|| Self(text.to_owned())).ok_or(InvalidId::MetaId)
            }
        }
    };
}

meta_id!(WabaId);
meta_id!(PhoneNumberId);
meta_id!(AppId);

string_newtype!(RequestId);

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
    fn a_migration_id_parses_from_its_own_text() {
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
    fn a_tenant_id_is_lower_case_letters_digits_and_dashes() {
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
    fn meta_ids_are_digits() {
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
