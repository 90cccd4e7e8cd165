//! `VERIFY_CODE`: the owner's code proves the ownership. Nothing has moved yet.
//!
//! Wrong guesses are limited, so a code that Meta refused is never sent again. If the answer was
//! lost and a reading shows the number unverified, the code is sent once more: asking the owner for
//! another costs a text message. A code is erased once it was used. The first try is made without a
//! reading; what is unclear afterwards is read.

use jiff::SignedDuration;

use crate::budget::later;
use crate::{Fault, Migration, Phase, Pin, PinSource, Reading, Reason, Step, Write};

use super::{CallRules, Rules, Transition, number_by_id, on_other_reading};

/// Pause after too many wrong codes, if Meta names none.
const LOCKED_FOR: SignedDuration = SignedDuration::from_hours(12);

pub(super) const RULES: Rules = Rules {
    read: number_by_id,
    on_reading,
    call: Some(CallRules {
        write,
        on_missing: ask_for_code,
        on_done: |change, _| on_accepted(change),
        on_refused,
    }),
};

fn write(migration: &Migration) -> Option<Write> {
    Some(Write::VerifyCode {
        id: migration.phone_number_id.clone()?,
        code: migration.secrets.code.clone()?,
    })
}

fn on_reading(change: &mut Transition<'_>, reading: Reading) {
    let Reading::Number(number) = reading else {
        return on_other_reading(change, reading);
    };
    match (change.take_phase(), number.is_verified()) {
        (Phase::Read | Phase::Act, true) => {
            change.migration.secrets.code = None;
            change.skip_to(
                Step::Register,
                "The number is verified already; the code was not needed.",
            );
        }
        (Phase::Read | Phase::Act, false) if has_tries(change) => change.act(),
        // Meta refused it for a moment, and until the budget allows another try it will be too old.
        (Phase::Read | Phase::Act, false) => {
            let fault = change.migration.fault.clone();
            change.wait_for_code(fault);
        }
        (Phase::Sent { call, .. } | Phase::Unconfirmed { call, .. }, true) => {
            change.succeeded(call);
            on_accepted(change);
        }
        (Phase::Sent { call, .. }, false) => {
            change.not_seen(call);
            if may_be_sent_again(change) {
                change.migration.codes.sent_again = true;
                change.act();
            } else {
                ask_for_code(change);
            }
        }
        (Phase::Unconfirmed { fault, .. }, false) => on_rejected(change, *fault),
    }
}

fn ask_for_code(change: &mut Transition<'_>) {
    change.wait_for_code(Some(Fault::of(Reason::CodeCheckUncertain)));
}

fn on_accepted(change: &mut Transition<'_>) {
    if let Some(code) = change.migration.secrets.code.take()
        && change.migration.pin_source == PinSource::Code
    {
        change.migration.secrets.two_step_pin = Some(Pin::from(&code));
    }
    change.finish("Meta accepted the code.");
}

/// Whether the code whose answer was lost may be sent once more: it is still valid, and the budget
/// allows it.
fn may_be_sent_again(change: &Transition<'_>) -> bool {
    let migration = &*change.migration;
    migration.secrets.code.is_some()
        && !migration.codes.sent_again
        && change.code_is_valid()
        && has_tries(change)
}

/// Whether the budget allows another try now.
fn has_tries(change: &Transition<'_>) -> bool {
    change.code_checks().next_allowed_at.is_none()
}

fn on_refused(change: &mut Transition<'_>, fault: Fault) {
    match fault.reason {
        Reason::AlreadyVerified
        | Reason::CodeRequestRefused
        | Reason::CodeRejected
        | Reason::CodeGuessedTooOften
        | Reason::NotBeingMigrated
        | Reason::NumberOnBusinessApp
        | Reason::UnknownGraphError => change.read_back(fault),
        _ => change.refused(fault),
    }
}

fn on_rejected(change: &mut Transition<'_>, fault: Fault) {
    match fault.reason {
        Reason::CodeRejected => change.wait_for_code(Some(fault)),
        Reason::CodeGuessedTooOften => {
            let pause = fault.retry_after.unwrap_or(LOCKED_FOR);
            change.migration.codes_refused_until = Some(later(change.now, pause));
            change.wait_for_code(Some(fault));
        }
        _ => {
            // Whatever the remedy is, a new code is needed afterwards.
            change.migration.secrets.code = None;
            change.go_back_to(Step::RequestCode, fault.clone());
            change.fault(fault);
        }
    }
}
