//! Roles of callers.

use std::fmt;
use std::str::FromStr;

use crate::TenantId;

/// The permissions of a caller. Each role includes those after it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Role {
    /// Manages tenants and their keys. Only for callers of the tenant `default`, which belongs to
    /// the operator of the service.
    Admin,
    /// Starts, continues and reads migrations of its tenant, and reads their PINs.
    Migrator,
    /// Reads migrations of its tenant, checks eligibility, and changes nothing.
    Reader,
}

/// Not a role.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be a role: admin, migrator or reader")]
pub struct InvalidRole;

impl Role {
    /// Every role, the most powerful first.
    pub const ALL: [Self; 3] = [Self::Admin, Self::Migrator, Self::Reader];

    /// Its stable name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Admin => "admin",
            Self::Migrator => "migrator",
            Self::Reader => "reader",
        }
    }

    /// Whether it includes the permissions of `other`.
    #[must_use]
    pub const fn includes(self, other: Self) -> bool {
        match (self, other) {
            (Self::Admin, _)
            | (Self::Migrator, Self::Migrator | Self::Reader)
            | (Self::Reader, Self::Reader) => true,
            (Self::Migrator, Self::Admin) | (Self::Reader, Self::Admin | Self::Migrator) => false,
        }
    }

    /// Whether callers of this tenant can have it.
    #[must_use]
    pub fn is_for(self, tenant: &TenantId) -> bool {
        self != Self::Admin || *tenant == TenantId::default_tenant()
    }
}

impl FromStr for Role {
    type Err = InvalidRole;

    fn from_str(text: &str) -> Result<Self, InvalidRole> {
        let named = |role: &Self| role.as_str() == text;
        Self::ALL.into_iter().find(named).ok_or(InvalidRole)
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_role_parses_from_its_own_name() {
        for role in Role::ALL {
            assert_eq!(role.to_string().parse(), Ok(role));
        }
        assert_eq!("Migrator".parse::<Role>(), Err(InvalidRole));
    }

    #[test]
    fn each_role_includes_those_after_it() {
        for (at, role) in Role::ALL.into_iter().enumerate() {
            for (before, other) in Role::ALL.into_iter().enumerate() {
                assert_eq!(role.includes(other), at <= before, "{role} {other}");
            }
        }
    }

    #[test]
    fn only_callers_of_the_operators_tenant_can_be_admins() {
        let acme: TenantId = "acme".parse().unwrap();
        assert!(
            Role::ALL
                .iter()
                .all(|role| role.is_for(&TenantId::default_tenant()))
        );
        assert!(Role::Migrator.is_for(&acme) && Role::Reader.is_for(&acme));
        assert!(!Role::Admin.is_for(&acme));
    }
}
