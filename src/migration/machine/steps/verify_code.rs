//! `VERIFY_CODE`: the owner's code proves the ownership. Nothing has moved yet.
//!
//! Wrong guesses are limited, so a code is never handed in twice by ourselves. It is erased once it was used. The first try
//! goes out without a reading; whatever is not plain afterwards is read.

use jiff::SignedDuration;

use crate::migration::budget::later;
use crate::migration::facts::NumberFacts;
use crate::migration::{EventKind, Fault, GraphCall, Pin, PinSource, Reason, Step};

use super::{Change, Sent};

pub(super) fn on_number(change: &mut Change<'_>, number: &NumberFacts) {
    match (Sent::take(change), number.is_verified()) {
        (Sent::No, true) => {
            change.migration.secrets.code = None;
            change.skip_to(
                Step::Register,
                "The number is verified already; the code was not needed.",
            );
        }
        (Sent::No, false) => change.act(),
        (Sent::Unsure { .. } | Sent::Doubted(_), true) => {
            change.record(EventKind::CallSucceeded {
                call: GraphCall::VerifyCode,
            });
            on_accepted(change);
        }
        (Sent::Unsure { .. }, false) => {
            change.record(EventKind::CallUncertain {
                call: GraphCall::VerifyCode,
                fault: None,
            });
            change.wait_for_code(Some(Fault::of(Reason::CodeCheckUncertain)));
        }
        (Sent::Doubted(fault), false) => on_rejected(change, fault),
    }
}

pub(super) fn on_accepted(change: &mut Change<'_>) {
    if let Some(code) = change.migration.secrets.code.take()
        && change.migration.request.pin_source == PinSource::Code
    {
        change.migration.secrets.two_step_pin = Some(Pin::from(&code));
    }
    change.finish("Meta accepted the code.");
}

fn on_rejected(change: &mut Change<'_>, fault: Fault) {
    match fault.reason {
        Reason::CodeRejected => change.wait_for_code(Some(fault)),
        Reason::CodeGuessedTooOften => {
            let pause = fault.retry_after.unwrap_or(SignedDuration::from_hours(12));
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
