//! The rule about the numbering plan of the number's country.

use super::finding::{Finding, pass, warn};
use super::{CheckContext, Facts};
use crate::Remedy;

/// Plans change faster than the library, so an unknown range is only a warning. The finding also
/// states what was unusual about the way the number was written.
pub(super) fn number_in_plan(context: CheckContext<'_>, _: &Facts) -> Finding {
    let number = context.phone_number;
    let reading = number
        .reading()
        .map(|reading| format!(" It was {reading}."))
        .unwrap_or_default();
    if number.is_in_plan() {
        return pass(format!("It is in a range that is in use.{reading}"));
    }
    let text = "Its length is possible, but no range in use is known for it: check the digits, unless \
                the range is new.";
    warn(format!("{text}{reading}"), &[Remedy::CheckNumber])
}
