//! The steps: what each reads, what it sends, and what the answers mean. One file a step.
//!
//! Each step reads before it writes, so that a repeat is harmless.

mod add_number;
mod check;
mod confirm;
mod find_number;
mod register;
mod request_code;
mod subscribe;
mod verify_code;

use jiff::Timestamp;

use crate::migration::facts::NumberFacts;
use crate::migration::{
    Disposition, Effect, EventKind, Fault, GraphCall, Migration, Phase, PhoneNumber, PhoneNumberId,
    Read, Reading, Reason, Registration, Step, Write, Written,
};

use super::change::Change;

pub(in crate::migration::machine) use request_code::{ask_for_code, wants_person};

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
pub(super) fn on_reading(change: &mut Change<'_>, reading: Reading) {
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
        (Step::Confirm, Reading::Confirmation(seen)) => confirm::on_confirmation(change, *seen),
        (_, Reading::FoundNumber(number)) => {
            find_number::on_found(change, number.map(|found| *found));
        }
        // A reading that an earlier step asked for: the migration has moved on since, and asks for its own.
        _ => {}
    }
}

/// What success means to the step.
pub(super) fn on_written(change: &mut Change<'_>, written: Written) {
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

fn on_done(change: &mut Change<'_>, call: GraphCall) {
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
pub(super) fn on_refused(change: &mut Change<'_>, fault: Fault) {
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
                Disposition::Ask | Disposition::GiveUp => doubt(change, fault),
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
            if is_doubted(call, &fault) {
                doubt(change, fault);
            } else {
                change.migration.phase = Phase::Look;
                change.fault(fault);
            }
        }
    }
}

/// Refusals that are only acted on once the number was read again: some of them mean that the work is done already, and
/// the state of the number tells apart what one text stands for.
///
/// What concerns the app, the token or a limit says nothing about the number, and is not read back.
fn is_doubted(call: GraphCall, fault: &Fault) -> bool {
    let reason = fault.reason;
    let asks = matches!(fault.disposition, Disposition::Ask | Disposition::GiveUp);
    match call {
        GraphCall::Subscribe => false,
        GraphCall::AddNumber => matches!(
            reason,
            Reason::AlreadyInDestination | Reason::OwnershipNotConfirmed
        ),
        GraphCall::VerifyCode => matches!(
            reason,
            Reason::AlreadyVerified
                | Reason::CodeRequestRefused
                | Reason::CodeRejected
                | Reason::CodeGuessedTooOften
                | Reason::NotBeingMigrated
                | Reason::NumberOnBusinessApp
                | Reason::UnknownGraphError
        ),
        GraphCall::RequestCode => {
            reason == Reason::CodeRequestedTooOften || (asks && reason != Reason::TokenRefused)
        }
        GraphCall::Register => asks && reason != Reason::TokenRefused,
    }
}

/// What a refusal means once the number was read: its state says more than a text that stands for many causes.
fn in_light_of(fault: Fault, number: &NumberFacts) -> Fault {
    let is_vague = matches!(
        fault.reason,
        Reason::PermissionMissing
            | Reason::InvalidRequest
            | Reason::ObjectNotFound
            | Reason::AppMisconfigured
            | Reason::UnknownGraphError
            | Reason::MoveRefused
            | Reason::CertificateRefused
            | Reason::NotBeingMigrated
            | Reason::AlreadyVerified
            | Reason::CodeSendingUnavailable
            | Reason::CodeRequestRefused
            | Reason::NumberUsedElsewhere
            | Reason::NotVerified
            | Reason::OwnershipNotConfirmed
            | Reason::PinMismatch
    );
    if is_vague && number.is_held_by_app() {
        fault.meaning(Reason::NumberOnBusinessApp)
    } else if fault.reason == Reason::CertificateRefused && number.pin_enabled == Some(true) {
        fault.meaning(Reason::TwoStepEnabled)
    } else {
        fault
    }
}

/// The number works in the destination, without a call that is waited for: all that is left is to confirm it. Nothing is done
/// to a number that works.
fn found_working(change: &mut Change<'_>, id: PhoneNumberId) {
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

/// Meta could not be read.
pub(super) fn on_unreadable(change: &mut Change<'_>, fault: Fault) {
    let asks = |fault: &Fault| matches!(fault.disposition, Disposition::Ask | Disposition::GiveUp);
    let refused = match &change.migration.phase {
        Phase::Sent {
            doubted: Some(refused),
            ..
        } => Some(refused.as_ref().clone()),
        _ => None,
    };
    let is_settled = fault.disposition == Disposition::Ask && fault.reason != Reason::TokenRefused;
    match refused
        .filter(|refused| is_settled && asks(refused) && change.migration.step != Step::VerifyCode)
    {
        // Someone is asked anyway: what Meta refused says more than that the number cannot be read.
        Some(refused) => {
            change.migration.phase = Phase::Look;
            change.fault(refused);
        }
        None => change.fault(fault),
    }
}

fn doubt(change: &mut Change<'_>, fault: Fault) {
    if let Phase::Sent { doubted, .. } = &mut change.migration.phase {
        *doubted = Some(Box::new(fault));
    }
    change.migration.not_before = None;
}

/// The step lacks a secret that it needs: whoever has it is asked.
pub(super) fn on_missing_secret(change: &mut Change<'_>) {
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

/// What is known, at a reading, of the changing call that went before it.
enum Sent {
    /// None was sent since the last reading.
    No,
    /// It was sent, and whether it took effect is what the reading must tell.
    Unsure {
        /// Since when its effect is looked for.
        since: Timestamp,
    },
    /// It was refused, in words that are only believed now.
    Doubted(Fault),
}

impl Sent {
    /// Takes the doubt out of the migration.
    fn take(change: &mut Change<'_>) -> Self {
        match std::mem::replace(&mut change.migration.phase, Phase::Look) {
            Phase::Sent {
                doubted: Some(fault),
                ..
            } => Self::Doubted(*fault),
            Phase::Sent { at, doubted: None } => Self::Unsure { since: at },
            Phase::Look | Phase::Act => Self::No,
        }
    }
}
