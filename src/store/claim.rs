//! Claims of due migrations.

use std::collections::HashMap;

use jiff::Timestamp;

use super::WorkerId;
use domain::{TenantId, WabaId};

/// A request for migrations to work on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClaimRequest {
    /// The worker that gets the leases.
    pub worker: WorkerId,
    /// The present moment.
    pub now: Timestamp,
    /// Maximum migrations.
    pub limit: u32,
    /// Quotas of tenants and destinations.
    pub quotas: ClaimQuotas,
}

/// Quotas of a claim, so that a thousand numbers of one destination do not delay the single number
/// of another, nor a thousand destinations of one tenant those of another tenant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClaimQuotas {
    /// Maximum migrations of a tenant.
    pub per_tenant: u32,
    /// Maximum migrations of a destination of a tenant.
    pub per_destination: u32,
    /// Where the round robin continues.
    pub cursor: RoundRobinCursor,
    /// Tenants and destinations to skip.
    pub exhausted: ExhaustedQuotas,
}

/// Where the round robin over tenants and destinations continues. It goes in the order of their
/// ids.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RoundRobinCursor {
    /// The tenant that was served last.
    pub tenant: Option<TenantId>,
    /// The destination that was served last, by tenant. Tenants that are missing here start with
    /// their first destination.
    pub destinations: HashMap<TenantId, WabaId>,
}

/// Tenants and destinations whose quota is used up.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ExhaustedQuotas {
    /// Tenants.
    pub tenants: Vec<TenantId>,
    /// Destinations of tenants.
    pub destinations: Vec<(TenantId, WabaId)>,
}

impl ClaimQuotas {
    /// The same quota for each tenant and destination, from the first on.
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
