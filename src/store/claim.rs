//! What a worker asks for when it claims migrations.

use std::collections::HashMap;

use jiff::Timestamp;

use super::WorkerId;
use domain::{TenantId, WabaId};

/// Asks for migrations to work on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClaimRequest {
    /// Who will hold them.
    pub worker: WorkerId,
    /// The present moment.
    pub now: Timestamp,
    /// Until when the worker will hold them.
    pub lease_until: Timestamp,
    /// At most so many.
    pub limit: u32,
    /// How they are shared out among tenants and destinations.
    pub quotas: ClaimQuotas,
}

/// How a claim is shared out, so that a thousand numbers of one destination do not delay the single one of another, nor a
/// thousand destinations of one tenant those of another tenant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClaimQuotas {
    /// At most so many of one tenant.
    pub per_tenant: u32,
    /// At most so many of one destination of a tenant.
    pub per_destination: u32,
    /// Whose turn it is.
    pub cursor: RoundRobinCursor,
    /// Who has their share already.
    pub exhausted: ExhaustedQuotas,
}

/// Whose turn it is. RoundRobinCursor go round in the order of the ids.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RoundRobinCursor {
    /// The tenant that was served last: the turn is at the next one.
    pub tenant: Option<TenantId>,
    /// The destination of a tenant that was served last, likewise. Of a tenant that is not named here the first is next.
    pub destinations: HashMap<TenantId, WabaId>,
}

/// Who has their share already, and is passed over.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ExhaustedQuotas {
    /// Tenants.
    pub tenants: Vec<TenantId>,
    /// Destinations of tenants.
    pub destinations: Vec<(TenantId, WabaId)>,
}

impl ClaimQuotas {
    /// At most so many of one tenant and of one destination, from the first one on.
    #[must_use]
    pub fn of(number: u32) -> Self {
        Self {
            per_tenant: number,
            per_destination: number,
            cursor: RoundRobinCursor::default(),
            exhausted: ExhaustedQuotas::default(),
        }
    }
}
