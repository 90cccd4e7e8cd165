//! `ADD_NUMBER`: the number enters the destination as a pending one. The source keeps working.
//!
//! Meta has no idempotency key for this call. The list of the destination's numbers is the key: a number that stands
//! there is adopted.

use crate::migration::{EventKind, GraphCall, PhoneNumberId};

use super::{Change, Sent};

pub(super) fn on_found(change: &mut Change<'_>, found: Option<PhoneNumberId>) {
    match (Sent::take(change), found) {
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
        (Sent::Doubted(_), Some(id)) => {
            adopt(
                change,
                id,
                "The number stands in the destination already; it was adopted.",
            );
        }
        (Sent::Doubted(fault), None) => change.fault(fault),
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

pub(super) fn on_added(change: &mut Change<'_>, id: PhoneNumberId) {
    adopt(change, id, "The number was added to the destination.");
}

fn adopt(change: &mut Change<'_>, id: PhoneNumberId, note: &str) {
    change.migration.phone_number_id = Some(id);
    change.finish(note);
}
