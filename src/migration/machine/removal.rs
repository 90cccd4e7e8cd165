//! The end of what is kept of an ended migration.

use jiff::Timestamp;

use super::{Machine, Refusal};
use crate::migration::budget::{LONGEST_WINDOW, later};
use crate::migration::{Event, EventKind, GraphCall, Migration};

/// The calls that Meta limits for one number.
const LIMITED: [GraphCall; 3] = [
    GraphCall::RequestCode,
    GraphCall::VerifyCode,
    GraphCall::Register,
];

impl Machine {
    /// Whether the migration may be removed now, with its history.
    ///
    /// Its limited calls are counted from its history, so that goes no sooner than they cease to count.
    pub fn may_remove(&self, migration: &Migration, now: Timestamp) -> Result<(), Refusal> {
        let Some(ended_at) = migration.ended_at else {
            let state = migration.state;
            return Err(Refusal::NotEnded { state });
        };
        // A number has one live migration at a time, so calls that came after the end are the next one's.
        let newest = migration.attempts.newest(&LIMITED, ended_at);
        match newest.map(|at| later(at, LONGEST_WINDOW)) {
            Some(until) if now < until => Err(Refusal::CallsCounted { until }),
            _ => Ok(()),
        }
    }

    /// Removes the PIN of a migration that has ended and has one. A live one keeps it, and has no event.
    #[must_use]
    pub fn remove_pin(&self, migration: &mut Migration, now: Timestamp) -> Vec<Event> {
        let mut change = self.change(migration, now);
        if change.migration.ended_at.is_some() {
            change.migration.secrets.two_step_pin = None;
            change.record(EventKind::TwoStepPinRemoved);
        }
        change.events
    }
}
