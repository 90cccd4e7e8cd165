//! A token bucket. Pure: `now` is an argument.

use std::num::NonZeroU32;
use std::time::Duration;

use jiff::Timestamp;

use domain::tenancy::RateLimits;

/// A rate limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// Sustained rate, per second.
    pub per_second: NonZeroU32,
    /// Maximum burst, which is the bucket's capacity.
    pub burst: NonZeroU32,
}

/// A token bucket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TokenBucket {
    /// Tokens left, in thousandths: the refill of a millisecond is then an integer.
    left: u64,
    at: Timestamp,
}

const TOKEN: u64 = 1000;

impl Rate {
    /// This rate, with the tenant's own limits where they are set.
    #[must_use]
    pub fn with(self, own: RateLimits) -> Self {
        Self {
            per_second: own.requests_per_second.unwrap_or(self.per_second),
            burst: own.burst.unwrap_or(self.burst),
        }
    }

    fn capacity(self) -> u64 {
        u64::from(self.burst.get()).saturating_mul(TOKEN)
    }
}

impl TokenBucket {
    /// A full bucket.
    #[must_use]
    pub fn full(rate: Rate, now: Timestamp) -> Self {
        let left = rate.capacity();
        Self { left, at: now }
    }

    /// Takes a token, or returns the time until there is one.
    pub fn take(&mut self, rate: Rate, now: Timestamp) -> Result<(), Duration> {
        self.left = self.left_at(rate, now);
        // After the clock was set back, the bucket must not stay empty until it has caught up.
        self.at = now;
        let per_second = u64::from(rate.per_second.get());
        match self.left.checked_sub(TOKEN) {
            Some(left) => {
                self.left = left;
                Ok(())
            }
            None => Err(Duration::from_millis(
                TOKEN.saturating_sub(self.left).div_ceil(per_second),
            )),
        }
    }

    /// Whether the bucket is full, like a new one.
    #[must_use]
    pub fn is_full(&self, rate: Rate, now: Timestamp) -> bool {
        self.left_at(rate, now) == rate.capacity()
    }

    fn left_at(&self, rate: Rate, now: Timestamp) -> u64 {
        let elapsed = now.duration_since(self.at).as_millis();
        let elapsed = u64::try_from(elapsed).unwrap_or(0);
        let refill = elapsed.saturating_mul(rate.per_second.get().into());
        self.left.saturating_add(refill).min(rate.capacity())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rate(per_second: u32, burst: u32) -> Rate {
        Rate {
            per_second: per_second.try_into().unwrap(),
            burst: burst.try_into().unwrap(),
        }
    }

    fn at(millisecond: i64) -> Timestamp {
        Timestamp::from_millisecond(1_790_000_000_000 + millisecond).unwrap()
    }

    #[test]
    fn tokens_are_refilled_at_the_rate() {
        let (rate, wait) = (rate(4, 2), |millis| Err(Duration::from_millis(millis)));
        let mut bucket = TokenBucket::full(rate, at(0));
        for (millisecond, taken) in [
            (0, Ok(())),
            (0, Ok(())),
            (0, wait(250)),
            (100, wait(150)),
            (250, Ok(())),
            (251, wait(249)),
            (60_000, Ok(())),
            (60_000, Ok(())),
            (60_000, wait(250)),
        ] {
            assert_eq!(bucket.take(rate, at(millisecond)), taken, "{millisecond}");
        }
        assert!(!bucket.is_full(rate, at(60_499)) && bucket.is_full(rate, at(60_500)));
    }

    #[test]
    fn a_rate_of_many_thousands_a_second_is_exact() {
        let rate = rate(50_000, 1);
        let mut bucket = TokenBucket::full(rate, at(0));
        assert_eq!(bucket.take(rate, at(0)), Ok(()));
        assert_eq!(bucket.take(rate, at(0)), Err(Duration::from_millis(1)));
        assert_eq!(bucket.take(rate, at(1)), Ok(()));
    }

    #[test]
    fn a_bucket_recovers_from_a_clock_set_back_and_from_a_changed_rate() {
        let mut bucket = TokenBucket::full(rate(1, 1), at(3_600_000));
        assert_eq!(bucket.take(rate(1, 1), at(3_600_000)), Ok(()));
        assert!(bucket.take(rate(1, 1), at(0)).is_err());
        assert_eq!(bucket.take(rate(1, 1), at(1000)), Ok(()));
        let mut large = TokenBucket::full(rate(1, u32::MAX), at(0));
        assert_eq!(
            large.take(rate(u32::MAX, 2), at(i64::from(u32::MAX))),
            Ok(())
        );
        assert_eq!(large.take(rate(1, 2), at(i64::from(u32::MAX))), Ok(()));
        assert!(large.take(rate(1, 2), at(i64::from(u32::MAX))).is_err());
    }
}
