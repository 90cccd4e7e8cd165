//! One change of a migration: the moves that every step and command is made of. Each records what it did.

use jiff::{SignedDuration, Timestamp};

use super::budgets::{code_checks, code_valid_until};
use super::steps::{call_under_way, may_be_registered};
use crate::budget::later;
use crate::{
    Budget, Cutover, Disposition, Event, EventKind, Fault, GraphCall, Limit, Migration, Phase,
    PhoneNumberId, Policy, Principal, Reason, Registration, Remedy, Secrets, State, Step,
    StepProgress,
};

/// The first pause before REGISTER is tried again is doubled so often.
const REGISTER_DOUBLINGS: u32 = 4;

/// A migration while it changes, and the events of the change.
pub(super) struct Transition<'a> {
    pub(super) migration: &'a mut Migration,
    pub(super) policy: &'a Policy,
    pub(super) now: Timestamp,
    /// The caller that asked for the change; `None` for what the engine does by itself.
    pub(super) by: Option<&'a Principal>,
    pub(super) events: Vec<Event>,
}

impl Transition<'_> {
    /// Adds an event to the history, with the state and step as they are now.
    pub(super) fn record(&mut self, kind: EventKind) {
        let migration = &mut *self.migration;
        migration.last_sequence = migration.last_sequence.saturating_add(1);
        migration.updated_at = self.now;
        self.events.push(Event {
            sequence: migration.last_sequence,
            at: self.now,
            state: migration.state,
            step: migration.step,
            kind,
            principal: self.by.cloned(),
        });
    }

    fn progress(&mut self) -> Option<&mut StepProgress> {
        let step = self.migration.step;
        self.migration
            .steps
            .iter_mut()
            .find(|progress| progress.step == step)
    }

    /// Begins a step.
    pub(super) fn start(&mut self, step: Step) {
        self.migration.step = step;
        self.look_afresh();
        let now = self.now;
        if let Some(progress) = self.progress() {
            progress.started_at = Some(now);
            progress.finished_at = None;
        }
        self.record(EventKind::StepStarted);
    }

    /// The next thing is a reading, at once.
    pub(super) fn look_afresh(&mut self) {
        self.migration.phase = Phase::Look;
        self.migration.not_before = None;
        self.migration.retries = 0;
    }

    /// The next thing is the step's changing call, which the reading just made showed to be right.
    pub(super) fn act(&mut self) {
        self.migration.phase = Phase::Act;
        self.migration.not_before = None;
    }

    /// Records that a changing call is about to be sent.
    pub(super) fn send(&mut self, call: GraphCall) {
        let now = self.now;
        self.migration.phase = Phase::Sent {
            at: now,
            doubted: None,
        };
        self.migration.attempts.record(call, now);
        if let Some(progress) = self.progress() {
            progress.attempts = progress.attempts.saturating_add(1);
        }
        self.record(EventKind::CallSent { call });
    }

    /// Ends the step and begins the next of the route; after the last one the migration has succeeded.
    pub(super) fn finish(&mut self, note: &str) {
        let step = self.migration.step;
        let steps = self.migration.request.route.steps();
        let next = steps
            .iter()
            .skip_while(|other| **other != step)
            .nth(1)
            .copied();
        self.close(note);
        match next {
            Some(next) => self.enter(next),
            None => self.set_state(State::Succeeded, None),
        }
    }

    /// Ends the step and begins a later one; those between have nothing to do.
    pub(super) fn skip_to(&mut self, step: Step, note: &str) {
        let from = self.migration.step;
        self.close(note);
        let now = self.now;
        let route = self.migration.request.route.steps();
        for skipped in route
            .iter()
            .skip_while(|other| **other != from)
            .skip(1)
            .take_while(|other| **other != step)
        {
            self.migration.step = *skipped;
            if let Some(progress) = self.progress() {
                progress.started_at.get_or_insert(now);
                progress.finished_at = Some(now);
            }
        }
        self.enter(step);
    }

    /// Goes back to an earlier step, since Meta shows that its work must be done again.
    pub(super) fn go_back_to(&mut self, step: Step, fault: Fault) {
        self.blame(&fault);
        self.migration.fault = Some(fault);
        self.start(step);
    }

    fn close(&mut self, note: &str) {
        let now = self.now;
        if let Some(progress) = self.progress() {
            progress.finished_at = Some(now);
        }
        self.migration.fault = None;
        self.look_afresh();
        self.record(EventKind::StepFinished {
            note: note.to_owned(),
        });
    }

    /// Begins a step, and waits first where the step needs somebody else's turn.
    fn enter(&mut self, step: Step) {
        self.start(step);
        let held = match self.migration.request.cutover {
            Cutover::Immediate => false,
            Cutover::Hold => !self.migration.cutover_released,
            Cutover::NotBefore(at) => !self.migration.cutover_released && self.now < at,
        };
        if step == Step::Register && held {
            self.set_state(State::WaitingForCutover, None);
        } else if step == Step::VerifyCode && self.migration.secrets.code.is_none() {
            self.set_state(State::WaitingForCode, None);
        }
    }

    /// It is the engine's turn.
    pub(super) fn run(&mut self) {
        self.migration.not_before = None;
        self.migration.retries = 0;
        self.set_state(State::Running, None);
    }

    /// Moves to another state. In a terminal one the secrets that serve no more are erased.
    pub(super) fn set_state(&mut self, to: State, fault: Option<Fault>) {
        let from = self.migration.state;
        if from == to {
            return;
        }
        self.migration.state = to;
        self.migration.held = None;
        self.migration.state_since = Some(self.now);
        if to.is_terminal() {
            if call_under_way(self.migration) == Some(GraphCall::Register) {
                // Nobody will look for its effect any more.
                self.migration.registration = Registration::Uncertain;
            }
            self.migration.ended_at = Some(self.now);
            self.forget_secrets();
            self.look_afresh();
        }
        self.record(EventKind::StateChanged {
            from,
            fault: fault.map(Box::new),
        });
    }

    /// The migration has ended: the PIN stays where the number was registered with it, or may have been.
    fn forget_secrets(&mut self) {
        let Secrets {
            access_token,
            two_step_pin,
            code,
        } = &mut self.migration.secrets;
        *access_token = None;
        *code = None;
        match self.migration.registration {
            Registration::Done | Registration::Uncertain => {}
            Registration::NotDone | Registration::FoundDone => *two_step_pin = None,
        }
    }

    /// Waits for a code; `fault` says what was wrong with the last one.
    pub(super) fn wait_for_code(&mut self, fault: Option<Fault>) {
        self.migration.secrets.code = None;
        if let Some(fault) = &fault {
            self.blame(fault);
        }
        self.migration.fault.clone_from(&fault);
        self.look_afresh();
        self.set_state(State::WaitingForCode, fault);
    }

    /// Does what the fault's disposition says. The phase stays: a call that may have taken effect is still to be read
    /// back.
    pub(super) fn fault(&mut self, fault: Fault) {
        if fault.reason.is_of_the_app() || fault.failing_since.is_some() {
            self.hold(fault);
            return;
        }
        self.blame(&fault);
        match fault.disposition {
            Disposition::Retry => self.try_again(fault),
            Disposition::Wait => {
                let pause = fault.retry_after.unwrap_or(self.policy.limit_pause);
                let until = match fault.reason {
                    Reason::AccountRateLimited => {
                        let id = self.migration.id;
                        self.policy.after_shared_pause(id, pause, self.now)
                    }
                    _ => later(self.now, pause),
                };
                self.delay(fault, until);
            }
            Disposition::Ask => self.ask(fault),
            Disposition::GiveUp => {
                self.migration.fault = Some(fault.clone());
                self.set_state(State::Failed, Some(fault));
            }
        }
    }

    /// The same fails for all, so that this migration is not at fault: it waits, however long that lasts, and uses up no try.
    fn hold(&mut self, fault: Fault) {
        self.forget_reading();
        let pause = match fault.disposition {
            Disposition::Retry => self.policy.retry_cap,
            _ => self.policy.limit_pause,
        };
        let pause = fault.retry_after.unwrap_or(pause);
        let until = self
            .policy
            .after_shared_pause(self.migration.id, pause, self.now);
        self.migration.not_before = Some(until);
        self.migration.held = Some(Box::new(fault));
    }

    /// Tries again after a pause, a few times; then someone is asked.
    fn try_again(&mut self, fault: Fault) {
        // Each register call costs one of Meta's ten, and Meta asks to try a failed move again "after some time": fewer tries,
        // and further apart.
        let is_dear =
            self.migration.step == Step::Register || fault.reason == Reason::MoveFailedAtMeta;
        let (limit, doublings) = if is_dear {
            (self.policy.register_retries, REGISTER_DOUBLINGS)
        } else {
            (self.policy.retries, 0)
        };
        let tried = self.migration.retries;
        if tried >= limit {
            self.ask(fault.that_persists());
            return;
        }
        let pause =
            self.policy
                .retry_at(self.migration.id, tried.saturating_add(doublings), self.now);
        let asked = later(self.now, fault.retry_after.unwrap_or(SignedDuration::ZERO));
        self.migration.retries = tried.saturating_add(1);
        self.delay(fault, pause.max(asked));
    }

    /// Someone must apply a remedy.
    pub(super) fn ask(&mut self, mut fault: Fault) {
        // No code is taken while a remedy is awaited.
        if fault.remedies.contains(&Remedy::SubmitNewCode) {
            fault.remedies.retain(|it| *it != Remedy::SubmitNewCode);
            if fault.remedies.is_empty() {
                fault.remedies.push(Remedy::AskMetaSupport);
            }
        }
        self.forget_reading();
        self.migration.fault = Some(fault.clone());
        self.migration.not_before = None;
        self.migration.retries = 0;
        self.set_state(State::ActionRequired, Some(fault));
    }

    /// We go on by ourselves at `until`.
    pub(super) fn delay(&mut self, fault: Fault, until: Timestamp) {
        self.forget_reading();
        self.migration.not_before = Some(until);
        self.migration.fault = Some(fault.clone());
        self.record(EventKind::Delayed {
            fault: Box::new(fault),
            until,
        });
    }

    /// A reading does not keep: after a pause Meta is read again before anything is sent.
    pub(super) fn forget_reading(&mut self) {
        if self.migration.phase == Phase::Act {
            self.migration.phase = Phase::Look;
        }
    }

    /// Waits until the budget of `call` has room; `true` when it has room now.
    pub(super) fn within_budget(&mut self, call: GraphCall, limit: Limit, spent: Reason) -> bool {
        let Budget {
            next_allowed_at, ..
        } = self.migration.attempts.budget(call, limit, self.now);
        let Some(until) = next_allowed_at else {
            return true;
        };
        let pause = until.duration_since(self.now);
        self.delay(Fault::of(spent).with_retry_after(Some(pause)), until);
        false
    }

    /// How many more codes may be handed in, and when: by our own budget, and by Meta's lock.
    pub(super) fn code_checks(&self) -> Budget {
        code_checks(self.migration, self.policy, self.now)
    }

    /// Whether the newest code is young enough to be handed in.
    pub(super) fn code_is_good(&self) -> bool {
        code_valid_until(self.migration, self.policy).is_some_and(|until| until > self.now)
    }

    /// The number stands in the destination under this id.
    pub(super) fn adopt(&mut self, id: PhoneNumberId) {
        self.migration.phone_number_id = Some(id);
        self.migration.added_at.get_or_insert(self.now);
    }

    pub(super) fn blame(&mut self, fault: &Fault) {
        if let Some(progress) = self.progress() {
            progress.last_fault = Some(fault.clone());
        }
    }

    /// Takes a Cancel into effect that came while a call was under way, once that call's outcome is known.
    pub(super) fn cancel_if_requested(&mut self) {
        let migration = &*self.migration;
        let settled = !matches!(migration.phase, Phase::Sent { .. })
            && migration.registration == Registration::NotDone;
        if migration.cancel_requested && settled && !migration.state.is_terminal() {
            self.set_state(State::Canceled, None);
        }
    }

    /// The time is up.
    pub(super) fn expire(&mut self) {
        if may_be_registered(self.migration) {
            let fault = self
                .migration
                .fault
                .clone()
                .unwrap_or_else(|| Fault::of(Reason::NotConfirmed));
            self.migration.fault = Some(fault.clone());
            self.set_state(State::Failed, Some(fault));
        } else {
            self.set_state(State::Expired, None);
        }
    }
}
