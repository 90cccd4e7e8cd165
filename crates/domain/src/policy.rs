//! The numbers that the machine decides by: limits, delays and deadlines. Pure, and the same for every migration.

use jiff::{SignedDuration, Timestamp};

use super::MigrationId;
use super::budget::{Limit, later};

/// Limits, delays and deadlines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// Register calls of one number. Meta blocks the number at 10 in 72 h.
    pub register: Limit,
    /// Code requests for one number. Meta publishes no figure.
    pub code_requests: Limit,
    /// Codes handed in for one number. Meta locks for about 12 h and publishes no figure.
    pub code_checks: Limit,
    /// How long a code stays valid at Meta.
    pub code_validity: SignedDuration,
    /// The first retry comes within this time.
    pub retry_base: SignedDuration,
    /// No retry comes later than this.
    pub retry_cap: SignedDuration,
    /// So often a step is tried again before someone is asked.
    pub retries: u32,
    /// So often REGISTER is tried again before someone is asked: each try costs one of Meta's ten.
    pub register_retries: u32,
    /// How long to keep looking for the effect of a register call whose outcome is unknown.
    pub register_settles: SignedDuration,
    /// The first pause between two readings of CONFIRM; it doubles up to the cap.
    pub confirm_base: SignedDuration,
    /// The longest pause between two readings of CONFIRM. A new WABA allows 200 readings an hour.
    pub confirm_cap: SignedDuration,
    /// How long CONFIRM keeps reading before someone is asked.
    pub confirm_for: SignedDuration,
    /// How long to wait at a limit of Meta's when Meta does not say.
    pub limit_pause: SignedDuration,
    /// How long no code is asked for after Meta refused to send one, when Meta does not say. It grows fourfold up to the cap.
    pub code_refused_base: SignedDuration,
    /// The longest of these pauses.
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
    /// When to try again after `retry` (from 0) failures in a row: exponential with full jitter, capped.
    ///
    /// The jitter is drawn from the migration's id, so that the decision is pure and a thousand migrations that failed
    /// together do not come back together.
    #[must_use]
    pub fn retry_at(&self, id: MigrationId, retry: u32, now: Timestamp) -> Timestamp {
        let ceiling = doubled(self.retry_base, retry, self.retry_cap);
        // Never at once: Meta may still be working on the call that was lost.
        let floor = ceiling / 4;
        let share = jitter(id, retry);
        let spread =
            SignedDuration::from_millis(scale(ceiling.saturating_sub(floor).as_millis(), share));
        later(now, floor.saturating_add(spread))
    }

    /// When to go on after a pause that many migrations make together: spread over a quarter of it, so that they do not come
    /// back together.
    #[must_use]
    pub fn after_shared_pause(
        &self,
        id: MigrationId,
        pause: SignedDuration,
        now: Timestamp,
    ) -> Timestamp {
        let spread = (pause / 4).min(LONGEST_SPREAD);
        let share = scale(spread.as_millis(), jitter(id, 0));
        later(
            now,
            pause.saturating_add(SignedDuration::from_millis(share)),
        )
    }

    /// How long no code is asked for after `refusals` (from 1) in a row that named no time.
    #[must_use]
    pub fn code_refused_pause(&self, refusals: u32) -> SignedDuration {
        let doublings = refusals.saturating_sub(1).saturating_mul(2);
        doubled(self.code_refused_base, doublings, self.code_refused_cap)
    }

    /// When to look again for the effect of a call that was made at `since`: the pauses double up to the cap.
    #[must_use]
    pub fn look_again_at(&self, since: Timestamp, now: Timestamp) -> Timestamp {
        later(
            now,
            now.duration_since(since)
                .max(self.confirm_base)
                .min(self.confirm_cap),
        )
    }
}

/// A longer spread would keep those waiting that come last.
const LONGEST_SPREAD: SignedDuration = SignedDuration::from_mins(10);

/// `base` doubled `times` times, at most `cap`.
fn doubled(base: SignedDuration, times: u32, cap: SignedDuration) -> SignedDuration {
    let factor = 1_i32.checked_shl(times.min(30)).unwrap_or(i32::MAX);
    base.saturating_mul(factor).min(cap)
}

/// `millis` × `share` ÷ 2³².
fn scale(millis: i128, share: u32) -> i64 {
    i64::try_from(millis.saturating_mul(i128::from(share)) >> 32).unwrap_or(i64::MAX)
}

/// Evenly spread over all of `u32` for the ids and retries that occur (the finaliser of `SplitMix64`).
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
    fn retries_grow_are_capped_and_never_come_at_once() {
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
    fn readings_of_confirm_become_rarer_up_to_the_cap() {
        let policy = Policy::default();
        let mut now = Timestamp::UNIX_EPOCH;
        let pauses = [(); 6].map(|()| {
            let next = policy.look_again_at(Timestamp::UNIX_EPOCH, now);
            let pause = next.duration_since(now).as_secs();
            now = next;
            pause
        });
        assert_eq!(pauses, [2, 2, 4, 8, 16, 30]);
    }
}
