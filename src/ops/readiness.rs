//! Whether the service is ready, and why not.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use parking_lot::Mutex;
use tokio::sync::watch;

/// Whether the service is ready. Cheap to clone; clones share state.
#[derive(Debug, Clone)]
pub struct Readiness {
    reasons: watch::Sender<Reasons>,
    /// What is wrong although the service is ready.
    impaired: Arc<Mutex<Reasons>>,
}

/// Changes of readiness.
#[derive(Debug)]
pub struct ReadinessChanges(watch::Receiver<Reasons>);

/// Why it is not ready, by condition.
type Reasons = BTreeMap<Condition, String>;

/// A condition of readiness.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Condition {
    /// The database is available.
    Store,
    /// The database has the schema of this release.
    Schema,
    /// The engine claims work.
    Engine,
    /// The service does not stop.
    Draining,
    /// The system clock is right. Only some calls to Meta need that.
    Clock,
}

impl Readiness {
    /// The readiness of a service that starts: nothing is known of its store yet.
    #[must_use]
    pub fn starting() -> Self {
        let reasons = [
            (Condition::Store, "is being opened".to_owned()),
            (Condition::Schema, "is not known yet".to_owned()),
        ];
        Self {
            reasons: watch::Sender::new(reasons.into()),
            impaired: Arc::default(),
        }
    }

    /// The condition is met from now on.
    pub fn has(&self, condition: Condition) {
        self.reasons
            .send_if_modified(|reasons| reasons.remove(&condition).is_some());
    }

    /// The condition is not met, for this reason.
    pub fn lacks(&self, condition: Condition, why: impl Into<String>) {
        let why = why.into();
        self.reasons.send_if_modified(|reasons| {
            let is_new = reasons.get(&condition) != Some(&why);
            if is_new {
                reasons.insert(condition, why);
            }
            is_new
        });
    }

    /// Sets why the service cannot do everything although it is ready; `None`: the condition is
    /// met.
    pub fn set_impairment(&self, condition: Condition, why: Option<String>) {
        let mut impaired = self.impaired.lock();
        match why {
            Some(why) => impaired.insert(condition, why),
            None => impaired.remove(&condition),
        };
    }

    /// Whether the service is ready.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.reasons.borrow().is_empty()
    }

    /// Whether the condition is not met.
    pub(super) fn is_lacking(&self, condition: Condition) -> bool {
        self.reasons.borrow().contains_key(&condition)
    }

    /// Why the service is not ready, one line per condition.
    pub(super) fn reasons(&self) -> String {
        lines(&self.reasons.borrow())
    }

    /// What is wrong although the service is ready, one line per condition.
    pub(super) fn impairments(&self) -> String {
        lines(&self.impaired.lock())
    }

    /// The present readiness and each change of it.
    #[must_use]
    pub fn changes(&self) -> ReadinessChanges {
        let mut reasons = self.reasons.subscribe();
        reasons.mark_changed();
        ReadinessChanges(reasons)
    }
}

fn lines(reasons: &Reasons) -> String {
    let line = |(condition, why): (&Condition, &String)| format!("{condition}: {why}\n");
    reasons.iter().map(line).collect()
}

impl ReadinessChanges {
    /// The readiness after the next change; the present one at the first call.
    pub async fn next(&mut self) -> bool {
        // Without a sender it cannot change any more.
        if self.0.changed().await.is_err() {
            std::future::pending::<()>().await;
        }
        self.0.borrow_and_update().is_empty()
    }
}

impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Store => "store",
            Self::Schema => "schema",
            Self::Engine => "engine",
            Self::Draining => "draining",
            Self::Clock => "clock",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_service_is_ready_when_every_condition_is_met() {
        let readiness = Readiness::starting();
        assert_eq!(
            readiness.reasons(),
            "store: is being opened\nschema: is not known yet\n"
        );
        readiness.has(Condition::Store);
        readiness.has(Condition::Schema);
        assert!(readiness.is_ready());
        readiness.lacks(Condition::Draining, "the service stops");
        readiness.lacks(Condition::Store, "the disk is full");
        assert_eq!(
            readiness.reasons(),
            "store: the disk is full\ndraining: the service stops\n"
        );
        readiness.has(Condition::Store);
        assert!(!readiness.is_ready());
    }

    #[test]
    fn an_impaired_service_is_ready_and_says_what_is_wrong() {
        let readiness = Readiness::starting();
        readiness.has(Condition::Store);
        readiness.has(Condition::Schema);
        readiness.set_impairment(Condition::Clock, Some("is wrong".to_owned()));
        assert!(readiness.is_ready());
        assert_eq!(readiness.impairments(), "clock: is wrong\n");
        readiness.set_impairment(Condition::Clock, None);
        assert_eq!(readiness.impairments(), "");
    }
}
