//! What must happen next, who does it, since when and until when. Derived from a migration, never
//! stored, except since when.
//!
//! An instruction has its time in it, asks for nothing that its remedies do not name, and quotes
//! Meta's own text where there is one.

mod code;
mod ended;
mod moment;
mod quote;
mod running;

use jiff::Timestamp;

use crate::budget::later;
use crate::{Actor, Cutover, Fault, GraphError, Machine, Migration, Reason, Remedy, State, Step};
use quote::{explained, quoted};

/// What must happen next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NextAction {
    /// Who acts next; `None` when nothing is left to do.
    pub actor: Option<Actor>,
    /// What kind of thing it is.
    pub kind: NextActionKind,
    /// The action for a person, in plain English.
    pub instruction: String,
    /// Since when this has been the next action.
    pub since: Timestamp,
    /// For a wait: when it is over. Otherwise: until when the actor must act.
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

/// What tells one next action from another: while it stays the same, the actor waits for the same
/// thing. A try during a pause changes nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ActionKey {
    state: State,
    step: Step,
    fault: Option<Reason>,
    /// The cutover that is waited for.
    cutover: Option<Cutover>,
}

impl Machine {
    /// What must happen next, and who does it.
    #[must_use]
    pub fn next_action(&self, migration: &Migration, now: Timestamp) -> NextAction {
        match migration.state {
            State::Running => running::action(migration),
            State::WaitingForCode => code::waiting(&self.policy, migration, now),
            State::WaitingForCutover => waiting_for_cutover(migration),
            State::ActionRequired => action_required(migration),
            State::Succeeded => ended::succeeded(migration),
            State::Failed | State::Canceled | State::Expired => ended::early(migration),
        }
    }
}

impl NextAction {
    /// An action of the migration's actor without deadline and remedies.
    fn new(migration: &Migration, kind: NextActionKind, instruction: String) -> Self {
        Self {
            actor: migration.actor(),
            kind,
            instruction,
            since: migration.action_since,
            deadline: None,
            remedies: Vec::new(),
        }
    }
}

impl Migration {
    /// Who acts next; `None` when nothing is left to do. It depends on what is stored and not on
    /// the time, so that lists can search for it: while a code is awaited it is the number's owner,
    /// even if no code can be submitted for some hours.
    #[must_use]
    pub fn actor(&self) -> Option<Actor> {
        match self.state {
            State::Running => Some(running::actor(self)),
            State::WaitingForCode => Some(Actor::NumberOwner),
            State::WaitingForCutover => Some(match self.cutover {
                Cutover::NotBefore(_) => Actor::Operator,
                Cutover::Hold | Cutover::Immediate => Actor::Caller,
            }),
            State::ActionRequired => {
                let remedies = self.fault.as_ref().map(|fault| &fault.remedies);
                let first = remedies.and_then(|remedies| remedies.first());
                Some(first.map_or(Actor::Operator, |remedy| remedy.actor()))
            }
            State::Succeeded => None,
            State::Failed | State::Canceled | State::Expired => {
                ended::clean_up(self).first().map(|remedy| remedy.actor())
            }
        }
    }

    /// What tells the present next action from others.
    pub(crate) fn action(&self) -> ActionKey {
        let waits_for_cutover = self.state == State::WaitingForCutover;
        ActionKey {
            state: self.state,
            step: self.step,
            fault: self.current_fault().map(|fault| fault.reason),
            cutover: waits_for_cutover.then_some(self.cutover),
        }
    }
}

fn waiting_for_cutover(migration: &Migration) -> NextAction {
    let (kind, instruction, deadline) = match migration.cutover {
        Cutover::NotBefore(at) => (
            NextActionKind::Wait,
            format!(
                "No action needed. The service registers the number at {}. Call Resume to register it at once, or \
                 UpdateMigration to change the time.",
                moment::from(at)
            ),
            at,
        ),
        Cutover::Hold | Cutover::Immediate => (
            NextActionKind::ReleaseCutover,
            format!(
                "Everything is ready. Call Resume when the number may move. The migration expires at {}.",
                moment::until(migration.expires_at)
            ),
            migration.expires_at,
        ),
    };
    NextAction {
        deadline: Some(deadline),
        ..NextAction::new(migration, kind, instruction)
    }
}

fn action_required(migration: &Migration) -> NextAction {
    let fault = migration.fault.as_ref();
    let remedies = fault
        .map(|fault| fault.remedies.clone())
        .unwrap_or_default();
    // Each failed check has its remedy, and all are needed.
    let are_checks = fault.is_some_and(|fault| fault.reason == Reason::ChecksFailed);
    let what_happened = match fault {
        Some(fault) if are_checks => {
            format!("{}{}{}", fault.message(), failed(migration), quoted(fault))
        }
        Some(fault) => explained(fault),
        None => String::new(),
    };
    let what_to_do = orders(&remedies, fault, are_checks);
    let what_to_do = format!("{what_to_do}{}", resume(remedies.last().copied()));
    let pause = fault.and_then(|fault| fault.retry_after);
    let pause = pause.map(|pause| {
        let until = later(migration.state_since, pause);
        format!("Do not call Resume before {}.", moment::from(until))
    });
    let expires = format!(
        "The migration expires at {}.",
        moment::until(migration.expires_at)
    );
    let sentences = [
        &*what_happened,
        what_to_do.trim_start(),
        pause.as_deref().unwrap_or_default(),
        &*expires,
    ];
    let sentences: Vec<&str> = sentences.into_iter().filter(|it| !it.is_empty()).collect();
    NextAction {
        deadline: Some(migration.expires_at),
        remedies,
        ..NextAction::new(migration, NextActionKind::ApplyRemedy, sentences.join(" "))
    }
}

/// What follows the last instruction.
const fn resume(last: Option<Remedy>) -> &'static str {
    match last {
        // They are submitted with Resume.
        Some(Remedy::RenewToken | Remedy::ResetTwoStepPin) => "",
        Some(last) if starts_again(last) => " Otherwise call Resume.",
        _ => " Then call Resume.",
    }
}

/// The instructions of remedies: all of them, or one after the other until one helps.
fn orders(remedies: &[Remedy], fault: Option<&Fault>, all: bool) -> String {
    let mut text = String::new();
    let mut before = None;
    for remedy in remedies {
        match before {
            None => {}
            Some(before) if starts_again(before) => text.push_str(" Otherwise: "),
            Some(_) if all => text.push(' '),
            Some(before) => {
                text.push_str(resume(Some(before)));
                text.push_str(" If that does not help: ");
            }
        }
        text.push_str(remedy.instruction());
        if *remedy == Remedy::AskMetaSupport {
            text.push_str(&case(fault.and_then(|fault| fault.graph_error.as_deref())));
        }
        before = Some(*remedy);
    }
    text
}

/// What a case at Meta quotes of Meta's own error.
fn case(error: Option<&GraphError>) -> String {
    let error = error.filter(|error| error.is_of_meta());
    match error.map(|error| (error.code, error.fbtrace_id.as_ref())) {
        None => String::new(),
        Some((code, None)) => format!(" Quote Meta's error code {code}, too."),
        Some((code, Some(trace))) => {
            format!(" Quote Meta's error code {code} and its trace id {trace}, too.")
        }
    }
}

/// Whether the remedy may be to start another migration, for which this one is canceled.
const fn starts_again(remedy: Remedy) -> bool {
    matches!(
        remedy,
        Remedy::CheckNumber | Remedy::UseAccountOfSameBusiness
    )
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
