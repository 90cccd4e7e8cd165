//! The machine: decides what a migration does next, and what an outcome means. Pure.
//!
//! The engine loops: it asks [`Machine::next`], performs the [`Action`], and passes the outcome to
//! [`Machine::apply`]. Before a call that changes something at Meta it calls [`Machine::begin`] and
//! makes the intent durable. A worker that finds a migration in [`Phase::Sent`] does not repeat the
//! call: `next` asks for a reading first, and `apply` decides on what was read.
//!
//! Each step has a file under `steps/`: what it reads, what it sends and what the outcomes mean.

pub(crate) mod budgets;
mod command;
mod removal;
mod steps;
mod transition;
mod update;

use jiff::Timestamp;

use super::budget::later;
use super::tenancy::Defaults;
use super::{
    Action, Attempts, Codes, Cutover, Effective, Event, EventKind, Fault, Migration, MigrationId,
    Outcome, Phase, Policy, Principal, Registration, Request, Secrets, State, Step, StepProgress,
    TenantId, TraceParent, Tracked, Write,
};
use transition::Transition;

pub use command::{Command, CommandError};

/// Decides what a migration does next and what an outcome means.
#[derive(Debug, Clone, Default)]
pub struct Machine {
    /// Limits, delays and deadlines.
    pub policy: Policy,
}

/// What a new migration begins with.
#[derive(Debug, Clone)]
pub struct Start {
    /// Its id.
    pub id: MigrationId,
    /// Its tenant.
    pub tenant: TenantId,
    /// Its calls go to the sandbox.
    pub sandbox: bool,
    /// The trace of the request that begins it.
    pub trace_parent: Option<TraceParent>,
    /// The tenant's defaults for what its requests leave open.
    pub defaults: Defaults,
    /// What the caller asked for.
    pub request: Request,
    /// Its secrets. There always is a PIN: with [`super::PinSource::Code`] it is used if Meta asks
    /// for no code.
    pub secrets: Secrets,
}

impl Machine {
    /// A new migration that `by` asks for, and its first events.
    #[must_use]
    pub fn accept(&self, start: Start, by: &Principal, now: Timestamp) -> (Migration, Vec<Event>) {
        let Start {
            id,
            tenant,
            sandbox,
            trace_parent,
            defaults,
            request,
            secrets,
        } = start;
        let Effective {
            code_method,
            language,
            pin_source,
        } = request.effective(&defaults);
        let mut migration = Migration {
            id,
            tenant,
            sandbox,
            trace_parent,
            tags: Tracked::default(),
            secrets,
            state: State::Running,
            state_since: now,
            action_since: now,
            step: Step::Check,
            phase: Phase::Read,
            not_before: None,
            retries: 0,
            fault: None,
            steps: request
                .route
                .steps()
                .iter()
                .copied()
                .map(StepProgress::new)
                .collect(),
            phone_number_id: None,
            code_method,
            language,
            pin_source,
            code_requested_at: None,
            cutover: request.cutover,
            cutover_released: false,
            cancel_requested: false,
            registration: Registration::NotDone,
            codes_refused_until: None,
            codes: Codes::default(),
            held: None,
            added_at: None,
            two_step_shown_off: false,
            findings: Tracked::default(),
            created_at: now,
            updated_at: now,
            expires_at: later(now, request.expires_after()),
            ended_at: None,
            last_sequence: 0,
            attempts: Attempts::default(),
            version: 0,
            request,
        };
        let mut change = self.change(&mut migration, now);
        change.by = Some(by);
        change.record(EventKind::Accepted);
        change.start(Step::Check);
        let events = change.complete();
        (migration, events)
    }

