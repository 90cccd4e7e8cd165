//! The rules of each step: what it reads, what it sends, and what the outcomes mean. One file a
//! step.
//!
//! Each step reads before it writes, so that a repeat is harmless.

mod add_number;
mod check;
mod confirm;
mod find_number;
mod read_back;
mod register;
mod request_code;
mod subscribe;
mod verify_code;

use crate::{
    Disposition, Effect, EventKind, Fault, GraphCall, Migration, PhoneNumberId, Read, Reading,
    Reason, Registration, Step, Write, Written,
};

use super::transition::Transition;
use read_back::{asks_someone, in_light_of};

pub(in crate::machine) use read_back::on_unreadable;
pub(in crate::machine) use request_code::{ask_for_code, wants_person};

/// The rules of one step.
struct Rules {
    /// What it reads.
    read: fn(&Migration) -> Read,
    /// What the reading means.
    on_reading: fn(&mut Transition<'_>, Reading),
    /// Its changing call, if it makes one.
    call: Option<CallRules>,
}

/// The rules of a step's changing call.
struct CallRules {
    /// The call with its arguments; `None` if something that it needs is missing.
    write: fn(&Migration) -> Option<Write>,
    /// Gets what is missing.
    on_missing: fn(&mut Transition<'_>),
    /// What success means.
    on_done: fn(&mut Transition<'_>, &Written),
    /// What a refusal means: act on it now, or read the number first.
    on_refused: fn(&mut Transition<'_>, Fault),
}

/// The table of steps.
const fn rules(step: Step) -> &'static Rules {
    match step {
        Step::Check => &check::RULES,
        Step::Subscribe => &subscribe::RULES,
        Step::AddNumber => &add_number::RULES,
        Step::FindNumber => &find_number::RULES,
        Step::RequestCode => &request_code::RULES,
        Step::VerifyCode => &verify_code::RULES,
        Step::Register => &register::RULES,
        Step::Confirm => &confirm::RULES,
    }
}

/// What the migration's step reads.
pub(super) fn read(migration: &Migration) -> Read {
    (rules(migration.step).read)(migration)
}

/// What the migration's step sends; `None` if it sends nothing, or something is missing.
pub(super) fn write(migration: &Migration) -> Option<Write> {
    let call = rules(migration.step).call.as_ref()?;
    (call.write)(migration)
}

/// What a reading means to the step.
pub(super) fn on_reading(change: &mut Transition<'_>, reading: Reading) {
    (rules(change.migration.step).on_reading)(change, reading);
}

/// What success of the call means to the step.
pub(super) fn on_written(change: &mut Transition<'_>, written: &Written) {
    if let Some((call, rules)) = call_in_flight(change.migration) {
        change.succeeded(call);
        (rules.on_done)(change, written);
    }
}

/// What a refusal of the call, or the lack of an answer, means to the step.
pub(super) fn on_refused(change: &mut Transition<'_>, fault: Fault) {
    let Some((call, rules)) = call_in_flight(change.migration) else {
        return;
    };
    match fault.effect {
        Effect::Unknown => {
            change.answer_lost(call, &fault);
            if call == GraphCall::Register {
                change.migration.registration = Registration::Uncertain;
            }
            // However bad the fault looks, it proves nothing about the call: Meta is read first.
            match fault.disposition {
                Disposition::Ask | Disposition::GiveUp => change.read_back(fault),
                Disposition::Retry | Disposition::Wait => change.fault(Fault {
                    disposition: Disposition::Retry,
                    ..fault
                }),
            }
        }
        Effect::None => {
            change.record(EventKind::CallRefused {
                call,
                fault: Box::new(fault.clone()),
            });
            (rules.on_refused)(change, fault);
        }
    }
}

/// Something that the call needs is missing.
pub(super) fn on_missing(change: &mut Transition<'_>) {
    match &rules(change.migration.step).call {
        Some(call) => (call.on_missing)(change),
        None => change.read_again(),
    }
}

fn call_in_flight(migration: &Migration) -> Option<(GraphCall, &'static CallRules)> {
    let call = migration.phase.call_in_flight()?;
    Some((call, rules(migration.step).call.as_ref()?))
}

/// Reads the number by its id. Without an id it is searched for in the list and adopted.
fn number_by_id(migration: &Migration) -> Read {
    let id = migration.phone_number_id.clone();
    id.map_or(Read::FindNumber, Read::Number)
}

/// A reading that is not of the step's own kind: the search for a number whose id was missing.
fn on_other_reading(change: &mut Transition<'_>, reading: Reading) {
    match reading {
        Reading::FoundNumber(Some(number)) => change.adopt(number.id),
        Reading::FoundNumber(None) => change.fault(Fault::of(Reason::NumberNotInDestination)),
        // No step asks for what it does not understand. If one did, it would not do so in a loop.
        Reading::Facts(_)
        | Reading::Subscription(_)
        | Reading::Number(_)
        | Reading::Confirmation(_) => change.fault(Fault::of(Reason::GraphUnreadable)),
    }
}

/// The number works in the destination, and no call is awaited: only CONFIRM is left. Nothing is
/// done to a number that works.
fn found_working(change: &mut Transition<'_>, id: PhoneNumberId) {
    let by_us = change.migration.registration != Registration::NotDone;
    change.migration.registration = if by_us {
        Registration::Done
    } else {
        Registration::FoundDone
    };
    change.adopt(id);
    change.migration.secrets.code = None;
    change.skip_to(
        Step::Confirm,
        "The number is connected in the destination already.",
    );
}
