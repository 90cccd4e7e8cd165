//! What a process does that works on the migration.

use domain::Step as MigrationStep;

use super::{Protocol, Steps};
use crate::meta::{ReadKind, View};
use crate::migrations::{Answer, Call, Input, MigrationRef, Next, Refusal};
use crate::mutations::Mutation;
use crate::properties::Property;
use crate::step::Step;
use crate::store::{LEASE, Leased};
use crate::worker::{Doing, HasRead, Worker};
use crate::world::World;

impl Protocol {
    /// What a process does that works on the migration.
    pub(super) fn worker_steps(
        &mut self,
        world: &World,
        index: u8,
        worker: Worker,
        steps: &mut Steps,
    ) {
        let mut add = |step, change: &mut dyn FnMut(&mut World)| {
            let mut world = *world;
            change(&mut world);
            steps.push((step, world));
        };
        let at = usize::from(index);
        if world.left.crashes > 0 {
            add(Step::Crash { worker: index }, &mut |to| {
                to.left.crashes -= 1;
                to.stop(index);
            });
        }
        if worker.deadline == 0 {
            add(Step::Deadline { worker: index }, &mut |to| to.stop(index));
        }
        match (world.store.leases[at], worker.renewal) {
            (None, _) => add(Step::LeaseIsLost { worker: index }, &mut |to| {
                to.stop(index);
            }),
            (Some(_), None) => add(Step::Renew { worker: index }, &mut |to| {
                to.store.leases[at] = Some(LEASE);
                to.worker(index).renewal = Some(0);
            }),
            (Some(_), Some(_)) => {}
        }
        if let Some(age) = worker.renewal {
            // The deadline counts from the request, not from its answer.
            let from_answer = self.has(Mutation::DeadlineFromTheAnswer);
            let deadline = if from_answer { LEASE } else { LEASE - age };
            add(Step::RenewalIsRead { worker: index }, &mut |to| {
                let worker = to.worker(index);
                worker.renewal = None;
                worker.deadline = worker.deadline.max(deadline);
            });
        }
        // The release names the version that the row had, so it is refused after a save.
        let is_saved = worker.has_saved && !self.has(Mutation::ReleaseWithoutVersion);
        if world.store.leased == Leased::To(index) && !is_saved {
            add(Step::ReleaseComesLate { worker: index }, &mut |to| {
                to.store.leased = Leased::No;
                to.worker(index).is_current = false;
            });
        }
        match worker.doing {
            Doing::Deciding => self.decide(world, index, worker, steps),
            Doing::Calling(call) => self.call(world, index, worker, call, steps),
            Doing::Awaiting => self.await_answer(world, index, worker, steps),
        }
    }

    /// It performs what comes next.
    fn decide(&mut self, world: &World, index: u8, worker: Worker, steps: &mut Steps) {
        let next = self.migrations.summary(worker.copy).next;
        match next {
            Next::Read(kind) => {
                let mut to = *world;
                let view = self.read(&mut to, index, worker.copy, kind);
                to.worker(index).copy = self.after(worker.copy, Input::Reading(view));
                steps.push((Step::Read { worker: index }, to));
                if world.left.lost > 0 {
                    let mut to = *world;
                    to.left.lost -= 1;
                    to.worker(index).copy = self.after(worker.copy, Input::ReadingFailed);
                    steps.push((Step::ReadFails { worker: index }, to));
                }
            }
            Next::Write(call) => {
                let begun = self.migrations.after(worker.copy, Input::Begin).unwrap();
                let mut to = *world;
                if self.has(Mutation::IntentAfterCall) {
                    let worker = to.worker(index);
                    worker.copy = begun;
                    worker.doing = Doing::Calling(call);
                    worker.count(call);
                    steps.push((Step::SaveIntent { worker: index }, to));
                } else if self.save(&mut to, index, begun, Some(call)) {
                    let worker = to.worker(index);
                    worker.copy = begun;
                    worker.doing = Doing::Calling(call);
                    steps.push((Step::SaveIntent { worker: index }, to));
                } else {
                    self.reload(&mut to, index);
                    steps.push((Step::SaveIsRefused { worker: index }, to));
                }
            }
            Next::Wait | Next::Done => {
                let mut to = *world;
                if self.save(&mut to, index, worker.copy, None) {
                    to.store.due = self.migrations.summary(to.store.row).due;
                    to.store.leased = Leased::No;
                    to.store.leases[usize::from(index)] = None;
                    to.workers[usize::from(index)] = None;
                    steps.push((Step::SaveAndRelease { worker: index }, to));
                } else {
                    self.reload(&mut to, index);
                    steps.push((Step::SaveIsRefused { worker: index }, to));
                }
            }
            Next::Elapse => unreachable!("time alone changes it, which was done"),
        }
    }

