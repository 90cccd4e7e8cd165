//! Whether the service takes work, and why not.

use std::collections::BTreeMap;
use std::fmt;

use tokio::sync::watch;

/// Whether the service takes work. A clone speaks of the same service.
#[derive(Debug, Clone)]
pub struct Readiness {
    reasons: watch::Sender<Reasons>,
}

/// Hears whether the service takes work.
#[derive(Debug)]
pub struct Changes(watch::Receiver<Reasons>);

/// Why it does not, part by part.
type Reasons = BTreeMap<Part, String>;

/// What must be right.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// The store can be reached.
    Store,
    /// It has this release's schema.
    Schema,
    /// The engine asks it for work.
    Engine,
    /// The service is not about to stop.
    Draining,
}

impl Readiness {
    /// Of a service that starts: it knows nothing of its store.
    #[must_use]
    pub fn starting() -> Self {
        let reasons = [
            (Part::Store, "is being opened".to_owned()),
            (Part::Schema, "is not known yet".to_owned()),
        ];
        Self {
            reasons: watch::Sender::new(reasons.into()),
        }
    }

    /// This part is right from now on.
    pub fn has(&self, part: Part) {
        self.reasons
            .send_if_modified(|reasons| reasons.remove(&part).is_some());
    }

    /// This part is not right, for this reason.
    pub fn lacks(&self, part: Part, why: impl Into<String>) {
        let why = why.into();
        self.reasons.send_if_modified(|reasons| {
            let news = reasons.get(&part) != Some(&why);
            if news {
                reasons.insert(part, why);
            }
            news
        });
    }

    /// Whether the service takes work.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.reasons.borrow().is_empty()
    }

    /// Whether this part is not right.
    pub(super) fn is_lacking(&self, part: Part) -> bool {
        self.reasons.borrow().contains_key(&part)
    }

    /// Why it takes none, a line each.
    pub(super) fn reasons(&self) -> String {
        let reasons = self.reasons.borrow();
        let line = |(part, why): (&Part, &String)| format!("{part}: {why}\n");
        reasons.iter().map(line).collect()
    }

    /// Whether the service takes work: now, and at each change.
    #[must_use]
    pub fn changes(&self) -> Changes {
        let mut reasons = self.reasons.subscribe();
        reasons.mark_changed();
        Changes(reasons)
    }
}

impl Changes {
    /// Whether it does from now on. Waits for a change, but for the first time.
    pub async fn next(&mut self) -> bool {
        // Where nobody is left who could say otherwise, it stays as it is.
        if self.0.changed().await.is_err() {
            std::future::pending::<()>().await;
        }
        self.0.borrow_and_update().is_empty()
    }
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Store => "store",
            Self::Schema => "schema",
            Self::Engine => "engine",
            Self::Draining => "draining",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_service_takes_work_when_nothing_is_lacking() {
        let readiness = Readiness::starting();
        assert_eq!(
            readiness.reasons(),
            "store: is being opened\nschema: is not known yet\n"
        );
        readiness.has(Part::Store);
        readiness.has(Part::Schema);
        assert!(readiness.is_ready());
        readiness.lacks(Part::Draining, "the service stops");
        readiness.lacks(Part::Store, "the disk is full");
        assert_eq!(
            readiness.reasons(),
            "store: the disk is full\ndraining: the service stops\n"
        );
        readiness.has(Part::Store);
        assert!(!readiness.is_ready());
    }
}
