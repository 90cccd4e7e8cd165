//! Engine settings: `[engine]`, `[retention]`, the quotas of `[limits]` and the credentials of
//! `[graph]`.

use std::ops::RangeInclusive;

use jiff::SignedDuration;

use super::{Reader, limits};
use crate::engine::Settings;
use domain::Retention;
use domain::tenancy::MetaCredentials;

/// Shorter retries would be an attack, and a shorter poll would keep a core busy.
pub(super) const SHORT: SignedDuration = SignedDuration::from_millis(10);
pub(super) const HOUR: SignedDuration = SignedDuration::from_hours(1);
pub(super) const DAY: SignedDuration = SignedDuration::from_hours(24);
/// Meta's clock is known to a second only, so a lower limit would hold calls for nothing.
const SKEW: RangeInclusive<SignedDuration> = SignedDuration::from_secs(5)..=HOUR;
const RETENTION: RangeInclusive<SignedDuration> =
    SignedDuration::from_secs(1)..=SignedDuration::from_hours(3650 * 24);

impl Settings {
    /// `tenant_cache_ttl` is a setting of `[auth]`.
    pub(super) fn read(reader: &mut Reader<'_>, tenant_cache_ttl: SignedDuration) -> Self {
        Self {
            credentials: credentials(reader),
            tenant_cache_ttl,
            quotas: limits::quotas(reader),
            workers: reader.number("engine.workers", 1..=65536),
            workers_per_tenant: reader.number("engine.workers_per_tenant", 1..=65536),
            workers_per_waba: reader.number("engine.workers_per_waba", 1..=65536),
            lease: reader.duration("engine.lease", SignedDuration::from_secs(1)..=HOUR),
            max_clock_skew: reader.duration("engine.max_clock_skew", SKEW),
            poll: reader.timeout("engine.poll", SHORT..=HOUR),
            retention: Retention {
                migrations: reader.duration_or_never("retention.migrations", RETENTION),
                pins: reader.duration_or_never("retention.pins", RETENTION),
            },
            retention_interval: reader.timeout("retention.interval", SHORT..=DAY),
        }
    }
}

/// The operator's own credentials at Meta.
fn credentials(reader: &mut Reader<'_>) -> MetaCredentials {
    MetaCredentials {
        access_token: reader.parsed_secret("graph.access_token"),
        app_id: reader.parsed("graph.app_id"),
        app_secret: reader.parsed_secret("graph.app_secret"),
    }
}
