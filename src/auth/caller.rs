//! Who calls, and for whom.

use crate::migration::{Principal, TenantId};
use crate::tenancy::{Limits, Role};

/// Somebody who was let in. Only this room makes one, so that whoever has one may act for its tenant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    tenant: TenantId,
    role: Role,
    principal: Principal,
    limits: Limits,
}

impl Caller {
    pub(super) const fn new(
        tenant: TenantId,
        role: Role,
        principal: Principal,
        limits: Limits,
    ) -> Self {
        Self {
            tenant,
            role,
            principal,
            limits,
        }
    }

    /// The tenant that it acts for.
    #[must_use]
    pub const fn tenant(&self) -> &TenantId {
        &self.tenant
    }

    /// What it may do there.
    #[must_use]
    pub const fn role(&self) -> Role {
        self.role
    }

    /// Who it is.
    #[must_use]
    pub const fn principal(&self) -> &Principal {
        &self.principal
    }

    /// How much its tenant may ask for.
    #[must_use]
    pub const fn limits(&self) -> Limits {
        self.limits
    }
}
