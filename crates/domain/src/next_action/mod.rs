//! What must happen next, who does it, and until when. Derived from a migration, never stored.

mod code;
mod quote;

use jiff::Timestamp;

use crate::{
    Actor, Cutover, Fault, Machine, Migration, Reason, Registration, Remedy, Route, State,
};
use quote::{explained, quoted};

/// What must happen next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NextAction {
    /// Who does it; `None` when nothing is left to do.
    pub actor: Option<Actor>,
    /// What kind of thing it is.
    pub kind: NextActionKind,
    /// The action for a person, in plain English.
    pub instruction: String,
    /// Until when, or when the engine continues by itself.
    pub deadline: Option<Timestamp>,
    /// What to do, if remedies are known.
    pub remedies: Vec<Remedy>,
}

/// What kind of thing must happen next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NextActionKind {
    /// Nothing: the engine works, or waits until the deadline.
    Wait,
    /// Nothing before the deadline: Meta, or our own limit, allows nothing until then.
    WaitForMeta,
    /// Submit the code, or request another.
    SubmitCode,
    /// Resume when the number may move.
    ReleaseCutover,
    /// Apply a remedy, then resume.
    ApplyRemedy,
    /// Ended; a person should clean up.
    CleanUp,
    /// Ended; nothing is left to do.
    None,
}

impl Machine {
    /// What must happen next, and who does it.
    #[must_use]
    pub fn next_action(&self, migration: &Migration, now: Timestamp) -> NextAction {
        match migration.state {
            State::Running => running(migration),
            State::WaitingForCode => code::waiting(&self.policy, migration, now),
            State::WaitingForCutover => waiting_for_cutover(migration),
            State::ActionRequired => action_required(migration),
            State::Succeeded => succeeded(migration),
            State::Failed | State::Canceled | State::Expired => ended_early(migration),
        }
    }
}

impl Migration {
    /// Who must act next; `None` when nothing is left to do.
    #[must_use]
    pub fn actor(&self) -> Option<Actor> {
        let by_fault = |fault: Option<&Fault>| {
            let first = fault.and_then(|fault| fault.remedies.first());
            first.map_or(Actor::Operator, |remedy| remedy.actor())
        };
        match self.state {
            State::Running => Some(by_fault(self.held.as_deref().or(self.fault.as_ref()))),
            State::WaitingForCode => Some(Actor::NumberOwner),
            State::WaitingForCutover => Some(match self.request.cutover {
                Cutover::NotBefore(_) => Actor::Operator,
                Cutover::Hold | Cutover::Immediate => Actor::Caller,
            }),
            State::ActionRequired => Some(by_fault(self.fault.as_ref())),
            State::Succeeded => None,
            State::Failed | State::Canceled | State::Expired => {
                clean_up(self).first().map(|remedy| remedy.actor())
            }
        }
    }
}

fn running(migration: &Migration) -> NextAction {
    let step = migration.step.as_str();
    let continues = format!("The service continues with {step} by itself.");
    let (instruction, remedies) = match (&migration.held, &migration.fault) {
        (Some(held), _) => {
            let remedies: Vec<&str> = held.remedies.iter().map(|it| it.instruction()).collect();
            let instruction = format!(
                "Nothing can be done for this number alone: {} {} {continues}",
                explained(held),
                remedies.join(" "),
            );
            (instruction, held.remedies.clone())
        }
        (None, Some(fault)) => (
            format!("Nothing: {} {continues}", explained(fault)),
            fault.remedies.clone(),
        ),
        (None, None) => (format!("Nothing: {step} is in progress."), Vec::new()),
    };
    let waits = migration.not_before.is_some();
    NextAction {
        actor: migration.actor(),
        kind: if waits {
            NextActionKind::WaitForMeta
        } else {
            NextActionKind::Wait
        },
        instruction,
        deadline: migration.not_before,
        remedies,
    }
}

fn waiting_for_cutover(migration: &Migration) -> NextAction {
    let (kind, instruction, deadline) = match migration.request.cutover {
        Cutover::NotBefore(at) => (
            NextActionKind::Wait,
            format!("Nothing: the number is registered at {at}. Resume registers it at once."),
            at,
        ),
        Cutover::Hold | Cutover::Immediate => (
            NextActionKind::ReleaseCutover,
            "Everything is ready. Call Resume when the number may move.".to_owned(),
            migration.expires_at,
        ),
    };
    NextAction {
        actor: migration.actor(),
        kind,
        instruction,
        deadline: Some(deadline),
        remedies: Vec::new(),
    }
}

fn action_required(migration: &Migration) -> NextAction {
    let remedies = migration
        .fault
        .as_ref()
        .map(|fault| fault.remedies.clone())
        .unwrap_or_default();
    let (what_happened, between) = match &migration.fault {
        // Each failed check has its remedy, and all are needed.
        Some(fault) if fault.reason == Reason::ChecksFailed => {
            let failed = failed(migration);
            (format!("{}{failed}{}", fault.message(), quoted(fault)), " ")
        }
        Some(fault) => (explained(fault), " If that does not help: "),
        None => (String::new(), " "),
    };
    let what_to_do: Vec<&str> = remedies.iter().map(|remedy| remedy.instruction()).collect();
    let what_to_do = what_to_do.join(between);
    NextAction {
        actor: migration.actor(),
        kind: NextActionKind::ApplyRemedy,
        instruction: format!("{what_happened} {what_to_do} Then call Resume."),
        deadline: Some(migration.expires_at),
        remedies,
    }
}

/// The required checks that failed, and what they found.
fn failed(migration: &Migration) -> String {
    migration
        .findings
        .checks
        .iter()
        .filter(|check| check.stops())
        .flat_map(|check| [" ", check.id.as_str(), ": ", check.finding.as_str()])
        .collect()
}

fn succeeded(migration: &Migration) -> NextAction {
    let done = "Nothing: the number is connected in the destination. The report lists what must be set up again.";
    let (instruction, remedies) = if migration.pin_is_unproven() {
        let remedy = Remedy::SetTwoStepPin;
        let unproven = "Meta does not show that the number has a two-step verification PIN that the service knows.";
        (
            format!("{done} {unproven} {}", remedy.instruction()),
            vec![remedy],
        )
    } else {
        (done.to_owned(), Vec::new())
    };
    NextAction {
        actor: migration.actor(),
        kind: NextActionKind::None,
        instruction,
        deadline: None,
        remedies,
    }
}

fn ended_early(migration: &Migration) -> NextAction {
    let remedies = clean_up(migration);
    if remedies.is_empty() {
        return NextAction {
            actor: migration.actor(),
            kind: NextActionKind::None,
            instruction: "Nothing: the migration has ended and left nothing behind.".to_owned(),
            deadline: None,
            remedies,
        };
    }
    let what: Vec<&str> = remedies.iter().map(|remedy| remedy.instruction()).collect();
    NextAction {
        actor: migration.actor(),
        kind: NextActionKind::CleanUp,
        instruction: format!(
            "The migration has ended; what it left behind can only be removed by hand. {}",
            what.join(" ")
        ),
        deadline: None,
        remedies,
    }
}

/// What a person must do by hand after a migration that ended before the number moved.
fn clean_up(migration: &Migration) -> Vec<Remedy> {
    if migration.registration != Registration::NotDone || migration.request.route != Route::Otp {
        return Vec::new();
    }
    let pending = migration
        .phone_number_id
        .is_some()
        .then_some(Remedy::RemovePendingNumber);
    pending
        .into_iter()
        .chain([Remedy::TurnOnTwoStepAgain])
        .collect()
}
