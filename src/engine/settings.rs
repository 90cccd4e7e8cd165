//! What the engine is configured with.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::store::{Lease, WorkerId};
use domain::Retention;
use domain::tenancy::{MetaCredentials, MigrationCounts};

/// What the engine is configured with.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The operator's own: for the tenant `default`, where it has none.
    pub credentials: MetaCredentials,
    /// How long what was read of a tenant is believed: so long one may still act that was disabled.
    pub tenants_believed_for: SignedDuration,
    /// How many migrations a tenant may have.
    pub quotas: MigrationCounts,
    /// How many migrations are worked on at once.
    pub workers: u32,
    /// How many of them of one tenant.
    pub workers_per_tenant: u32,
    /// How many of them to one destination.
    pub workers_per_waba: u32,
    /// How long a claim holds without being renewed. Whoever takes over after a crash does so within this time.
    pub lease: SignedDuration,
    /// How often to look for due migrations when nothing says that there are any: the net below the wake-ups.
    pub poll: Duration,
    /// How long what has ended stays.
    pub retention: Retention,
    /// How often to look for what has outstayed its retention.
    pub retention_interval: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            credentials: MetaCredentials::default(),
            tenants_believed_for: SignedDuration::from_secs(5),
            quotas: MigrationCounts {
                live: 100_000,
                all: 1_000_000,
            },
            workers: 1280,
            workers_per_tenant: 1024,
            workers_per_waba: 64,
            lease: SignedDuration::from_secs(30),
            poll: Duration::from_secs(30),
            retention: Retention::default(),
            retention_interval: Duration::from_mins(10),
        }
    }
}

impl Settings {
    /// The worker's hold on what it takes, or prolongs, now.
    pub(super) fn hold(&self, worker: WorkerId, now: Timestamp) -> Lease {
        Lease {
            worker,
            until: now.checked_add(self.lease).unwrap_or(Timestamp::MAX),
        }
    }
}
