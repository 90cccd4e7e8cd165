//! Who calls, and for whom.

use jiff::Timestamp;

use domain::tenancy::{ApiKeyId, KeyPrefix, RateLimits, Role};
use domain::{Principal, TenantId};

/// Somebody who was let in. Only this room makes one, so that whoever has one may act for its tenant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    tenant: TenantId,
    role: Role,
    principal: Principal,
    limits: RateLimits,
    proof: Proof,
}

/// What a caller was authenticated by, as far as that can end while its stream lasts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Proof {
    /// Something that lasts: a certificate, which the configuration names, or nothing, where no caller is authenticated.
    Lasting,
    /// An API key.
    Key(KeyPrefix, ApiKeyId),
    /// A token that is valid until then.
    Token(Timestamp),
}

impl Caller {
    pub(super) const fn new(
        tenant: TenantId,
        role: Role,
        principal: Principal,
        limits: RateLimits,
        proof: Proof,
    ) -> Self {
        Self {
            tenant,
            role,
            principal,
            limits,
            proof,
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
    pub const fn limits(&self) -> RateLimits {
        self.limits
    }

    pub(super) const fn proof(&self) -> &Proof {
        &self.proof
    }
}
