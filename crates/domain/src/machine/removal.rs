//! Removal of an ended migration, and of its PIN.

use jiff::Timestamp;

use super::{CommandError, Machine};
use crate::{Event, EventKind, Migration};

impl Machine {
    /// Fails unless the migration has ended: only then may it be removed, with its history.
    pub const fn may_remove(&self, migration: &Migration) -> Result<(), CommandError> {
        let state = migration.state;
        match migration.ended_at {
            Some(_) => Ok(()),
            None => Err(CommandError::NotEnded { state }),
        }
    }

    /// Removes the PIN of an ended migration. A live one keeps it, and gets no event.
    #[must_use]
    pub fn remove_pin(&self, migration: &mut Migration, now: Timestamp) -> Vec<Event> {
        let mut change = self.change(migration, now);
        if change.migration.ended_at.is_some() {
            change.migration.secrets.two_step_pin = None;
            change.record(EventKind::TwoStepPinRemoved);
        }
        change.complete()
    }
}
