//! `[retention]`: how long what has ended stays.

use std::ops::RangeInclusive;
use std::time::Duration;

use jiff::SignedDuration;

use super::Reader;
use domain::Retention as Kept;

/// How long what has ended stays.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Retention {
    /// What stays how long.
    pub kept: Kept,
    /// How often to look for what has outstayed.
    pub interval: Duration,
}

const KEPT: RangeInclusive<SignedDuration> =
    SignedDuration::from_secs(1)..=SignedDuration::from_hours(3650 * 24);
const INTERVAL: RangeInclusive<SignedDuration> =
    SignedDuration::from_millis(10)..=SignedDuration::from_hours(24);

impl Retention {
    pub(super) fn read(reader: &mut Reader<'_>) -> Self {
        Self {
            kept: Kept {
                migrations: reader.duration_or_never("retention.migrations", KEPT),
                pins: reader.duration_or_never("retention.pins", KEPT),
            },
            interval: reader.timeout("retention.interval", INTERVAL),
        }
    }
}
