//! The breaker of each Meta app. What Meta refuses to an app as a whole, it refuses to every call of it: so no call is made
//! while that lasts, but one now and then that finds out whether it has ended.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::{SignedDuration, Timestamp};

use super::growing_pause;
use domain::{Fault, Reason};

/// The first pause, where Meta names no time. It doubles with each refusal.
const FIRST_PAUSE: SignedDuration = SignedDuration::from_mins(5);
/// The same at the app's own limit, which moves on with the time.
const FIRST_PAUSE_AT_LIMIT: SignedDuration = SignedDuration::from_mins(1);
/// The longest pause, where Meta names no time.
const LONGEST_PAUSE: SignedDuration = SignedDuration::from_mins(30);
/// How long the others wait for the one call that finds out.
const PROBE: SignedDuration = SignedDuration::from_mins(1);
/// How long after its pause a stopped app is kept track of, where no call of it is wanted.
const FORGOTTEN: SignedDuration = SignedDuration::from_hours(1);
/// Maximum number of stopped apps that are kept track of.
const REMEMBERED: usize = 10_000;

/// The apps whose calls are stopped.
#[derive(Debug, Default)]
pub(super) struct AppBreakers {
    stopped: Mutex<HashMap<String, Stopped>>,
}

/// An app whose calls are stopped.
#[derive(Debug)]
struct Stopped {
    /// What Meta answered.
    fault: Fault,
    since: Timestamp,
    until: Timestamp,
    refusals: u32,
    /// Until when one call that finds out is waited for.
    probed_until: Option<Timestamp>,
}

/// What an answer changed for the app.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::graph) enum BreakerChange {
    /// Its calls are stopped from now on.
    Stopped,
    /// Its calls work again.
    Restored,
}

impl AppBreakers {
    /// Lets a call of the app through, or says why none is made.
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

    /// Why no call of the app is made now. No call is counted.
    pub(super) fn refusal(&self, app: &str, now: Timestamp) -> Option<Fault> {
        let apps = self.lock();
        let stopped = apps.get(app)?;
        let waits_until = stopped.probed_until.unwrap_or(stopped.until);
        (now < waits_until).then(|| stopped.fault(waits_until.duration_since(now)))
    }

    /// Remembers what a call of the app brought. The fault is completed with what is known of the app.
    pub(super) fn learn(
        &self,
        app: &str,
        fault: Option<&mut Fault>,
        now: Timestamp,
    ) -> Option<BreakerChange> {
        let mut apps = self.lock();
        match fault {
            Some(fault) if fault.reason.is_of_the_app() => {
                let is_new = !apps.contains_key(app);
                if is_new && apps.len() >= REMEMBERED {
                    return None;
                }
                let stopped = apps
                    .entry(app.to_owned())
                    .or_insert_with(|| Stopped::new(fault.clone(), now));
                stopped.refused(fault, now);
                *fault = stopped.fault(stopped.until.duration_since(now));
                is_new.then_some(BreakerChange::Stopped)
            }
            // No answer says nothing about the app.
            Some(fault) if !fault.graph_error.as_ref().is_some_and(|it| it.is_of_meta()) => None,
            // An answer to a call that was under way when the app was stopped is older news.
            _ if apps.get(app).is_some_and(|stopped| now >= stopped.until) => {
                apps.remove(app);
                Some(BreakerChange::Restored)
            }
            _ => None,
        }
    }

    /// How many apps are stopped, by reason. One of which no call was wanted for long is forgotten.
    pub(super) fn count(&self, now: Timestamp) -> [(&'static str, u64); 3] {
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
        // Nothing in here can panic half-way, so a poisoned map is a whole one.
        self.stopped.lock().unwrap_or_else(PoisonError::into_inner)
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
        // Of several calls that were under way at once, the first counts.
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
    fn one_call_finds_out_whether_a_stopped_app_works_again() {
        let apps = AppBreakers::default();
        assert!(apps.admit(APP, at(0)).is_ok());
        assert_eq!(
            apps.learn(APP, Some(&mut blocked()), at(0)),
            Some(BreakerChange::Stopped)
        );
        let refused = apps.admit(APP, at(1)).unwrap_err();
        assert_eq!(refused.failing_since, Some(at(0)));
        assert_eq!(refused.retry_after, Some(SignedDuration::from_mins(4)));
        assert!(apps.admit("another", at(1)).is_ok());

        assert!(apps.admit(APP, at(5)).is_ok(), "the one that finds out");
        assert!(apps.admit(APP, at(5)).is_err(), "the others wait for it");
        assert_eq!(apps.learn(APP, Some(&mut blocked()), at(5)), None);
        let refused = apps.admit(APP, at(6)).unwrap_err();
        assert_eq!(
            refused.retry_after,
            Some(SignedDuration::from_mins(9)),
            "the pause grows"
        );
        assert_eq!(apps.count(at(6))[0], ("APP_BLOCKED", 1));

        assert!(apps.admit(APP, at(15)).is_ok());
        assert_eq!(apps.learn(APP, None, at(15)), Some(BreakerChange::Restored));
        assert!(apps.admit(APP, at(15)).is_ok());
        assert_eq!(apps.count(at(15))[0], ("APP_BLOCKED", 0));

        apps.learn(APP, Some(&mut blocked()), at(20));
        assert_eq!(apps.count(at(100))[0].1, 0, "no call of it is wanted");
    }

    #[test]
    fn calls_that_were_under_way_together_count_once() {
        let apps = AppBreakers::default();
        for _ in 0..5 {
            apps.learn(APP, Some(&mut blocked()), at(0));
        }
        assert_eq!(apps.learn(APP, None, at(0)), None, "it was answered before");
        let refused = apps.admit(APP, at(0)).unwrap_err();
        assert_eq!(refused.retry_after, Some(FIRST_PAUSE));
    }
}
