//! The clock and random ids. No other module reads the system clock.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

/// A clock that tests move by hand. Cheap to clone; clones share state.
#[derive(Debug, Clone, Default)]
pub struct Clock {
    /// Milliseconds added to the system time.
    shift: Arc<AtomicI64>,
}

impl Clock {
    /// The present time in whole milliseconds, which is what the stores keep.
    #[must_use]
    #[expect(
        clippy::disallowed_methods,
        reason = "only this module reads the clock"
    )]
    pub fn now(&self) -> Timestamp {
        let shifted = Timestamp::now()
            .as_millisecond()
            .saturating_add(self.shift.load(Ordering::Relaxed));
        Timestamp::from_millisecond(shifted).unwrap_or(Timestamp::MAX)
    }

    /// Moves this clock and its clones forward.
    pub fn advance(&self, by: SignedDuration) {
        self.shift.fetch_add(
            i64::try_from(by.as_millis()).unwrap_or(i64::MAX),
            Ordering::Relaxed,
        );
    }
}

/// Measures elapsed time, independently of changes of the clock.
#[derive(Debug, Clone, Copy)]
pub struct Stopwatch(Instant);

impl Stopwatch {
    /// Starts now.
    #[must_use]
    #[expect(
        clippy::disallowed_methods,
        reason = "only this module reads the clock"
    )]
    pub fn start() -> Self {
        Self(Instant::now())
    }

    /// The time since the start.
    #[must_use]
    pub fn elapsed(&self) -> Duration {
        self.0.elapsed()
    }
}

/// A new id; ids sort by creation time.
#[must_use]
#[expect(
    clippy::disallowed_methods,
    reason = "only this module makes random ids"
)]
pub fn new_id() -> Uuid {
    Uuid::now_v7()
}
