//! Limits how often a warning is repeated; suppressed lines are counted.

use std::collections::HashMap;
use std::time::Duration;

use parking_lot::Mutex;
use tracing::callsite::Identifier;
use tracing::{Level, Metadata};

use crate::util::rate_limit::RateLimit;

/// Lines of one warning within [`WINDOW`].
const LINES: u32 = 100;
const WINDOW: Duration = Duration::from_secs(10);

/// The field with the number of suppressed lines. An event that has it limits itself.
pub(super) const SUPPRESSED: &str = "suppressed";

/// The lines of each warning.
#[derive(Debug, Default)]
pub(super) struct RateLimits {
    warnings: Mutex<HashMap<Identifier, RateLimit>>,
}

impl RateLimits {
    /// The number of lines that were suppressed before this one; `None` if it is suppressed, too.
    pub(super) fn admit(&self, metadata: &Metadata<'_>) -> Option<u64> {
        let limits_itself = metadata.fields().field(SUPPRESSED).is_some();
        if *metadata.level() > Level::WARN || limits_itself {
            return Some(0);
        }
        let mut warnings = self.warnings.lock();
        let limit = warnings
            .entry(metadata.callsite())
            .or_insert_with(|| RateLimit::new(LINES, WINDOW));
        limit.admit()
    }
}
