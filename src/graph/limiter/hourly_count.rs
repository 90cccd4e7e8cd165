//! The number of calls in the last hour.

use jiff::Timestamp;

/// Length of a part of the hour, seconds. A call counts for an hour and at most one part more.
const PART: i64 = 5 * 60;
const HOUR: i64 = 60 * 60;

/// Counts calls over the last hour.
#[derive(Debug, Default)]
pub(super) struct HourlyCount {
    /// For each part, the second at which it begins, and its calls.
    parts: [(i64, u32); 12],
}

impl HourlyCount {
    /// The number of calls that count at `now`.
    pub(super) fn calls(&self, now: Timestamp) -> u32 {
        self.counted(now).map(|(_, calls)| calls).sum()
    }

    /// When the oldest call stops counting; `now` if there is none.
    pub(super) fn eases_at(&self, now: Timestamp) -> Timestamp {
        let first = self.counted(now).map(|(begin, _)| begin).min();
        first
            .and_then(|begin| Timestamp::from_second(begin.saturating_add(HOUR)).ok())
            .unwrap_or(now)
    }

    /// Counts a call.
    pub(super) fn count(&mut self, now: Timestamp) {
        let begin = begin(now);
        let index = usize::try_from(begin.rem_euclid(HOUR).div_euclid(PART));
        if let Some(part) = index.ok().and_then(|index| self.parts.get_mut(index)) {
            if part.0 != begin {
                *part = (begin, 0);
            }
            part.1 = part.1.saturating_add(1);
        }
    }

    fn counted(&self, now: Timestamp) -> impl Iterator<Item = (i64, u32)> {
        let oldest = begin(now).saturating_sub(HOUR);
        let parts = self.parts.iter().copied();
        parts.filter(move |(begin, calls)| *calls > 0 && *begin > oldest)
    }
}

/// The second at which the part of `now` begins.
fn begin(now: Timestamp) -> i64 {
    let second = now.as_second();
    second.saturating_sub(second.rem_euclid(PART))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn a_call_counts_for_an_hour() {
        let mut hour = HourlyCount::default();
        assert_eq!(hour.eases_at(at(7)), at(7));
        hour.count(at(10));
        hour.count(at(299));
        hour.count(at(300));
        assert_eq!(hour.calls(at(3_599)), 3);
        assert_eq!(hour.eases_at(at(3_000)), at(3_600));
        assert_eq!(hour.calls(at(3_600)), 1);
        assert_eq!(hour.eases_at(at(3_600)), at(3_900));
        assert_eq!(hour.calls(at(3_900)), 0);
        hour.count(at(3_601));
        assert_eq!(hour.calls(at(3_602)), 2, "its part was used before");
    }
}
