//! The difference between the system clock and another clock.
//!
//! A difference is as old as its measurement. In between, the time since boot shows how far the
//! system clock was set since then, so that a jump is noticed at once.

use jiff::{SignedDuration, Timestamp};
use parking_lot::Mutex;

use super::clock::{Clock, since_boot};

/// How far the system clock is ahead of another clock.
#[derive(Debug)]
pub struct ClockSkew {
    clock: Clock,
    measured: Mutex<Option<Measurement>>,
}

#[derive(Debug, Clone, Copy)]
struct Measurement {
    ahead: SignedDuration,
    /// The system time minus the time since boot, at that moment.
    offset: SignedDuration,
}

impl ClockSkew {
    /// Nothing is measured yet.
    #[must_use]
    pub fn unknown(clock: Clock) -> Self {
        Self {
            clock,
            measured: Mutex::default(),
        }
    }

    /// The other clock showed `theirs` when the system clock showed `ours`, a moment ago.
    pub fn measure(&self, ours: Timestamp, theirs: Timestamp) {
        let measurement = Measurement {
            ahead: ours.duration_since(theirs),
            offset: offset(self.clock.system()),
        };
        *self.measured.lock() = Some(measurement);
    }

    /// How far the system clock is ahead of the other clock: as measured last, and how far it was
    /// set since then. Negative: behind. `None`: not measured yet.
    #[must_use]
    pub fn ahead(&self) -> Option<SignedDuration> {
        let measured = *self.measured.lock();
        let Measurement { ahead, offset: was } = measured?;
        let jump = offset(self.clock.system()).saturating_sub(was);
        Some(ahead.saturating_add(jump))
    }
}

/// The system time minus the time since boot: it changes only when the system clock is set.
fn offset(system: Timestamp) -> SignedDuration {
    let booted = SignedDuration::try_from(since_boot()).unwrap_or(SignedDuration::MAX);
    system
        .duration_since(Timestamp::UNIX_EPOCH)
        .saturating_sub(booted)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(skew: &ClockSkew) -> Option<i64> {
        // Rounded, since the clock goes on between two lines.
        let half = SignedDuration::from_millis(500);
        let rounded = (skew.ahead()? + half).as_millis().div_euclid(1000);
        i64::try_from(rounded).ok()
    }

    #[test]
    fn a_jump_counts_until_the_skew_is_measured_again() {
        let clock = Clock::default();
        let skew = ClockSkew::unknown(clock.clone());
        assert_eq!(seconds(&skew), None);
        let right = clock.system();
        skew.measure(right + SignedDuration::from_secs(7), right);
        assert_eq!(seconds(&skew), Some(7));
        clock.set_error(SignedDuration::from_secs(100));
        assert_eq!(seconds(&skew), Some(107));
        skew.measure(clock.system(), right);
        assert_eq!(seconds(&skew), Some(100));
        clock.set_error(SignedDuration::ZERO);
        assert_eq!(seconds(&skew), Some(0), "it was set right");
    }

    #[test]
    fn time_that_a_test_passes_is_no_skew() {
        let clock = Clock::default();
        let skew = ClockSkew::unknown(clock.clone());
        skew.measure(clock.system(), clock.system());
        clock.advance(SignedDuration::from_hours(72));
        clock.pause(SignedDuration::from_hours(1));
        assert_eq!(seconds(&skew), Some(0));
    }
}
