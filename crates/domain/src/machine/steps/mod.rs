//! The steps: what each reads, what it sends, and what the answers mean. One file a step.
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
    Disposition, Effect, EventKind, Fault, GraphCall, Migration, Phase, PhoneNumber, PhoneNumberId,
    Read, Reading, Reason, Registration, Step, Write, Written,
};

use super::transition::Transition;
use read_back::{Sent, in_light_of, must_be_read_back, read_back};

pub(in crate::machine) use read_back::on_unreadable;
pub(in crate::machine) use request_code::{ask_for_code, wants_person};

/// What the step reads.
pub(super) fn read(migration: &Migration) -> Read {
    let by_id = |read: fn(PhoneNumberId) -> Read| {
        // Without an id the number is looked up in the list, which adopts it.
        migration
            .phone_number_id
            .clone()
            .map_or(Read::FindNumber, read)
    };
    match migration.step {
        Step::Check => Read::Facts,
        Step::Subscribe => Read::Subscription,
        Step::AddNumber | Step::FindNumber => Read::FindNumber,
        Step::RequestCode | Step::VerifyCode | Step::Register => by_id(Read::Number),
        Step::Confirm => by_id(Read::Confirmation),
    }
}

/// What the step sends; `None` where it sends nothing, or lacks a secret that it needs.
pub(super) fn write(migration: &Migration) -> Option<Write> {
    let id = || migration.phone_number_id.clone();
    match migration.step {
        Step::Check | Step::FindNumber | Step::Confirm => None,
        Step::Subscribe => Some(Write::Subscribe),
        Step::AddNumber => Some(Write::AddNumber {
            number: number_as_shown(migration),
        }),
        Step::RequestCode => Some(Write::RequestCode {
            id: id()?,
            method: migration.code_method,
            language: migration.language.clone(),
        }),
        Step::VerifyCode => Some(Write::VerifyCode {
            id: id()?,
            code: migration.secrets.code.clone()?,
        }),
        Step::Register => Some(Write::Register {
            id: id()?,
            pin: migration.secrets.two_step_pin.clone()?,
        }),
    }
}

/// The number in the form in which the source shows it, where that was read: Meta knows it by that one.
fn number_as_shown(migration: &Migration) -> PhoneNumber {
    let number = &migration.request.phone_number;
    migration.before.as_ref().map_or_else(
        || number.clone(),
        |before| number.in_form_of(&before.display_phone_number),
    )
}

/// What a reading means to the step.
pub(super) fn on_reading(change: &mut Transition<'_>, reading: Reading) {
    match (change.migration.step, reading) {
        (Step::Check, Reading::Facts(facts)) => check::on_facts(change, *facts),
        (Step::Subscribe, Reading::Subscription(subscribed)) => {
            subscribe::on_subscription(change, subscribed);
        }
        (Step::AddNumber, Reading::FoundNumber(number)) => {
            add_number::on_found(change, number.map(|found| *found));
        }
        (Step::RequestCode, Reading::Number(number)) => request_code::on_number(change, &number),
        (Step::VerifyCode, Reading::Number(number)) => verify_code::on_number(change, &number),
        (Step::Register, Reading::Number(number)) => register::on_number(change, &number),
        (Step::Confirm, Reading::Confirmation(seen)) => confirm::on_confirmation(change, &seen),
        (_, Reading::FoundNumber(number)) => {
            find_number::on_found(change, number.map(|found| *found));
        }
        // A reading that an earlier step asked for: the migration has moved on since, and asks for its own.
        _ => {}
    }
}

/// What success means to the step.
pub(super) fn on_written(change: &mut Transition<'_>, written: Written) {
    let Some(call) = call_under_way(change.migration) else {
        return;
    };
    change.record(EventKind::CallSucceeded { call });
    match written {
        Written::Added(id) => add_number::on_added(change, id),
        Written::RegisteredWithoutPin => {
            // It was registered before, with a PIN that is not known here.
            change.migration.registration = Registration::FoundDone;
            change.finish("The number was registered before; Meta left its PIN as it was.");
        }
        Written::Done => on_done(change, call),
    }
}

fn on_done(change: &mut Transition<'_>, call: GraphCall) {
    match call {
        GraphCall::Subscribe => {
            change.finish("An app was subscribed to the destination's webhooks.");
        }
        // Meta answered without an id: the list has it.
        GraphCall::AddNumber => change.look_afresh(),
        GraphCall::RequestCode => request_code::on_sent(change),
        GraphCall::VerifyCode => verify_code::on_accepted(change),
        GraphCall::Register => register::on_registered(change),
    }
}

/// What a refusal, or the lack of an answer, means to the step.
pub(super) fn on_refused(change: &mut Transition<'_>, fault: Fault) {
    let Some(call) = call_under_way(change.migration) else {
        return;
    };
    match fault.effect {
        Effect::Unknown => {
            // The call's effect is looked for from now on: until now Meta may have been at it.
            change.migration.phase = Phase::Sent {
                at: change.now,
                doubted: None,
            };
            change.record(EventKind::CallUncertain {
                call,
                fault: Some(Box::new(fault.clone())),
            });
            if call == GraphCall::Register {
                change.migration.registration = Registration::Uncertain;
            }
            // However bad the fault sounds, it says nothing about the call: Meta is read before anything else.
            match fault.disposition {
                Disposition::Ask | Disposition::GiveUp => read_back(change, fault),
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
            if must_be_read_back(call, &fault) {
                read_back(change, fault);
            } else {
                change.migration.phase = Phase::Look;
                change.fault(match call {
                    GraphCall::AddNumber => add_number::with_another_way(fault),
                    _ => fault,
                });
            }
        }
    }
}

/// The number works in the destination, without a call that is waited for: all that is left is to confirm it. Nothing is done
/// to a number that works.
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

/// The step lacks a secret that it needs: whoever has it is asked.
pub(super) fn on_missing_secret(change: &mut Transition<'_>) {
    match change.migration.step {
        Step::VerifyCode => change.wait_for_code(Some(Fault::of(Reason::CodeCheckUncertain))),
        Step::Register => change.ask(Fault::of(Reason::PinMismatch)),
        _ => change.look_afresh(),
    }
}

/// The changing call whose intent is recorded and whose outcome is not known yet.
pub(super) fn call_under_way(migration: &Migration) -> Option<GraphCall> {
    match (&migration.phase, migration.step) {
        (Phase::Sent { doubted: None, .. }, Step::Subscribe) => Some(GraphCall::Subscribe),
        (Phase::Sent { doubted: None, .. }, Step::AddNumber) => Some(GraphCall::AddNumber),
        (Phase::Sent { doubted: None, .. }, Step::RequestCode) => Some(GraphCall::RequestCode),
        (Phase::Sent { doubted: None, .. }, Step::VerifyCode) => Some(GraphCall::VerifyCode),
        (Phase::Sent { doubted: None, .. }, Step::Register) => Some(GraphCall::Register),
        _ => None,
    }
}

/// Whether the point of no return was passed, or may have been.
pub(super) fn may_be_registered(migration: &Migration) -> bool {
    call_under_way(migration) == Some(GraphCall::Register)
        || migration.registration != Registration::NotDone
}
