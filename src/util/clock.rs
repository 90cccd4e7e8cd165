//! The one place that reads the system's clock and draws random ids.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

/// Tells the time. Tests use one that they move themselves.
#[derive(Debug, Clone, Default)]
pub struct Clock {
    /// Milliseconds added to the system's time.
    shift: Arc<AtomicI64>,
}

impl Clock {
    /// The present moment, to the millisecond: what the stores keep.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "this is the clock's one home")]
    pub fn now(&self) -> Timestamp {
        let shifted = Timestamp::now()
            .as_millisecond()
            .saturating_add(self.shift.load(Ordering::Relaxed));
        Timestamp::from_millisecond(shifted).unwrap_or(Timestamp::MAX)
    }

    /// Moves this clock, and every copy of it, forward.
    pub fn advance(&self, by: SignedDuration) {
        self.shift.fetch_add(
            i64::try_from(by.as_millis()).unwrap_or(i64::MAX),
            Ordering::Relaxed,
        );
    }
}

/// Measures how long something takes, whatever happens to the clock meanwhile.
#[derive(Debug, Clone, Copy)]
pub struct Stopwatch(Instant);

impl Stopwatch {
    /// Starts now.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "this is the clock's one home")]
    pub fn start() -> Self {
        Self(Instant::now())
    }

    /// How long it has run.
    #[must_use]
    pub fn elapsed(&self) -> Duration {
        self.0.elapsed()
    }
}

/// A new id that sorts by the time of its making.
#[must_use]
#[expect(
    clippy::disallowed_methods,
    reason = "this is the random ids' one home"
)]
pub fn new_id() -> Uuid {
    Uuid::now_v7()
}

/// 8 bytes from the system's random source.
#[must_use]
#[expect(
    clippy::disallowed_methods,
    reason = "this is the random ids' one home"
)]
pub fn random_bytes() -> [u8; 8] {
    // A v4 UUID has 122 random bits; its last 7 bytes and the low nibble of the first are all random.
    let bytes = Uuid::new_v4().into_bytes();
    let mut random = [0; 8];
    for (to, (one, other)) in random
        .iter_mut()
        .zip(bytes.iter().zip(bytes.iter().skip(8)))
    {
        *to = one ^ other;
    }
    random
}
