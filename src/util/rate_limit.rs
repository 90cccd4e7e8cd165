//! A rate limit that counts what it suppresses.

use std::time::Duration;

use super::clock::Stopwatch;

/// Admits a number of events within a window of time, and counts the others.
#[derive(Debug)]
pub struct RateLimit {
    limit: u32,
    window: Duration,
    since: Stopwatch,
    admitted: u32,
    suppressed: u64,
}

impl RateLimit {
    /// Admits at most `limit` events within `window`.
    #[must_use]
    pub fn new(limit: u32, window: Duration) -> Self {
        Self {
            limit,
            window,
            since: Stopwatch::start(),
            admitted: 0,
            suppressed: 0,
        }
    }

    /// The number of events that were suppressed since the last admitted one; `None` if this event
    /// is suppressed, too.
    pub fn admit(&mut self) -> Option<u64> {
        self.admit_after(self.since.elapsed())
    }

    /// `elapsed`: since the window began.
    fn admit_after(&mut self, elapsed: Duration) -> Option<u64> {
        if elapsed >= self.window {
            self.since = Stopwatch::start();
            self.admitted = 0;
        }
        if self.admitted >= self.limit {
            self.suppressed = self.suppressed.saturating_add(1);
            return None;
        }
        self.admitted = self.admitted.saturating_add(1);
        Some(std::mem::take(&mut self.suppressed))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_beyond_the_limit_are_counted() {
        let window = Duration::from_secs(10);
        let mut limit = RateLimit::new(100, window);
        for _ in 0..100 {
            assert_eq!(limit.admit_after(Duration::ZERO), Some(0));
        }
        for _ in 0..7 {
            assert_eq!(limit.admit_after(Duration::ZERO), None);
        }
        assert_eq!(limit.admit_after(window), Some(7));
        assert_eq!(limit.admit_after(Duration::ZERO), Some(0));
    }
}
