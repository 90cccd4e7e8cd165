//! Limits, delays and deadlines of migrations. Pure, and the same for every migration.

use jiff::{SignedDuration, Timestamp};

use super::MigrationId;
use super::budget::{Limit, later};

/// Limits, delays and deadlines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// Limit of register calls for one number. Meta blocks the number at 10 in 72 h.
    pub register: Limit,
    /// Limit of code requests for one number. Meta publishes no figure.
    pub code_requests: Limit,
    /// Limit of code submissions for one number. Meta locks the number for about 12 h and publishes
    /// no figure.
    pub code_checks: Limit,
    /// Validity of a code at Meta.
    pub code_validity: SignedDuration,
    /// Maximum delay of the first retry.
    pub retry_base: SignedDuration,
    /// Maximum delay of any retry.
    pub retry_cap: SignedDuration,
    /// Maximum retries of a step before an actor must act.
    pub retries: u32,
    /// Maximum retries of REGISTER before an actor must act. Each costs one of Meta's ten calls.
    pub register_retries: u32,
    /// Time to poll for the effect of a register call whose outcome is unknown.
    pub register_settles: SignedDuration,
    /// First pause between two reads of CONFIRM; it doubles up to the cap.
    pub confirm_base: SignedDuration,
    /// Maximum pause between two reads of CONFIRM. A new WABA allows 200 reads an hour.
    pub confirm_cap: SignedDuration,
    /// Time that CONFIRM polls before an actor must act.
    pub confirm_for: SignedDuration,
    /// Pause at a limit of Meta that names no time.
    pub limit_pause: SignedDuration,
    /// First pause after Meta refused to send a code and named no time. It grows fourfold up to the
    /// cap.
    pub code_refused_base: SignedDuration,
    /// Maximum of these pauses.
    pub code_refused_cap: SignedDuration,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            register: Limit {
                calls: 8,
                window: SignedDuration::from_hours(72),
                cooldown: SignedDuration::ZERO,
            },
            code_requests: Limit {
                calls: 5,
                window: SignedDuration::from_hours(24),
                cooldown: SignedDuration::from_secs(60),
            },
            code_checks: Limit {
                calls: 5,
                window: SignedDuration::from_hours(12),
                cooldown: SignedDuration::ZERO,
            },
            code_validity: SignedDuration::from_mins(10),
            retry_base: SignedDuration::from_secs(1),
            retry_cap: SignedDuration::from_mins(5),
            retries: 8,
            register_retries: 3,
            register_settles: SignedDuration::from_secs(60),
            confirm_base: SignedDuration::from_secs(2),
            confirm_cap: SignedDuration::from_secs(30),
            confirm_for: SignedDuration::from_hours(1),
            limit_pause: SignedDuration::from_mins(15),
            code_refused_base: SignedDuration::from_hours(6),
            code_refused_cap: SignedDuration::from_hours(24),
        }
    }
}

impl Policy {
    /// Time of the retry after `retry` (from 0) earlier ones: exponential backoff with jitter,
    /// capped.
    ///
    /// The jitter is derived from the migration's id, so that the decision is pure and migrations
    /// that failed together are not retried together.
    #[must_use]
    pub fn retry_at(&self, id: MigrationId, retry: u32, now: Timestamp) -> Timestamp {
        let ceiling = doubled(self.retry_base, retry, self.retry_cap);
        // Not at once: Meta may still be processing the lost call.
        let floor = ceiling / 4;
        let share = jitter(id, retry);
        let spread =
            SignedDuration::from_millis(scale(ceiling.saturating_sub(floor).as_millis(), share));
        later(now, floor.saturating_add(spread))
    }

    /// End of a pause that many migrations share, spread over a quarter of it so that they do not
    /// continue together.
    #[must_use]
    pub fn after_shared_pause(
        &self,
        id: MigrationId,
        pause: SignedDuration,
        now: Timestamp,
    ) -> Timestamp {
        let spread = (pause / 4).min(MAX_SPREAD);
        let share = scale(spread.as_millis(), jitter(id, 0));
        later(
            now,
            pause.saturating_add(SignedDuration::from_millis(share)),
        )
    }

    /// Pause of code requests after `refusals` (from 1) in a row that named no time.
    #[must_use]
    pub fn code_refused_pause(&self, refusals: u32) -> SignedDuration {
        let doublings = refusals.saturating_sub(1).saturating_mul(2);
        doubled(self.code_refused_base, doublings, self.code_refused_cap)
    }

    /// Time of the next poll for the effect of a call made at `since`; the pauses double up to the
    /// cap.
    #[must_use]
    pub fn next_poll_at(&self, since: Timestamp, now: Timestamp) -> Timestamp {
        later(
            now,
            now.duration_since(since)
                .max(self.confirm_base)
                .min(self.confirm_cap),
        )
    }
}

/// Maximum spread, so that the last migrations do not wait too long.
const MAX_SPREAD: SignedDuration = SignedDuration::from_mins(10);

/// `base` doubled `times` times, at most `cap`.
fn doubled(base: SignedDuration, times: u32, cap: SignedDuration) -> SignedDuration {
    let factor = 1_i32.checked_shl(times.min(30)).unwrap_or(i32::MAX);
    base.saturating_mul(factor).min(cap)
}

/// `millis` × `share` ÷ 2³².
fn scale(millis: i128, share: u32) -> i64 {
    i64::try_from(millis.saturating_mul(i128::from(share)) >> 32).unwrap_or(i64::MAX)
}

/// A hash of the id and the retry (the finaliser of `SplitMix64`).
fn jitter(id: MigrationId, retry: u32) -> u32 {
    let (high, low) = id.uuid().as_u64_pair();
    let mut x = (high ^ low).wrapping_add(u64::from(retry).wrapping_mul(0x9e37_79b9_7f4a_7c15));
    x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    u32::try_from((x ^ (x >> 31)) >> 32).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retries_are_delayed_and_capped() {
        let policy = Policy::default();
        for id in 0..500_u128 {
            let id = MigrationId::from_uuid(uuid::Uuid::from_u128(
                id.wrapping_mul(0x1234_5678_9abc_def1),
            ));
            for retry in 0..40 {
                let delay = policy
                    .retry_at(id, retry, Timestamp::UNIX_EPOCH)
                    .duration_since(Timestamp::UNIX_EPOCH);
                assert!(
                    delay >= policy.retry_base / 4 && delay <= policy.retry_cap,
                    "{delay:?}"
                );
            }
            let first = policy
                .retry_at(id, 0, Timestamp::UNIX_EPOCH)
                .duration_since(Timestamp::UNIX_EPOCH);
            assert!(first <= policy.retry_base);
        }
    }

    #[test]
    fn poll_pauses_double_up_to_the_cap() {
        let policy = Policy::default();
        let mut now = Timestamp::UNIX_EPOCH;
        let pauses = [(); 6].map(|()| {
            let next = policy.next_poll_at(Timestamp::UNIX_EPOCH, now);
            let pause = next.duration_since(now).as_secs();
            now = next;
            pause
        });
        assert_eq!(pauses, [2, 2, 4, 8, 16, 30]);
    }
}
