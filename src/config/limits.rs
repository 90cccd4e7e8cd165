//! `[limits]`: rate limits and quotas of a tenant.

use std::num::NonZeroU32;

use super::Reader;
use crate::auth::{InFlightLimits, Rate, TenantLimits};
use domain::tenancy::{MigrationCounts, RateLimits};

/// Migrations. The store counts no more of one tenant's.
const MAX_QUOTA: u32 = 100_000_000;

impl TenantLimits {
    pub(super) fn read(reader: &mut Reader<'_>) -> Self {
        let mut number = |key| reader.number(key, NonZeroU32::MIN..=RateLimits::MAX);
        Self {
            rate: Rate {
                per_second: number("limits.requests_per_second"),
                burst: number("limits.burst"),
            },
            in_flight: InFlightLimits {
                calls: number("limits.calls_in_flight"),
                watches: number("limits.watches_in_flight"),
                reads: number("limits.reads_at_once"),
            },
        }
    }
}

/// The numbers of migrations that a tenant may have.
pub(super) fn quotas(reader: &mut Reader<'_>) -> MigrationCounts {
    let range = 1..=MAX_QUOTA;
    MigrationCounts {
        live: reader.number("limits.live_migrations", range.clone()),
        all: reader.number("limits.kept_migrations", range),
    }
}
