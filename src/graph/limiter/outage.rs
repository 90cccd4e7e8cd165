//! Whether Meta fails for all: no call, of whatever account, has been answered for a while.

use std::sync::{Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};

use domain::{Fault, Reason, WabaId};

/// Fewer failures in a row say nothing.
const FAILURES: u32 = 6;
/// Failures of one account alone say nothing before this time.
const LONG: SignedDuration = SignedDuration::from_mins(2);

/// Failures without an answer in between.
#[derive(Debug, Default)]
pub(super) struct OutageDetector {
    failing: Mutex<Option<Failing>>,
}

#[derive(Debug)]
struct Failing {
    since: Timestamp,
    calls: u32,
    /// The account that failed first.
    waba: Option<WabaId>,
    /// Others have failed, too.
    is_shared: bool,
}

impl OutageDetector {
    /// Remembers what a call brought; since when Meta has been failing for all, where it does.
    pub(super) fn learn(
        &self,
        waba: Option<&WabaId>,
        fault: Option<&Fault>,
        now: Timestamp,
    ) -> Option<Timestamp> {
        let mut failing = self.failing.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(fault) = fault.filter(|fault| is_failure(fault)) else {
            // What cannot be read is no answer of Meta's, and no failure of all either.
            if fault.is_none_or(|fault| fault.reason != Reason::GraphUnreadable) {
                *failing = None;
            }
            return None;
        };
        tracing::trace!(
            reason = fault.reason.as_str(),
            "a call to Meta brought no answer"
        );
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

    /// Since when Meta has been failing for all, where it does.
    pub(super) fn since(&self, now: Timestamp) -> Option<Timestamp> {
        let failing = self.failing.lock().unwrap_or_else(PoisonError::into_inner);
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
    fn an_outage_is_what_fails_for_several_accounts_or_for_long_with_no_answer_in_between() {
        let (one, other): (WabaId, WabaId) = (
            "104996122399160".parse().unwrap(),
            "105000000000001".parse().unwrap(),
        );
        let failure = Fault::of(Reason::GraphUnavailable);
        let outage = OutageDetector::default();
        let fails = |waba, second| outage.learn(Some(waba), Some(&failure), at(second));
        for second in 0..5 {
            assert_eq!(fails(&one, second), None);
        }
        assert_eq!(fails(&other, 5), Some(at(0)));
        assert_eq!(outage.since(at(6)), Some(at(0)));
        let refused = Fault::of(Reason::PermissionMissing);
        assert_eq!(outage.learn(Some(&one), Some(&refused), at(7)), None);
        assert_eq!(outage.since(at(7)), None, "Meta answers");
        for second in 10..130 {
            assert_eq!(fails(&one, second), None, "it may be that account's alone");
        }
        assert_eq!(fails(&one, 130), Some(at(10)));
    }
}
