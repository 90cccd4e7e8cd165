//! Exponential backoff with full jitter, capped.

use std::time::Duration;

use super::random;

/// The pauses between the attempts of one operation: each is random, from nothing to a ceiling that
/// doubles from `first` to `cap`, so that processes that failed together do not retry together.
#[derive(Debug, Clone, Copy)]
pub struct Backoff {
    first: Duration,
    cap: Duration,
    retries: u32,
}

impl Backoff {
    /// The first pause is at most `first`, every pause at most `cap`.
    #[must_use]
    pub const fn new(first: Duration, cap: Duration) -> Self {
        Self {
            first,
            cap,
            retries: 0,
        }
    }

    /// Sleeps for the next pause.
    pub async fn wait(&mut self) {
        let chance = u64::from_ne_bytes(*random::bytes().unwrap_or_default());
        let pause = pause(self.first, self.cap, self.retries, chance);
        self.retries = self.retries.saturating_add(1);
        tokio::time::sleep(pause).await;
    }

    /// The number of pauses since the last reset.
    #[must_use]
    pub const fn retries(&self) -> u32 {
        self.retries
    }

    /// Starts again with the first pause: the operation succeeded.
    pub const fn reset(&mut self) {
        self.retries = 0;
    }
}

/// The pause before retry number `retry`, counted from 0. `random` is uniform over all of `u64`.
fn pause(first: Duration, cap: Duration, retry: u32, random: u64) -> Duration {
    let ceiling = first.saturating_mul(2_u32.saturating_pow(retry)).min(cap);
    let nanos = ceiling.as_nanos().saturating_mul(u128::from(random)) >> 64;
    Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIRST: Duration = Duration::from_millis(100);
    const CAP: Duration = Duration::from_secs(1);

    #[test]
    fn the_ceiling_doubles_up_to_the_cap() {
        let ceilings = [0, 1, 2, 3, 4, 31, 32, u32::MAX]
            .map(|retry| pause(FIRST, CAP, retry, u64::MAX).as_millis() + 1);
        assert_eq!(ceilings, [100, 200, 400, 800, 1000, 1000, 1000, 1000]);
    }

    #[test]
    fn the_pause_is_spread_evenly_from_nothing_to_the_ceiling() {
        let pauses = [0, u64::MAX / 4 + 1, u64::MAX / 2 + 1]
            .map(|random| pause(FIRST, CAP, 1, random).as_millis());
        assert_eq!(pauses, [0, 50, 100]);
    }
}
