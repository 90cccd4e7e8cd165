//! Roles of callers.

use std::fmt;
use std::str::FromStr;

/// The permissions of a caller within its tenant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Role {
    /// Everything: starts, continues and reads migrations, and reads their PINs.
    Migrator,
    /// Reads migrations and changes nothing.
    Reader,
}

/// Not a role.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be a role: migrator or reader")]
pub struct InvalidRole;

impl Role {
    /// Every role.
    pub const ALL: [Self; 2] = [Self::Migrator, Self::Reader];

    /// Its stable name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Migrator => "migrator",
            Self::Reader => "reader",
        }
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
}
