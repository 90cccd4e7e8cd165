//! A circuit breaker for each Meta app. If Meta refuses an app as a whole it refuses every call of
//! it, so no call is made meanwhile, except for a probe from time to time.

use std::collections::HashMap;

use jiff::{SignedDuration, Timestamp};
use parking_lot::{Mutex, MutexGuard};

use super::growing_pause;
use domain::{Fault, Reason};

/// First pause, if Meta names no time. It doubles with each refusal.
const FIRST_PAUSE: SignedDuration = SignedDuration::from_mins(5);
/// First pause at the app's rate limit, which is a sliding window.
const FIRST_PAUSE_AT_LIMIT: SignedDuration = SignedDuration::from_mins(1);
/// Longest pause, if Meta names no time.
const LONGEST_PAUSE: SignedDuration = SignedDuration::from_mins(30);
/// How long other calls wait for the probe.
const PROBE: SignedDuration = SignedDuration::from_mins(1);
/// How long after its pause a stopped app without calls stays tracked.
const FORGOTTEN: SignedDuration = SignedDuration::from_hours(1);
/// Maximum number of tracked apps.
const MAX_TRACKED: usize = 10_000;

/// The apps whose calls are stopped.
#[derive(Debug, Default)]
pub(in crate::graph) struct AppBreakers {
    stopped: Mutex<HashMap<String, Stopped>>,
}

/// An app whose calls are stopped.
#[derive(Debug)]
struct Stopped {
    /// Meta's latest refusal.
    fault: Fault,
    since: Timestamp,
    until: Timestamp,
    refusals: u32,
    /// Until when other calls wait for the probe.
    probed_until: Option<Timestamp>,
}

/// A change of an app's breaker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::graph) enum BreakerChange {
    /// Its calls are stopped from now on.
    Stopped,
    /// Its calls work again.
    Restored,
}

impl AppBreakers {
    /// Permits a call of the app, or returns why none is made.
    pub(super) fn admit(&self, app: &str, now: Timestamp) -> Result<(), Fault> {
        let mut apps = self.lock();
        let Some(stopped) = apps.get_mut(app) else {
            return Ok(());
        };
        let waits_until = stopped.probed_until.unwrap_or(stopped.until);
        if now < waits_until {
            return Err(stopped.fault(waits_until.duration_since(now)));
        }
        stopped.probed_until = now.checked_add(PROBE).ok();
        Ok(())
    }

    /// Why no call of the app is made now. Counts nothing.
    pub(in crate::graph) fn refusal(&self, app: &str, now: Timestamp) -> Option<Fault> {
        let apps = self.lock();
        let stopped = apps.get(app)?;
        let waits_until = stopped.probed_until.unwrap_or(stopped.until);
        (now < waits_until).then(|| stopped.fault(waits_until.duration_since(now)))
    }

    /// Records the result of a call of the app, and completes its fault.
    pub(super) fn record(
        &self,
        app: &str,
        fault: Option<&mut Fault>,
        now: Timestamp,
    ) -> Option<BreakerChange> {
        let mut apps = self.lock();
        match fault {
            Some(fault) if fault.reason.is_of_the_app() => {
                let is_new = !apps.contains_key(app);
                if is_new && apps.len() >= MAX_TRACKED {
                    return None;
                }
                let stopped = apps
                    .entry(app.to_owned())
                    .or_insert_with(|| Stopped::new(fault.clone(), now));
                stopped.refused(fault, now);
                *fault = stopped.fault(stopped.until.duration_since(now));
                is_new.then_some(BreakerChange::Stopped)
            }
            // Without a response of Meta's, nothing is known about the app.
            Some(fault) if !fault.graph_error.as_ref().is_some_and(|it| it.is_of_meta()) => None,
            // The response to a call that was under way when the app was stopped is older.
            _ if apps.get(app).is_some_and(|stopped| now >= stopped.until) => {
                apps.remove(app);
                Some(BreakerChange::Restored)
            }
            _ => None,
        }
    }

