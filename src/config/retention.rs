//! `[retention]`: how long what has ended stays.

use std::ops::RangeInclusive;
use std::time::Duration;

use jiff::SignedDuration;

use super::Reader;
use crate::migration::{LONGEST_WINDOW, Retention as Kept};

/// How long what has ended stays.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Retention {
    /// What stays how long.
    pub kept: Kept,
    /// How often to look for what has outstayed.
    pub interval: Duration,
}

const LONGEST: SignedDuration = SignedDuration::from_hours(3650 * 24);
/// The calls of a migration are counted from its history, so that stays until none of them counts any more.
const MIGRATIONS: RangeInclusive<SignedDuration> = LONGEST_WINDOW..=LONGEST;
/// Whoever moves a number has at least this time to read its PIN.
const PINS: RangeInclusive<SignedDuration> = SignedDuration::from_hours(1)..=LONGEST;
const INTERVAL: RangeInclusive<SignedDuration> =
    SignedDuration::from_millis(10)..=SignedDuration::from_hours(24);

impl Retention {
    pub(super) fn read(reader: &mut Reader<'_>) -> Self {
        Self {
            kept: Kept {
                migrations: reader.duration_or_never("retention.migrations", MIGRATIONS),
                pins: reader.duration_or_never("retention.pins", PINS),
            },
            interval: reader.timeout("retention.interval", INTERVAL),
        }
    }
}
