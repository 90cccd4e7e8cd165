//! The rule about the number in its country's numbering plan.

use super::finding::{Finding, pass, warn};
use super::{CheckContext, Facts};
use crate::Remedy;

/// Plans change faster than what is known of them here: a range that is not known is a warning. What was unusual about
/// the way the number was written is said either way.
pub(super) fn number_in_plan(context: CheckContext<'_>, _: &Facts) -> Finding {
    let number = context.phone_number;
    let reading = number
        .reading()
        .map(|reading| format!(" It was {reading}."))
        .unwrap_or_default();
    if number.is_in_plan() {
        pass(format!("It is of a range in use.{reading}"))
    } else {
        warn(
            format!(
                "It has a possible length, but is of no range that is known to be in use: check its digits, unless the range is \
                 new.{reading}"
            ),
            &[Remedy::CheckNumber],
        )
    }
}