    /// The number of stopped apps by reason. Drops apps that have had no calls for long.
    pub(in crate::graph) fn count(&self, now: Timestamp) -> [(&'static str, u64); 3] {
        let mut apps = self.lock();
        apps.retain(|_, app| now.duration_since(app.until) < FORGOTTEN);
        [
            Reason::AppBlocked,
            Reason::AppTermsNotAccepted,
            Reason::AppRateLimited,
        ]
        .map(|reason| {
            let those = apps.values().filter(|app| app.fault.reason == reason);
            (reason.as_str(), those.count() as u64)
        })
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Stopped>> {
        self.stopped.lock()
    }
}

impl Stopped {
    fn new(fault: Fault, now: Timestamp) -> Self {
        Self {
            fault,
            since: now,
            until: now,
            refusals: 0,
            probed_until: None,
        }
    }

    fn refused(&mut self, fault: &Fault, now: Timestamp) {
        // Of several concurrent calls only the first counts.
        if now < self.until {
            return;
        }
        self.refusals = self.refusals.saturating_add(1);
        let first = match fault.reason {
            Reason::AppRateLimited => FIRST_PAUSE_AT_LIMIT,
            _ => FIRST_PAUSE,
        };
        let pause = fault
            .retry_after
            .unwrap_or_else(|| growing_pause(first, self.refusals, LONGEST_PAUSE));
        self.until = now.saturating_add(pause).unwrap_or(Timestamp::MAX);
        self.probed_until = None;
        self.fault = fault.clone();
    }

    fn fault(&self, pause: SignedDuration) -> Fault {
        self.fault
            .clone()
            .with_retry_after(Some(pause))
            .with_failing_since(Some(self.since))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const APP: &str = "138483919580948";

    fn at(minute: i64) -> Timestamp {
        Timestamp::from_second(minute * 60).unwrap()
    }

    fn blocked() -> Fault {
        let answer = domain::GraphError {
            code: 200,
            ..Default::default()
        };
        Fault::of(Reason::AppBlocked).with_graph_error(answer)
    }

    #[test]
    fn one_call_probes_whether_a_stopped_app_works_again() {
        let apps = AppBreakers::default();
        assert!(apps.admit(APP, at(0)).is_ok());
        assert_eq!(
            apps.record(APP, Some(&mut blocked()), at(0)),
            Some(BreakerChange::Stopped)
        );
        let refused = apps.admit(APP, at(1)).unwrap_err();
        assert_eq!(refused.failing_since, Some(at(0)));
        assert_eq!(refused.retry_after, Some(SignedDuration::from_mins(4)));
        assert!(apps.admit("another", at(1)).is_ok());

        assert!(apps.admit(APP, at(5)).is_ok(), "the probe");
        assert!(apps.admit(APP, at(5)).is_err(), "the others wait for it");
        assert_eq!(apps.record(APP, Some(&mut blocked()), at(5)), None);
        let refused = apps.admit(APP, at(6)).unwrap_err();
        assert_eq!(
            refused.retry_after,
            Some(SignedDuration::from_mins(9)),
            "the pause grows"
        );
        assert_eq!(apps.count(at(6))[0], ("APP_BLOCKED", 1));

        assert!(apps.admit(APP, at(15)).is_ok());
        assert_eq!(
            apps.record(APP, None, at(15)),
            Some(BreakerChange::Restored)
        );
        assert!(apps.admit(APP, at(15)).is_ok());
        assert_eq!(apps.count(at(15))[0], ("APP_BLOCKED", 0));

        apps.record(APP, Some(&mut blocked()), at(20));
        assert_eq!(apps.count(at(100))[0].1, 0, "no calls for long");
    }

    #[test]
    fn concurrent_refusals_count_once() {
        let apps = AppBreakers::default();
        for _ in 0..5 {
            apps.record(APP, Some(&mut blocked()), at(0));
        }
        assert_eq!(apps.record(APP, None, at(0)), None, "an older response");
        let refused = apps.admit(APP, at(0)).unwrap_err();
        assert_eq!(refused.retry_after, Some(FIRST_PAUSE));
    }
}
