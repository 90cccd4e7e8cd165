//! Detects an outage of Meta: no call about any account has been answered for a while.

use jiff::{SignedDuration, Timestamp};
use parking_lot::Mutex;

use domain::{Fault, Reason, WabaId};

/// Minimum consecutive failures of an outage.
const FAILURES: u32 = 6;
/// Minimum duration of an outage in which only one account has failed.
const LONG: SignedDuration = SignedDuration::from_mins(2);

/// Counts consecutive failures.
#[derive(Debug, Default)]
pub(in crate::graph) struct OutageDetector {
    failing: Mutex<Option<Failing>>,
}

#[derive(Debug)]
struct Failing {
    since: Timestamp,
    calls: u32,
    /// The first account that failed.
    waba: Option<WabaId>,
    /// Whether other accounts failed as well.
    is_shared: bool,
}

impl OutageDetector {
    /// Records the result of a call. Returns the start of the outage, if there is one.
    pub(super) fn record(
        &self,
        waba: Option<&WabaId>,
        fault: Option<&Fault>,
        now: Timestamp,
    ) -> Option<Timestamp> {
        let mut failing = self.failing.lock();
        let Some(fault) = fault.filter(|fault| is_failure(fault)) else {
            // An unreadable response is neither a sign of Meta's nor a failure.
            if fault.is_none_or(|fault| fault.reason != Reason::GraphUnreadable) {
                *failing = None;
            }
            return None;
        };
        tracing::trace!(reason = fault.reason.as_str(), "no response from Meta");
        let all = failing.get_or_insert_with(|| Failing {
            since: now,
            calls: 0,
            waba: waba.cloned(),
            is_shared: false,
        });
        all.calls = all.calls.saturating_add(1);
        all.is_shared |= waba.is_some() && all.waba.as_ref() != waba;
        all.is_outage(now).then_some(all.since)
    }

    /// The start of the outage, if there is one.
    pub(in crate::graph) fn since(&self, now: Timestamp) -> Option<Timestamp> {
        let failing = self.failing.lock();
        failing
            .as_ref()
            .filter(|all| all.is_outage(now))
            .map(|all| all.since)
    }
}

impl Failing {
    fn is_outage(&self, now: Timestamp) -> bool {
        self.calls >= FAILURES && (self.is_shared || now.duration_since(self.since) >= LONG)
    }
}

const fn is_failure(fault: &Fault) -> bool {
    matches!(
        fault.reason,
        Reason::GraphUnreachable | Reason::GraphTimeout | Reason::GraphUnavailable
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn an_outage_is_consecutive_failures_of_several_accounts_or_for_long() {
        let (one, other): (WabaId, WabaId) = (
            "104996122399160".parse().unwrap(),
            "105000000000001".parse().unwrap(),
        );
        let failure = Fault::of(Reason::GraphUnavailable);
        let outage = OutageDetector::default();
        let fails = |waba, second| outage.record(Some(waba), Some(&failure), at(second));
        for second in 0..5 {
            assert_eq!(fails(&one, second), None);
        }
        assert_eq!(fails(&other, 5), Some(at(0)));
        assert_eq!(outage.since(at(6)), Some(at(0)));
        let refused = Fault::of(Reason::PermissionMissing);
        assert_eq!(outage.record(Some(&one), Some(&refused), at(7)), None);
        assert_eq!(outage.since(at(7)), None, "Meta answers");
        for second in 10..130 {
            assert_eq!(fails(&one, second), None, "it may be only that account");
        }
        assert_eq!(fails(&one, 130), Some(at(10)));
    }
}
