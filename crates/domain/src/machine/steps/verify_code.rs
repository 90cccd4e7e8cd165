//! `VERIFY_CODE`: the owner's code proves the ownership. Nothing has moved yet.
//!
//! Wrong guesses are limited, so a code that Meta refused is never sent again. One whose answer was lost, and that a reading
//! shows as not taken, is sent once more: asking the owner for another costs a text message. A code is erased once it was used.
//! The first try goes out without a reading; what is not plain afterwards is read.

use jiff::SignedDuration;

use crate::budget::later;
use crate::facts::NumberFacts;
use crate::{EventKind, Fault, GraphCall, Pin, PinSource, Reason, Step};

use super::{Sent, Transition};

pub(super) fn on_number(change: &mut Transition<'_>, number: &NumberFacts) {
    match (Sent::take(change), number.is_verified()) {
        (Sent::No, true) => {
            change.migration.secrets.code = None;
            change.skip_to(
                Step::Register,
                "The number is verified already; the code was not needed.",
            );
        }
        (Sent::No, false) => change.act(),
        (Sent::Unsure { .. } | Sent::Refused(_), true) => {
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
            if may_be_sent_again(change) {
                change.migration.codes.sent_again = true;
                change.act();
            } else {
                change.wait_for_code(Some(Fault::of(Reason::CodeCheckUncertain)));
            }
        }
        (Sent::Refused(fault), false) => on_rejected(change, fault),
    }
}

pub(super) fn on_accepted(change: &mut Transition<'_>) {
    if let Some(code) = change.migration.secrets.code.take()
        && change.migration.request.pin_source == PinSource::Code
    {
        change.migration.secrets.two_step_pin = Some(Pin::from(&code));
    }
    change.finish("Meta accepted the code.");
}

/// Whether the code whose answer was lost may be sent once more: it is still good, and the budget allows it.
fn may_be_sent_again(change: &Transition<'_>) -> bool {
    let migration = &*change.migration;
    migration.secrets.code.is_some()
        && !migration.codes.sent_again
        && change.code_is_good()
        && change.code_checks().next_allowed_at.is_none()
}

fn on_rejected(change: &mut Transition<'_>, fault: Fault) {
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
