//! `FIND_NUMBER`: adopts the number that Embedded Signup added to the destination.

use crate::{Read, Reading};

use super::{Rules, Transition, found_working, on_other_reading};

pub(super) const RULES: Rules = Rules {
    read: |_| Read::FindNumber,
    on_reading,
    call: None,
};

fn on_reading(change: &mut Transition<'_>, reading: Reading) {
    match reading {
        Reading::FoundNumber(Some(number)) if number.works() => found_working(change, number.id),
        Reading::FoundNumber(Some(number)) => {
            change.adopt(number.id);
            change.finish("The number was found in the destination.");
        }
        other => on_other_reading(change, other),
    }
}
