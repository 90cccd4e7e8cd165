//! `[limits]`: how much a tenant may ask for.

use std::num::NonZeroU32;

use super::Reader;
use crate::auth::{Allowance, InFlightLimits, Rate};

impl Allowance {
    pub(super) fn read(reader: &mut Reader<'_>) -> Self {
        let mut number = |key| reader.number(key, NonZeroU32::MIN..=NonZeroU32::MAX);
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
