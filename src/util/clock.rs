//! The clock and random ids. No other module reads the system clock.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

/// The clocks of a process, which tests move by hand. Cheap to clone; clones share state.
#[derive(Debug, Clone, Default)]
pub struct Clock {
    /// Milliseconds that a test has passed.
    shift: Arc<AtomicI64>,
    /// Milliseconds by which a test makes the system clock wrong.
    error: Arc<AtomicI64>,
    /// Milliseconds for which a test has paused the process.
    paused: Arc<AtomicI64>,
}

impl Clock {
    /// The present time in whole milliseconds, which is what the stores keep.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        let system = self.system().as_millisecond();
        let shifted = system.saturating_add(self.shift.load(Ordering::Relaxed));
        Timestamp::from_millisecond(shifted).unwrap_or(Timestamp::MAX)
    }

    /// What the system clock shows, to be compared with other clocks: without the time that a test
    /// has passed.
    #[must_use]
    #[expect(
        clippy::disallowed_methods,
        reason = "only this module reads the clock"
    )]
    pub fn system(&self) -> Timestamp {
        let system = Timestamp::now().as_millisecond();
        let shown = system.saturating_add(self.error.load(Ordering::Relaxed));
        Timestamp::from_millisecond(shown).unwrap_or(Timestamp::MAX)
    }

    /// [`since_boot`], with the time for which a test has paused the process.
    #[must_use]
    pub fn since_boot(&self) -> Duration {
        let paused = self.paused.load(Ordering::Relaxed);
        let paused = Duration::from_millis(u64::try_from(paused).unwrap_or_default());
        since_boot().saturating_add(paused)
    }

    /// Moves this clock and its clones forward.
    pub fn advance(&self, by: SignedDuration) {
        self.shift.fetch_add(millis(by), Ordering::Relaxed);
    }

    /// Makes the system clock wrong by this much, for the process alone.
    pub fn set_error(&self, error: SignedDuration) {
        self.error.store(millis(error), Ordering::Relaxed);
    }

    /// Moves time forward as if the process had been stopped meanwhile, or the machine had slept:
    /// no timer has fired.
    pub fn pause(&self, time: SignedDuration) {
        self.advance(time);
        self.paused.fetch_add(millis(time), Ordering::Relaxed);
    }
}

fn millis(duration: SignedDuration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
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

/// The time since the machine's boot, including the time that it was suspended. Unlike the system
/// clock it is never set, and unlike [`Stopwatch`] it goes on while the machine sleeps.
#[must_use]
pub fn since_boot() -> Duration {
    let now = rustix::time::clock_gettime(rustix::time::ClockId::Boottime);
    Duration::try_from(now).unwrap_or_default()
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
