//! `FIND_NUMBER`: adopts the number that Embedded Signup added to the destination.

use crate::migration::{Fault, PhoneNumberId, Reason, Step};

use super::Change;

pub(super) fn on_found(change: &mut Change<'_>, found: Option<PhoneNumberId>) {
    match found {
        None => change.fault(Fault::of(Reason::NumberNotInDestination)),
        Some(id) => {
            change.migration.phone_number_id = Some(id);
            if change.migration.step == Step::FindNumber {
                change.finish("The number was found in the destination.");
            }
        }
    }
}
