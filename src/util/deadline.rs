//! Deadlines that are measured by the machine's time since its boot.
//!
//! The clock goes on while the machine sleeps or the process is stopped, and is never set. Timers
//! of the runtime stand still during a sleep, so the clock is read again at least every second.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

use super::clock::Clock;

/// Longest wait without reading the clock.
const TICK: Duration = Duration::from_secs(1);

/// A deadline that can be extended until it has passed. Cheap to clone; clones share it.
#[derive(Debug, Clone)]
pub struct Deadline {
    clock: Clock,
    /// The time since boot; `None`: it was ended.
    until: Arc<watch::Sender<Option<Duration>>>,
}

/// The deadline has passed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the deadline has passed")]
pub struct Passed;

impl Deadline {
    /// The deadline at this time since boot.
    #[must_use]
    pub fn at(until: Duration, clock: Clock) -> Self {
        Self {
            clock,
            until: Arc::new(watch::Sender::new(Some(until))),
        }
    }

    /// A deadline that never passes by itself.
    #[must_use]
    pub fn never() -> Self {
        Self::at(Duration::MAX, Clock::default())
    }

    /// The time that is left; zero once it has passed.
    #[must_use]
    pub fn left(&self) -> Duration {
        let until = *self.until.borrow();
        until
            .unwrap_or_default()
            .saturating_sub(self.clock.since_boot())
    }

    /// Whether it has passed. Then it has for ever.
    #[must_use]
    pub fn has_passed(&self) -> bool {
        self.left().is_zero()
    }

    /// Moves it to a later time since boot, unless it has passed.
    pub fn extend(&self, until: Duration) {
        self.until.send_if_modified(|at| {
            // Read under the lock, so that it has not been seen to pass.
            let now = self.clock.since_boot();
            let is_later = at.is_some_and(|at| at > now && until > at);
            if is_later {
                *at = Some(until);
            }
            is_later
        });
    }

    /// Lets it pass now.
    pub fn end(&self) {
        self.until.send_if_modified(|at| at.take().is_some());
    }

    /// Completes when it has passed.
    pub async fn passed(&self) {
        let mut changes = self.until.subscribe();
        loop {
            let left = self.left();
            if left.is_zero() {
                return;
            }
            tokio::select! {
                () = tokio::time::sleep(left.min(TICK)) => {}
                _ = changes.changed() => {}
            }
        }
    }

    /// Waits until at least `time` is left: until it is extended, or has passed.
    pub async fn leaves(&self, time: Duration) -> Result<(), Passed> {
        let mut changes = self.until.subscribe();
        loop {
            let left = self.left();
            if left.is_zero() {
                return Err(Passed);
            }
            if left >= time {
                return Ok(());
            }
            tokio::select! {
                () = tokio::time::sleep(left.min(TICK)) => {}
                _ = changes.changed() => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use futures_util::poll;
    use jiff::SignedDuration;
    use std::pin::pin;

    use super::*;

    const ROOM: Duration = Duration::from_secs(5);

    fn in_seconds(seconds: u64, clock: &Clock) -> Deadline {
        let until = clock.since_boot() + Duration::from_secs(seconds);
        Deadline::at(until, clock.clone())
    }

    #[tokio::test]
    async fn a_deadline_that_has_passed_is_never_extended() {
        let clock = Clock::default();
        let deadline = in_seconds(25, &clock);
        deadline.extend(clock.since_boot() + Duration::from_mins(1));
        clock.pause(SignedDuration::from_secs(30));
        assert!(!deadline.has_passed(), "it was extended in time");
        clock.pause(SignedDuration::from_secs(30));
        assert!(deadline.has_passed());
        deadline.extend(clock.since_boot() + Duration::from_mins(1));
        assert!(deadline.has_passed());
        let ended = in_seconds(25, &clock);
        ended.end();
        ended.extend(clock.since_boot() + Duration::from_mins(1));
        assert!(ended.has_passed());
    }

    #[tokio::test]
    async fn an_extension_is_never_to_an_earlier_time() {
        let clock = Clock::default();
        let deadline = in_seconds(25, &clock);
        deadline.extend(clock.since_boot() + Duration::from_secs(1));
        assert!(deadline.left() > Duration::from_secs(20));
    }

    #[tokio::test]
    async fn a_deadline_passes_within_a_second_of_a_pause() {
        let clock = Clock::default();
        let deadline = in_seconds(3_600, &clock);
        let mut passed = pin!(deadline.passed());
        assert!(poll!(&mut passed).is_pending());
        // No timer was set for a time so near.
        clock.pause(SignedDuration::from_hours(2));
        let within = tokio::time::timeout(TICK * 3, passed);
        within.await.unwrap();
    }

    #[tokio::test]
    async fn who_needs_more_time_waits_for_an_extension_or_the_end() {
        let clock = Clock::default();
        let (extended, ended) = (in_seconds(4, &clock), in_seconds(4, &clock));
        assert_eq!(extended.leaves(Duration::from_secs(2)).await, Ok(()));
        let mut first = pin!(extended.leaves(ROOM));
        let mut second = pin!(ended.leaves(ROOM));
        assert!(poll!(&mut first).is_pending() && poll!(&mut second).is_pending());
        extended.extend(clock.since_boot() + Duration::from_secs(25));
        ended.end();
        assert_eq!(first.await, Ok(()));
        assert_eq!(second.await, Err(Passed));
    }

    #[tokio::test]
    async fn never_is_always_far_away() {
        assert_eq!(Deadline::never().leaves(ROOM).await, Ok(()));
    }
}
