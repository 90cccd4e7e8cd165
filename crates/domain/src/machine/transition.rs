//! One transition of a migration: the operations that steps and commands are made of. Each records
//! what it did.

use jiff::{SignedDuration, Timestamp};

use super::budgets::{code_checks, code_valid_until};
use crate::budget::later;
use crate::next_action::ActionKey;
use crate::{
    Budget, Cutover, Disposition, Event, EventKind, Fault, GraphCall, Limit, Migration, Phase,
    PhoneNumberId, Policy, Principal, Reason, Registration, Remedy, Secrets, State, Step,
    StepProgress,
};

/// Number of times that the first pause before another REGISTER is doubled.
const REGISTER_DOUBLINGS: u32 = 4;

/// A migration while it changes, and the events of the change.
pub(super) struct Transition<'a> {
    /// The action of the migration before the change.
    pub(super) before: ActionKey,
    pub(super) migration: &'a mut Migration,
    pub(super) policy: &'a Policy,
    pub(super) now: Timestamp,
    /// The caller that requested the change; `None` for what the engine does by itself.
    pub(super) by: Option<&'a Principal>,
    pub(super) events: Vec<Event>,
}

impl Transition<'_> {
    /// Adds an event to the history, with the present state and step.
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

    pub(super) fn progress(&mut self) -> Option<&mut StepProgress> {
        let step = self.migration.step;
        self.migration
            .steps
            .iter_mut()
            .find(|progress| progress.step == step)
    }

    /// Begins a step.
    pub(super) fn start(&mut self, step: Step) {
        self.migration.step = step;
        self.read_again();
        let now = self.now;
        if let Some(progress) = self.progress() {
            progress.started_at = Some(now);
            progress.finished_at = None;
        }
        self.record(EventKind::StepStarted);
    }

    /// Reads Meta next, at once.
    pub(super) fn read_again(&mut self) {
        self.migration.phase = Phase::Read;
        self.migration.not_before = None;
        self.migration.retries = 0;
    }

    /// Makes the step's changing call next, because the reading just made showed that it is right.
    pub(super) fn act(&mut self) {
        self.migration.phase = Phase::Act;
        self.migration.not_before = None;
    }

    /// Records that a changing call is about to be sent.
    pub(super) fn send(&mut self, call: GraphCall) {
        let at = self.now;
        self.migration.phase = Phase::Sent { call, at };
        self.migration.attempts.record(call, at);
        if let Some(progress) = self.progress() {
            progress.attempts = progress.attempts.saturating_add(1);
        }
        self.record(EventKind::CallSent { call });
    }

    /// The phase before a reading, which the reading has settled: Meta is read next, unless the
    /// caller decides otherwise.
    pub(super) fn take_phase(&mut self) -> Phase {
        std::mem::replace(&mut self.migration.phase, Phase::Read)
    }

    /// Records that the call took effect.
    pub(super) fn succeeded(&mut self, call: GraphCall) {
        self.record(EventKind::CallSucceeded { call });
    }

    /// Records that there is no answer to the call, and that Meta does not show its effect.
    pub(super) fn not_seen(&mut self, call: GraphCall) {
        self.record(EventKind::CallUncertain { call, fault: None });
    }

    /// The answer to the call was lost. Its effect is looked for from now on: until now Meta may
    /// have been working on it.
    pub(super) fn answer_lost(&mut self, call: GraphCall, fault: &Fault) {
        self.migration.phase = Phase::Sent { call, at: self.now };
        self.record(EventKind::CallUncertain {
            call,
            fault: Some(Box::new(fault.clone())),
        });
    }

    /// Meta refused the call, and that is acted on at once.
    pub(super) fn refused(&mut self, fault: Fault) {
        self.migration.phase = Phase::Read;
        self.fault(fault);
    }

    /// Acts on the fault of the call that was sent only after Meta was read.
    pub(super) fn read_back(&mut self, fault: Fault) {
        if let Some(call) = self.migration.phase.call_in_flight() {
            let fault = Box::new(fault);
            self.migration.phase = Phase::Unconfirmed { call, fault };
        }
        self.migration.not_before = None;
    }

    /// Ends the step and begins the next of the route; after the last one the migration has
    /// succeeded.
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

    /// Ends the step and begins a later one; the steps between have nothing to do.
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

    /// Returns to an earlier step, because Meta shows that its work must be done again.
    pub(super) fn go_back_to(&mut self, step: Step, fault: Fault) {
        self.set_last_fault(&fault);
        self.migration.fault = Some(fault);
        self.start(step);
    }

    fn close(&mut self, note: &str) {
        let now = self.now;
        if let Some(progress) = self.progress() {
            progress.finished_at = Some(now);
        }
        self.migration.fault = None;
        self.read_again();
        self.record(EventKind::StepFinished {
            note: note.to_owned(),
        });
    }

    /// Begins a step, and waits if someone else must act first.
    fn enter(&mut self, step: Step) {
        self.start(step);
        if self.waits_for_cutover() {
            self.wait_for_cutover();
        } else if step == Step::VerifyCode && self.migration.secrets.code.is_none() {
            self.set_state(State::WaitingForCode, None);
        }
    }

    /// Whether the number is ready to be registered, and its cutover has not come.
    pub(super) fn waits_for_cutover(&self) -> bool {
        let migration = &*self.migration;
        let is_ready = migration.step == Step::Register
            && migration.registration == Registration::NotDone
            && !migration.phase.awaits_outcome();
        let has_come = match migration.cutover {
            Cutover::Immediate => true,
            Cutover::Hold => false,
            Cutover::NotBefore(at) => self.now >= at,
        };
        is_ready && !has_come && !migration.cutover_released
    }

    /// Waits for the cutover; Meta is read again when it comes.
    pub(super) fn wait_for_cutover(&mut self) {
        self.read_again();
        self.migration.fault = None;
        self.set_state(State::WaitingForCutover, None);
    }

    /// The events of the change, which is complete.
    pub(super) fn complete(self) -> Vec<Event> {
        if self.migration.action() != self.before {
            self.migration.action_since = self.now;
        }
        self.events
    }

    /// It is the engine's turn.
    pub(super) fn run(&mut self) {
        self.migration.not_before = None;
        self.migration.retries = 0;
        self.set_state(State::Running, None);
    }

    /// Moves to another state. A terminal one erases the secrets that are not needed any more.
    pub(super) fn set_state(&mut self, to: State, fault: Option<Fault>) {
        let from = self.migration.state;
        if from == to {
            return;
        }
        self.migration.state = to;
        self.migration.held = None;
        self.migration.state_since = self.now;
        if to.is_terminal() {
            if self.migration.phase.call_in_flight() == Some(GraphCall::Register) {
                // Its effect will not be looked for any more.
                self.migration.registration = Registration::Uncertain;
            }
            self.migration.ended_at = Some(self.now);
            self.erase_secrets();
            self.read_again();
        }
        self.record(EventKind::StateChanged {
            from,
            fault: fault.map(Box::new),
        });
    }

    /// Erases the secrets of a migration that has ended. The PIN stays if the number was registered
    /// with it, or may have been.
    fn erase_secrets(&mut self) {
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

    /// Waits for a code; `fault` is what was wrong with the last one.
    pub(super) fn wait_for_code(&mut self, fault: Option<Fault>) {
        self.migration.secrets.code = None;
        if let Some(fault) = &fault {
            self.set_last_fault(fault);
        }
        self.migration.fault.clone_from(&fault);
        self.read_again();
        self.set_state(State::WaitingForCode, fault);
    }

    /// Does what the fault's disposition demands. The phase stays: a call that may have taken
    /// effect must still be read back.
    pub(super) fn fault(&mut self, fault: Fault) {
        if fault.reason.is_of_the_app() || fault.failing_since.is_some() {
            self.wait_for_recovery(fault);
            return;
        }
        self.set_last_fault(&fault);
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

    /// The same call fails for all migrations, so this one is not at fault: it waits as long as
    /// that lasts, and uses up no retry.
    fn wait_for_recovery(&mut self, fault: Fault) {
        self.discard_reading();
        let pause = match fault.disposition {
            Disposition::Retry => self.policy.retry_cap,
            Disposition::Wait | Disposition::Ask | Disposition::GiveUp => self.policy.limit_pause,
        };
        let pause = fault.retry_after.unwrap_or(pause);
        let until = self
            .policy
            .after_shared_pause(self.migration.id, pause, self.now);
        self.migration.not_before = Some(until);
        self.migration.held = Some(Box::new(fault));
    }

    /// Retries after a pause; after the maximum number of retries someone is asked.
    fn try_again(&mut self, fault: Fault) {
        // Each register call costs one of Meta's ten, and Meta asks to retry a failed move "after
        // some time": fewer retries, and longer pauses.
        let is_costly =
            self.migration.step == Step::Register || fault.reason == Reason::MoveFailedAtMeta;
        let (limit, doublings) = if is_costly {
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
        // No code is accepted while a remedy is awaited.
        if fault.remedies.contains(&Remedy::SubmitNewCode) {
            fault.remedies.retain(|it| *it != Remedy::SubmitNewCode);
            if fault.remedies.is_empty() {
                fault.remedies.push(Remedy::AskMetaSupport);
            }
        }
        self.discard_reading();
        self.migration.fault = Some(fault.clone());
        self.migration.not_before = None;
        self.migration.retries = 0;
        self.set_state(State::ActionRequired, Some(fault));
    }

    /// The engine continues by itself at `until`.
    pub(super) fn delay(&mut self, fault: Fault, until: Timestamp) {
        self.discard_reading();
        self.migration.not_before = Some(until);
        self.migration.fault = Some(fault.clone());
        self.record(EventKind::Delayed {
            fault: Box::new(fault),
            until,
        });
    }

    /// Discards the reading before a pause: after it Meta is read again before anything is sent.
    pub(super) fn discard_reading(&mut self) {
        if self.migration.phase == Phase::Act {
            self.migration.phase = Phase::Read;
        }
    }

    /// Whether the budget of `call` allows it now; if not, waits until it does.
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

    /// Budget of submitted codes: our own limit, and Meta's lock.
    pub(super) fn code_checks(&self) -> Budget {
        code_checks(self.migration, self.policy, self.now)
    }

    /// Whether the newest code can still be submitted.
    pub(super) fn code_is_valid(&self) -> bool {
        code_valid_until(self.migration, self.policy).is_some_and(|until| until > self.now)
    }

    /// The number is in the destination, with this id.
    pub(super) fn adopt(&mut self, id: PhoneNumberId) {
        self.migration.phone_number_id = Some(id);
        self.migration.added_at.get_or_insert(self.now);
    }

    pub(super) fn set_last_fault(&mut self, fault: &Fault) {
        if let Some(progress) = self.progress() {
            progress.last_fault = Some(fault.clone());
        }
    }

    /// Carries out a Cancel that came while a call was in flight, once that call's outcome is
    /// known.
    pub(super) fn cancel_if_requested(&mut self) {
        let migration = &*self.migration;
        let settled =
            !migration.phase.awaits_outcome() && migration.registration == Registration::NotDone;
        if migration.cancel_requested && settled && !migration.state.is_terminal() {
            self.set_state(State::Canceled, None);
        }
    }

    /// The migration's time is up.
    pub(super) fn expire(&mut self) {
        if self.migration.may_be_registered() {
            let fault = self.migration.fault.clone();
            let fault = fault.unwrap_or_else(|| Fault::of(Reason::NotConfirmed));
            self.migration.fault = Some(fault.clone());
            self.set_state(State::Failed, Some(fault));
        } else {
            self.set_state(State::Expired, None);
        }
    }
}
