//! `ADD_NUMBER`: the number enters the destination as a pending one. The source keeps working.
//!
//! Meta has no idempotency key for this call. The list of the destination's numbers serves as one:
//! a number that is in the list is adopted.

use crate::{
    Fault, Migration, Phase, PhoneNumber, PhoneNumberId, Read, Reading, Reason, Remedy, Write,
    Written,
};

use super::{CallRules, Rules, Transition, found_working, on_other_reading};

pub(super) const RULES: Rules = Rules {
    read: |_| Read::FindNumber,
    on_reading,
    call: Some(CallRules {
        write: |migration| {
            Some(Write::AddNumber {
                number: number_as_shown(migration),
            })
        },
        on_missing: |change| change.read_again(),
        on_done,
        on_refused,
    }),
};

/// The number in the form that the source shows, if the source was read: Meta knows it by that one.
fn number_as_shown(migration: &Migration) -> PhoneNumber {
    let number = &migration.request.phone_number;
    migration.findings.before.as_ref().map_or_else(
        || number.clone(),
        |before| number.in_form_of(&before.display_phone_number),
    )
}

fn on_reading(change: &mut Transition<'_>, reading: Reading) {
    let Reading::FoundNumber(found) = reading else {
        return on_other_reading(change, reading);
    };
    match (change.take_phase(), found) {
        (phase, Some(number)) => {
            let lost = phase.call_in_flight();
            if let Some(call) = lost {
                change.succeeded(call);
            }
            let note = match lost {
                Some(_) => "The number was added; Meta's answer was lost, its list shows it.",
                None => "The number stands in the destination already; it was adopted.",
            };
            if number.works() {
                found_working(change, number.id);
            } else {
                adopt(change, number.id, note);
            }
        }
        (Phase::Read | Phase::Act, None) => change.act(),
        // The list shows what was written, so the lost call did nothing.
        (Phase::Sent { call, .. }, None) => {
            change.not_seen(call);
            change.act();
        }
        (Phase::Unconfirmed { fault, .. }, None) => change.fault(*fault),
    }
}

fn on_done(change: &mut Transition<'_>, written: &Written) {
    match written {
        Written::Added(id) => {
            adopt(
                change,
                id.clone(),
                "The number was added to the destination.",
            );
        }
        // Meta answered without an id: the list has it.
        Written::RegisteredWithoutPin | Written::Done => change.read_again(),
    }
}

fn on_refused(change: &mut Transition<'_>, fault: Fault) {
    match fault.reason {
        Reason::AlreadyInDestination | Reason::OwnershipNotConfirmed => change.read_back(fault),
        // The missing permission may be the app's, which is no provider of the account: then the
        // number can still be added by another way.
        Reason::PermissionMissing => {
            change.refused(fault.with_remedies(&[Remedy::GrantAccess, Remedy::AddThroughSignup]));
        }
        _ => change.refused(fault),
    }
}

fn adopt(change: &mut Transition<'_>, id: PhoneNumberId, note: &str) {
    change.adopt(id);
    change.finish(note);
}
