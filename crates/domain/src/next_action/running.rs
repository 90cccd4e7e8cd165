//! The next action while the engine works or waits.

use super::{NextAction, NextActionKind, explained, moment, orders};
use crate::{Actor, Disposition, Fault, Migration, Reason, Remedy, Step};

/// The next action of a running migration.
pub(super) fn action(migration: &Migration) -> NextAction {
    let step = migration.step.as_str();
    let kind = match waited_for(migration) {
        Some(_) => NextActionKind::WaitForMeta,
        None => NextActionKind::Wait,
    };
    let remedies = needed(migration);
    let instruction = match (waited_for(migration), migration.not_before) {
        (None, None) => format!("No action needed. {step} is in progress."),
        (None, Some(at)) => format!(
            "No action needed. The service continues with {step} at {}.",
            moment::from(at)
        ),
        (Some(fault), at) => {
            let continues = continues(migration, fault, at.map(moment::from));
            match (remedies.as_slice(), &migration.held) {
                ([], None) => format!("No action needed. {} {continues}", explained(fault)),
                ([], Some(_)) => format!(
                    "No action needed for this number alone. {} {continues}",
                    explained(fault)
                ),
                (remedies, _) => format!(
                    "{} {} Nothing can be done for this number alone. {continues}",
                    explained(fault),
                    orders(remedies, Some(fault), false),
                ),
            }
        }
    };
    NextAction {
        deadline: migration.not_before,
        remedies,
        ..NextAction::new(migration, kind, instruction)
    }
}

/// Who acts while a migration is running: the actor of the remedy without which it will not
/// continue, Meta during a pause after a fault, and otherwise the operator's service.
pub(super) fn actor(migration: &Migration) -> Actor {
    match (needed(migration).first(), waited_for(migration)) {
        (Some(remedy), _) => remedy.actor(),
        (None, Some(_)) => Actor::Meta,
        (None, None) => Actor::Operator,
    }
}

/// The fault because of which the engine waits. During a try it waits for nothing.
fn waited_for(migration: &Migration) -> Option<&Fault> {
    let own = migration.fault.as_ref();
    let held = migration.held.as_deref();
    held.or(own.filter(|_| migration.not_before.is_some()))
}

/// The remedies without which it will not continue. Those of other faults are for the case that the
/// retries do not help, and are shown then.
fn needed(migration: &Migration) -> Vec<Remedy> {
    let Some(fault) = waited_for(migration) else {
        return Vec::new();
    };
    match fault.reason {
        Reason::AppBlocked | Reason::AppTermsNotAccepted | Reason::ClockWrong => {
            fault.remedies.clone()
        }
        _ => Vec::new(),
    }
}

/// How the service goes on, and when.
fn continues(migration: &Migration, fault: &Fault, at: Option<String>) -> String {
    let step = migration.step.as_str();
    let at = at.map_or_else(|| "now".to_owned(), |at| format!("at {at}"));
    if migration.phase.awaits_outcome() {
        format!("The service reads the number {at}, to learn whether {step} took effect.")
    } else if migration.step == Step::Confirm {
        format!("The service reads the number again {at}.")
    } else if migration.codes.wants_person {
        format!("The service asks {at} whether the owner can receive a code.")
    } else if fault.disposition == Disposition::Retry {
        format!("The service retries {step} {at}.")
    } else {
        format!("The service continues with {step} {at}.")
    }
}
