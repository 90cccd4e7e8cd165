//! `[limits]`: how much a tenant may ask for.

use std::num::NonZeroU32;

use super::Reader;
use crate::auth::Rate;

impl Rate {
    pub(super) fn read(reader: &mut Reader<'_>) -> Self {
        let range = NonZeroU32::MIN..=NonZeroU32::MAX;
        Self {
            per_second: reader.number("limits.requests_per_second", range.clone()),
            burst: reader.number("limits.burst", range),
        }
    }
}
