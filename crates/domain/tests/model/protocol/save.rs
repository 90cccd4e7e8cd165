//! Saves of a worker, and what it does after one that was refused.

use domain::State;

use super::Protocol;
use crate::migrations::{Call, Input, MigrationRef};
use crate::mutations::Mutation;
use crate::properties::Property;
use crate::store::Leased;
use crate::worker::Doing;
use crate::world::World;

impl Protocol {
    /// Saves the row, and counts the call in the same transaction; `false` if it has another
    /// version or another lease by now. When it is due does not change, unless it is released as
    /// well.
    pub(super) fn save(
        &mut self,
        to: &mut World,
        index: u8,
        it: MigrationRef,
        call: Option<Call>,
    ) -> bool {
        let leased = to.store.leased == Leased::To(index);
        let worker = *to.worker(index);
        let checked = leased || self.has(Mutation::LeaseNotChecked);
        if !worker.is_current || !checked {
            return false;
        }
        if !leased {
            to.broken.add(Property::SavesNeedTheLease);
        }
        let succeeds = self.migrations.summary(it).state == State::Succeeded;
        if succeeds && !worker.has_confirmed {
            to.broken.add(Property::SuccessIsConfirmed);
        }
        self.write(to, it);
        let counts = &mut to.store.counts;
        for (count, uncounted) in counts.iter_mut().zip(worker.uncounted) {
            *count += uncounted;
        }
        let saved = to.worker(index);
        saved.is_current = true;
        saved.has_saved = true;
        saved.outcome = None;
        saved.uncounted = [0; 3];
        if let Some(call) = call {
            saved.count(call);
            if !self.has(Mutation::BudgetAfterCall) {
                let counted = std::mem::take(&mut to.worker(index).uncounted);
                for (count, counted) in to.store.counts.iter_mut().zip(counted) {
                    *count += counted;
                }
            }
        }
        true
    }

    /// Its save was refused. If the row is still leased to it, a command was first: it reads the
    /// row again, and applies the outcome of its call to it.
    pub(super) fn reload(&mut self, to: &mut World, index: u8) {
        if to.store.leased != Leased::To(index) {
            to.stop(index);
            return;
        }
        let outcome = to.worker(index).outcome;
        let mut copy = self.load(&to.store);
        if let Some(outcome) = outcome
            && self.migrations.summary(copy).in_flight
        {
            copy = self.after(copy, Input::Answered(outcome));
        }
        let worker = to.worker(index);
        worker.copy = copy;
        worker.is_current = true;
        worker.doing = Doing::Deciding;
    }

    /// Writes the row's document.
    pub(super) fn write(&mut self, world: &mut World, it: MigrationRef) {
        for worker in world.workers.iter_mut().flatten() {
            worker.is_current = false;
        }
        // Budgets have a table of their own.
        world.store.row = self.migrations.after(it, Input::Loaded([0; 3])).unwrap();
    }

    /// Writes the row's document, and when it is due.
    pub(super) fn write_due(&mut self, world: &mut World, it: MigrationRef) {
        self.write(world, it);
        world.store.due = self.migrations.summary(world.store.row).due;
    }
}
