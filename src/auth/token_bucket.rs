//! A bucket of tokens: one is taken for each thing that is done, and they come back over time. Pure.

use std::num::NonZeroU32;
use std::time::Duration;

use jiff::Timestamp;

use domain::tenancy::RateLimits;

/// How often something may be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// Within a second, on the average.
    pub per_second: NonZeroU32,
    /// At once, after a rest.
    pub burst: NonZeroU32,
}

/// A bucket of tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TokenBucket {
    /// What is left in it, in thousandths of a token: what comes back in a millisecond is then a whole number.
    left: u64,
    at: Timestamp,
}

const TOKEN: u64 = 1000;

impl Rate {
    /// The same, but for what a tenant has of its own.
    #[must_use]
    pub fn with(self, own: RateLimits) -> Self {
        Self {
            per_second: own.requests_per_second.unwrap_or(self.per_second),
            burst: own.burst.unwrap_or(self.burst),
        }
    }

    fn most(self) -> u64 {
        u64::from(self.burst.get()).saturating_mul(TOKEN)
    }
}

impl TokenBucket {
    /// A full one.
    #[must_use]
    pub fn full(rate: Rate, now: Timestamp) -> Self {
        let left = rate.most();
        Self { left, at: now }
    }

    /// Takes a token; or says when there will be one.
    pub fn take(&mut self, rate: Rate, now: Timestamp) -> Result<(), Duration> {
        self.left = self.left_at(rate, now);
        // A clock that was set back must not keep the bucket empty until it has caught up.
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

    /// Whether it is as good as a new one.
    #[must_use]
    pub fn is_full(&self, rate: Rate, now: Timestamp) -> bool {
        self.left_at(rate, now) == rate.most()
    }

    fn left_at(&self, rate: Rate, now: Timestamp) -> u64 {
        let rest = now.duration_since(self.at).as_millis();
        let rest = u64::try_from(rest).unwrap_or(0);
        let back = rest.saturating_mul(rate.per_second.get().into());
        self.left.saturating_add(back).min(rate.most())
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
    fn tokens_come_back_as_fast_as_the_rate_says() {
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
    fn many_thousands_a_second_are_counted_too() {
        let rate = rate(50_000, 1);
        let mut bucket = TokenBucket::full(rate, at(0));
        assert_eq!(bucket.take(rate, at(0)), Ok(()));
        assert_eq!(bucket.take(rate, at(0)), Err(Duration::from_millis(1)));
        assert_eq!(bucket.take(rate, at(1)), Ok(()));
    }

    #[test]
    fn a_clock_that_was_set_back_and_a_rate_that_changed_do_no_harm() {
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
