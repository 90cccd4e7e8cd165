//! `ADD_NUMBER`: the number enters the destination as a pending one. The source keeps working.
//!
//! Meta has no idempotency key for this call. The list of the destination's numbers is the key: a number that stands
//! there is adopted.

use crate::facts::NumberFacts;
use crate::{EventKind, Fault, GraphCall, PhoneNumberId, Reason, Remedy};

use super::{Sent, Transition, found_working};

pub(super) fn on_found(change: &mut Transition<'_>, found: Option<NumberFacts>) {
    let sent = Sent::take(change);
    if let Some(number) = found.as_ref().filter(|number| number.works()) {
        if let Sent::Unsure { .. } = sent {
            change.record(EventKind::CallSucceeded {
                call: GraphCall::AddNumber,
            });
        }
        found_working(change, number.id.clone());
        return;
    }
    match (sent, found.map(|number| number.id)) {
        (Sent::No, Some(id)) => adopt(
            change,
            id,
            "The number stands in the destination already; it was adopted.",
        ),
        (Sent::Unsure { .. }, Some(id)) => {
            change.record(EventKind::CallSucceeded {
                call: GraphCall::AddNumber,
            });
            adopt(
                change,
                id,
                "The number was added; Meta's answer was lost, its list shows it.",
            );
        }
        (Sent::Refused(_), Some(id)) => {
            adopt(
                change,
                id,
                "The number stands in the destination already; it was adopted.",
            );
        }
        (Sent::Refused(fault), None) => change.fault(fault),
        // The list shows what was written, so the lost call did nothing.
        (Sent::Unsure { .. }, None) => {
            change.record(EventKind::CallUncertain {
                call: GraphCall::AddNumber,
                fault: None,
            });
            change.act();
        }
        (Sent::No, None) => change.act(),
    }
}

pub(super) fn on_added(change: &mut Transition<'_>, id: PhoneNumberId) {
    adopt(change, id, "The number was added to the destination.");
}

/// A permission that is missing may be the app's, which is no provider of the account: then the number can still be added by
/// another way.
pub(super) fn with_another_way(fault: Fault) -> Fault {
    match fault.reason {
        Reason::PermissionMissing => {
            fault.with_remedies(&[Remedy::GrantAccess, Remedy::AddThroughSignup])
        }
        _ => fault,
    }
}

fn adopt(change: &mut Transition<'_>, id: PhoneNumberId, note: &str) {
    change.adopt(id);
    change.finish(note);
}