    /// What it reads of Meta.
    fn read(&self, to: &mut World, index: u8, copy: MigrationRef, kind: ReadKind) -> View {
        let step = self.migrations.summary(copy).step;
        let not_made = |connected| View {
            connected,
            verified: true,
            added: true,
            subscribed: true,
        };
        if step == MigrationStep::Register && self.has(Mutation::ReadingSkipped) {
            return not_made(false);
        }
        if step == MigrationStep::Confirm && self.has(Mutation::ConfirmationSkipped) {
            return not_made(true);
        }
        let late = to.meta.registers_late();
        let view = to.meta.shows;
        let worker = to.worker(index);
        if matches!(kind, ReadKind::Number | ReadKind::Confirmation) {
            worker.has_read = if late {
                HasRead::TooEarly
            } else {
                HasRead::Yes
            };
        }
        worker.has_confirmed = kind == ReadKind::Confirmation && view.connected && view.added;
        view
    }

    /// The intent is committed: it asks for the permit, and the request leaves at once.
    fn call(&self, world: &World, index: u8, worker: Worker, call: Call, steps: &mut Steps) {
        let mut to = *world;
        if !worker.may_call() && !self.has(Mutation::PermitTakenOut) {
            to.stop(index);
            steps.push((Step::PermitIsRefused { worker: index }, to));
            return;
        }
        if to.store.leased != Leased::To(index) {
            to.broken.add(Property::CallsNeedTheLease);
        }
        match call {
            Call::Register => {
                if worker.has_read == HasRead::No {
                    to.broken.add(Property::RegisterIsRead);
                }
                if to.meta.received[2] > 0 && worker.has_read != HasRead::Yes {
                    to.broken.add(Property::RegisterIsReadBeforeRepeat);
                }
                for worker in to.workers.iter_mut().flatten() {
                    worker.has_read = HasRead::No;
                }
            }
            Call::RequestCode => {
                if to.meta.code_request_open {
                    to.broken.add(Property::CodeRequestIsNotRepeated);
                }
                to.meta.code_request_open = true;
            }
            Call::Subscribe | Call::AddNumber | Call::VerifyCode { .. } => {}
        }
        to.meta.receive(call, index);
        let limits = self.bounds.limits.of();
        if to
            .meta
            .received
            .iter()
            .zip(limits)
            .any(|(it, limit)| *it > limit)
        {
            to.broken.add(Property::BudgetIsKept);
        }
        to.worker(index).doing = Doing::Awaiting;
        steps.push((Step::Call { worker: index }, to));
    }

    /// It waits for the answer.
    fn await_answer(&mut self, world: &World, index: u8, worker: Worker, steps: &mut Steps) {
        let Some(at) = world.meta.awaited_by(index) else {
            return;
        };
        let Some(received) = world.meta.calls[at] else {
            return;
        };
        let mut arrives = |step, mut to: World, answer| {
            let copy = self.after(worker.copy, Input::Answered(answer));
            let worker = to.worker(index);
            worker.copy = copy;
            worker.outcome = Some(answer);
            worker.doing = Doing::Deciding;
            steps.push((step, to));
        };
        if let Some(answer) = received.answer {
            let mut to = *world;
            to.meta.calls[at] = None;
            arrives(Step::Answer { worker: index }, to, answer);
        } else {
            let shows = world.meta.shows;
            if received.call == Call::Register && shows.verified && !shows.connected {
                let mut to = *world;
                if let Some(received) = &mut to.meta.calls[at] {
                    received.promised = true;
                    received.waiter = None;
                }
                arrives(Step::AnswerBeforeEffect { worker: index }, to, Answer::Done);
            }
            if world.left.refusals > 0 {
                for refusal in [Refusal::Transient, Refusal::Unknown] {
                    let mut to = *world;
                    to.left.refusals -= 1;
                    to.meta.calls[at] = None;
                    if received.call == Call::RequestCode {
                        to.meta.code_request_open = false;
                    }
                    let step = Step::Refusal {
                        worker: index,
                        refusal,
                    };
                    arrives(step, to, Answer::Refused(refusal));
                }
            }
        }
        if world.left.lost > 0 {
            let mut to = *world;
            to.left.lost -= 1;
            to.meta.abandon(index);
            arrives(Step::LoseAnswer { worker: index }, to, Answer::Lost);
        }
    }
}
