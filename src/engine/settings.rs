//! Settings of the engine.

use std::time::Duration;

use jiff::SignedDuration;

use domain::Retention;
use domain::tenancy::{MetaCredentials, MigrationCounts};

/// Settings of the engine.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The operator's credentials: for the tenant `default`, if it has none.
    pub credentials: MetaCredentials,
    /// TTL of cached tenants: a disabled tenant may still act this long.
    pub tenant_cache_ttl: SignedDuration,
    /// Maximum migrations of a tenant.
    pub quotas: MigrationCounts,
    /// Maximum migrations in progress.
    pub workers: u32,
    /// Maximum migrations in progress, per tenant.
    pub workers_per_tenant: u32,
    /// Maximum migrations in progress, per destination of a tenant.
    pub workers_per_waba: u32,
    /// Duration of a worker's lease without renewal. After a crash another worker takes over within
    /// it.
    pub lease: SignedDuration,
    /// Maximum skew of the system clock at which limited calls are made.
    pub max_clock_skew: SignedDuration,
    /// Interval of polls for due migrations, in case a notification is lost.
    pub poll: Duration,
    /// Retention of ended migrations.
    pub retention: Retention,
    /// Interval of the removal of what is overdue.
    pub retention_interval: Duration,
}
