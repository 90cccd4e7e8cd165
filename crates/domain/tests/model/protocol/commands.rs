//! Commands of callers.

use domain::State;

use super::{Protocol, Steps};
use crate::migrations::{Input, MigrationRef, Next, Order};
use crate::mutations::Mutation;
use crate::step::Step;
use crate::store::LEASE;
use crate::worker::{Doing, Worker};
use crate::world::World;

const ORDERS: [Order; 5] = [
    Order::SubmitRightCode,
    Order::SubmitWrongCode,
    Order::ResendCode,
    Order::Resume,
    Order::Cancel,
];

impl Protocol {
    /// Commands of callers: those that the migration waits for, and others.
    pub(super) fn commands(&mut self, world: &World, steps: &mut Steps) {
        let loaded = self
            .migrations
            .after(world.store.row, Input::Loaded(world.store.counts));
        let loaded = loaded.unwrap();
        let state = self.migrations.summary(loaded).state;
        for order in ORDERS {
            let asked = match state {
                State::WaitingForCode if world.meta.code_sent => order == Order::SubmitRightCode,
                State::WaitingForCode => order == Order::ResendCode,
                State::WaitingForCutover | State::ActionRequired => order == Order::Resume,
                _ => false,
            };
            if !asked && world.left.commands == 0 {
                continue;
            }
            let Some(it) = self.migrations.after(loaded, Input::Command(order)) else {
                continue;
            };
            let mut to = *world;
            if !asked {
                to.left.commands -= 1;
            }
            if order != Order::Cancel {
                to.meta.code_request_open = false;
            }
            self.write_due(&mut to, it);
            steps.push((Step::Command { order, asked }, to));
            if let Some(worker) = to.idle().filter(|_| to.is_claimable()) {
                for left in 1..=LEASE {
                    let mut to = to;
                    self.command_and_lease(&mut to, worker, left, it);
                    let step = Step::CommandAndLease {
                        order,
                        asked,
                        worker,
                        left,
                    };
                    steps.push((step, to));
                }
            }
        }
    }

    /// The process of a command takes the lease in the same transaction; if no reading is needed
    /// first, it commits the intent of the next call with it.
    fn command_and_lease(&mut self, to: &mut World, worker: u8, left: u8, it: MigrationRef) {
        to.store.lease_to(worker, left);
        to.workers[usize::from(worker)] = Some(Worker::new(it, left));
        if let Next::Write(call) = self.migrations.summary(it).next
            && !self.has(Mutation::IntentAfterCall)
        {
            let begun = self.migrations.after(it, Input::Begin).unwrap();
            self.save(to, worker, begun, Some(call));
            let worker = to.worker(worker);
            worker.copy = begun;
            worker.doing = Doing::Calling(call);
        } else {
            let copy = self.after(it, Input::Loaded(to.store.counts));
            let worker = to.worker(worker);
            worker.copy = copy;
            worker.has_saved = true;
        }
    }
}