    /// The next action of the migration.
    #[must_use]
    pub fn next(&self, migration: &Migration, now: Timestamp) -> Action {
        if !migration.state.is_terminal() && is_expired(migration, now) {
            return Action::Elapse;
        }
        let expires = (!outlives_expiry(migration)).then_some(migration.expires_at);
        match migration.state {
            State::WaitingForCutover => match migration.cutover {
                Cutover::NotBefore(at) if now >= at => Action::Elapse,
                Cutover::NotBefore(at) => Action::Wait {
                    until: earliest(Some(at), expires),
                },
                Cutover::Hold | Cutover::Immediate => Action::Wait { until: expires },
            },
            State::Running => match migration.not_before {
                Some(at) if now < at => Action::Wait {
                    until: earliest(Some(at), expires),
                },
                // The pause has ended, and a person is asked first.
                _ if steps::wants_person(migration) => Action::Elapse,
                _ => match migration.phase {
                    Phase::Read | Phase::Sent { .. } | Phase::Unconfirmed { .. } => {
                        Action::Read(steps::read(migration))
                    }
                    Phase::Act => steps::write(migration).map_or(Action::Elapse, Action::Write),
                },
            },
            State::WaitingForCode | State::ActionRequired => Action::Wait { until: expires },
            State::Succeeded | State::Failed | State::Canceled | State::Expired => Action::Done,
        }
    }

    /// When the migration is due next; `None`: not before a command comes.
    #[must_use]
    pub fn due_at(&self, migration: &Migration, now: Timestamp) -> Option<Timestamp> {
        match self.next(migration, now) {
            Action::Read(_) | Action::Write(_) | Action::Elapse => Some(now),
            Action::Wait { until } => until,
            Action::Done => None,
        }
    }

    /// Records the intent to make a changing call. It must be durable before the call is made.
    pub fn begin(&self, migration: &mut Migration, write: &Write, now: Timestamp) -> Vec<Event> {
        let mut change = self.change(migration, now);
        change.send(write.call());
        change.complete()
    }

    /// Applies the outcome of a call.
    pub fn apply(&self, migration: &mut Migration, outcome: Outcome, now: Timestamp) -> Vec<Event> {
        let mut change = self.change(migration, now);
        change.migration.held = None;
        match outcome {
            Outcome::Read(Ok(reading)) => steps::on_reading(&mut change, reading),
            Outcome::Read(Err(fault)) => steps::on_unreadable(&mut change, fault),
            Outcome::Written(Ok(written)) => steps::on_written(&mut change, &written),
            Outcome::Written(Err(fault)) => steps::on_refused(&mut change, fault),
        }
        change.cancel_if_requested();
        change.complete()
    }

    /// Discards what was read before the next call, since it may no longer be true: after a pause
    /// of unknown length, or another commit. Meta is read again, and budgets are counted again.
    pub fn discard_reading(&self, migration: &mut Migration, now: Timestamp) {
        self.change(migration, now).discard_reading();
    }

    /// Holds the next changing call back until `until`, for a reason outside of the migration;
    /// `why` says what it is, if there is something to say. Meta is read again before the call is
    /// made.
    pub fn hold(
        &self,
        migration: &mut Migration,
        why: Option<Fault>,
        until: Timestamp,
        now: Timestamp,
    ) {
        let mut change = self.change(migration, now);
        change.discard_reading();
        change.migration.not_before = Some(until);
        change.migration.held = why.map(Box::new);
        change.complete();
    }

    /// Applies the passing of time, after [`Machine::next`] returned [`Action::Elapse`].
    pub fn elapse(&self, migration: &mut Migration, now: Timestamp) -> Vec<Event> {
        let mut change = self.change(migration, now);
        if is_expired(change.migration, now) {
            change.expire();
        } else if change.migration.state == State::WaitingForCutover {
            change.run();
        } else if steps::wants_person(change.migration) {
            steps::ask_for_code(&mut change);
        } else {
            steps::on_missing(&mut change);
        }
        change.complete()
    }

    fn change<'a>(&'a self, migration: &'a mut Migration, now: Timestamp) -> Transition<'a> {
        Transition {
            before: migration.action(),
            migration,
            policy: &self.policy,
            now,
            by: None,
            events: Vec::new(),
        }
    }
}

/// Whether a migration may continue after `expires_at`: a call that may have taken effect must be
/// read back, and a number that was registered must be confirmed.
fn outlives_expiry(migration: &Migration) -> bool {
    let unsettled =
        migration.phase.awaits_outcome() || migration.registration != Registration::NotDone;
    unsettled && migration.state == State::Running
}

fn is_expired(migration: &Migration, now: Timestamp) -> bool {
    now >= migration.expires_at && !outlives_expiry(migration)
}

fn earliest(one: Option<Timestamp>, other: Option<Timestamp>) -> Option<Timestamp> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (one, other) => one.or(other),
    }
}
