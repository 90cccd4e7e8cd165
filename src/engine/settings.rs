//! Settings of the engine.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::store::{Lease, WorkerId};
use domain::Retention;
use domain::tenancy::{MetaCredentials, MigrationCounts};

/// Settings of the engine.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The operator's credentials: for the tenant `default` if it has none of its own.
    pub credentials: MetaCredentials,
    /// TTL of cached tenants: a tenant that was disabled may be served for this time.
    pub tenants_believed_for: SignedDuration,
    /// Maximum migrations of a tenant.
    pub quotas: MigrationCounts,
    /// Maximum migrations that are worked on at once.
    pub workers: u32,
    /// Maximum of these for one tenant.
    pub workers_per_tenant: u32,
    /// Maximum of these for one destination.
    pub workers_per_waba: u32,
    /// How long a lease lasts without renewal: after a crash another process takes over within this
    /// time.
    pub lease: SignedDuration,
    /// Polling interval for due migrations, as a fallback for lost notifications.
    pub poll: Duration,
    /// How long ended migrations and their PINs are kept.
    pub retention: Retention,
    /// Interval of the search for what has exceeded its retention.
    pub retention_interval: Duration,
}

impl Settings {
    /// The lease of a worker that claims or renews at `now`.
    pub(super) fn hold(&self, worker: WorkerId, now: Timestamp) -> Lease {
        Lease {
            worker,
            until: now.checked_add(self.lease).unwrap_or(Timestamp::MAX),
        }
    }
}
