//! `FIND_NUMBER`: adopts the number that Embedded Signup added to the destination.

use crate::facts::NumberFacts;
use crate::{Fault, Reason, Step};

use super::{Transition, found_working};

pub(super) fn on_found(change: &mut Transition<'_>, found: Option<NumberFacts>) {
    match found {
        None => change.fault(Fault::of(Reason::NumberNotInDestination)),
        Some(number) if change.migration.step == Step::FindNumber && number.works() => {
            found_working(change, number.id);
        }
        Some(number) => {
            change.adopt(number.id);
            if change.migration.step == Step::FindNumber {
                change.finish("The number was found in the destination.");
            }
        }
    }
}
