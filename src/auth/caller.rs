//! The authenticated caller.

use jiff::Timestamp;

use domain::tenancy::{ApiKeyId, KeyPrefix, RateLimits, Role};
use domain::{Principal, TenantId};

/// An authenticated caller, which may act for its tenant. Only `auth` creates one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    tenant: TenantId,
    role: Role,
    principal: Principal,
    limits: RateLimits,
    proof: Proof,
}

/// The credentials of a caller, as far as they can be withdrawn during a stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Proof {
    /// A certificate, which the configuration names, or none, where callers need no credentials.
    Permanent,
    /// An API key.
    Key(KeyPrefix, ApiKeyId),
    /// A token, and when it expires.
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

    /// The tenant that the caller acts for.
    #[must_use]
    pub const fn tenant(&self) -> &TenantId {
        &self.tenant
    }

    /// The caller's role.
    #[must_use]
    pub const fn role(&self) -> Role {
        self.role
    }

    /// The caller's identity.
    #[must_use]
    pub const fn principal(&self) -> &Principal {
        &self.principal
    }

    /// Whether it needed no credentials, since the service is configured to require none.
    #[must_use]
    pub fn is_anonymous(&self) -> bool {
        self.principal == Principal::anonymous()
    }

    /// The rate limits of its tenant, where they are set.
    #[must_use]
    pub const fn limits(&self) -> RateLimits {
        self.limits
    }

    pub(super) const fn proof(&self) -> &Proof {
        &self.proof
    }
}
