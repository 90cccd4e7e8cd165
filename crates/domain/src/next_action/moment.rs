//! Times in instructions: to the minute, in UTC. The exact time is in the deadline.

use jiff::{SignedDuration, Timestamp};

/// Length of a minute, seconds.
const MINUTE: i64 = 60;

/// A time from which on something is possible or happens: rounded up, never too early.
pub(super) fn from(at: Timestamp) -> String {
    let past = at.as_second().rem_euclid(MINUTE);
    let is_whole = past == 0 && at.subsec_nanosecond() == 0;
    let up = if is_whole {
        0
    } else {
        MINUTE.saturating_sub(past)
    };
    shown(
        at.saturating_add(SignedDuration::from_secs(up))
            .unwrap_or(at),
    )
}

/// A time until which an actor must act: rounded down, never too late.
pub(super) fn until(at: Timestamp) -> String {
    shown(at)
}

fn shown(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M UTC").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_rounded_to_the_safe_side() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let exact = at("2026-11-30T09:30:00Z");
        assert_eq!(from(exact), "2026-11-30 09:30 UTC");
        let later = at("2026-11-30T09:30:00.001Z");
        assert_eq!(from(later), "2026-11-30 09:31 UTC");
        assert_eq!(from(at("2026-11-30T23:59:59Z")), "2026-12-01 00:00 UTC");
        assert_eq!(until(at("2026-11-30T09:30:59Z")), "2026-11-30 09:30 UTC");
    }
}
