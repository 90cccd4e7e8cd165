//! What Meta does by itself, and the passing of time.

use domain::State;

use super::{Protocol, Steps};
use crate::migrations::Input;
use crate::step::Step;
use crate::store::{Leased, Store};
use crate::world::World;

impl Protocol {
    /// What Meta does by itself.
    pub(super) fn meta_steps(world: &World, steps: &mut Steps) {
        for (at, received) in world.meta.calls.iter().enumerate() {
            let Some(received) = received.filter(|it| it.is_open()) else {
                continue;
            };
            let call = received.call;
            let mut to = *world;
            to.meta.perform(at);
            steps.push((Step::TakesEffect { call }, to));
            if received.waiter.is_none() && !received.promised {
                let mut to = *world;
                to.meta.calls[at] = None;
                steps.push((Step::HasNoEffect { call }, to));
            }
        }
    }

    /// Time passes for everything.
    pub(super) fn tick(&mut self, world: &World) -> Option<World> {
        let mut calls = world.meta.calls.iter().flatten();
        if calls.any(|it| it.is_open() && it.left == 0) {
            return None;
        }
        let mut to = *world;
        to.store.tick();
        to.store.row = self.migrations.after(to.store.row, Input::Tick).unwrap();
        for worker in to.workers.iter_mut().flatten() {
            worker.tick();
            worker.copy = self.after(worker.copy, Input::Tick);
        }
        for received in to.meta.calls.iter_mut().flatten() {
            received.left = received.left.saturating_sub(1);
        }
        Some(to)
    }

    /// So much time passes that budgets are full again, and codes are invalid. Only where nothing
    /// else can happen meanwhile.
    pub(super) fn window(&mut self, world: &World) -> Option<World> {
        let Store {
            row,
            leased,
            counts,
            ..
        } = world.store;
        let limits = self.bounds.limits;
        let summary = self.migrations.summary(row);
        let waits = match summary.state {
            State::Running => summary.budget_spent,
            State::WaitingForCode => {
                counts[0] >= limits.code_requests || counts[1] >= limits.code_checks
            }
            _ => false,
        };
        let at_rest = leased == Leased::No && world.meta.calls == [None; 3];
        if !(waits && at_rest && world.workers == [None; 2]) {
            return None;
        }
        let mut to = *world;
        let row = self.migrations.after(row, Input::Window).unwrap();
        self.write_due(&mut to, row);
        to.store.counts = [0; 3];
        to.meta.received = [0; 3];
        to.meta.code_sent = false;
        Some(to)
    }

    /// The migration's time runs out.
    pub(super) fn expiry(&mut self, world: &World) -> World {
        let mut to = *world;
        to.left.expiries -= 1;
        for worker in to.workers.iter_mut().flatten() {
            worker.copy = self.after(worker.copy, Input::Expiry);
        }
        let row = self.migrations.after(to.store.row, Input::Expiry).unwrap();
        to.store.row = row;
        to.store.due = self.migrations.summary(row).due;
        to
    }
}
