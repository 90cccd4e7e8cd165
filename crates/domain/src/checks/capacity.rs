//! Rules about the limits of the destination.

use super::accounts::destination;
use super::finding::{Finding, is, pass, unknown, warn};
use super::known_values::{BUSINESS_VERIFICATION, ValueClass};
use super::{CheckContext, Facts};
use crate::Remedy;
use crate::facts::{AccountFacts, Side, Template};

/// Maximum numbers of a business, verified or not.
const NUMBERS_IF_VERIFIED: u64 = 20;
const NUMBERS_IF_UNVERIFIED: u64 = 2;
/// Maximum templates of an account, its business verified or not.
const TEMPLATES_IF_VERIFIED: usize = 6000;
const TEMPLATES_IF_UNVERIFIED: usize = 250;

/// Whether the business of the account is verified; `None` for an unknown status.
fn is_verified(account: &AccountFacts) -> Option<bool> {
    let status = account.business_verification_status.as_deref()?;
    match BUSINESS_VERIFICATION.classify(status) {
        ValueClass::Good => Some(true),
        ValueClass::Bad => Some(false),
        ValueClass::Unknown => None,
    }
}

pub(super) fn room_for_number(_: CheckContext<'_>, facts: &Facts) -> Finding {
    let Some(count) = facts.destination.number_count else {
        return unknown(
            "How many numbers does the destination's business have, and what is its limit?",
            &[Remedy::MakeRoom],
        );
    };
    let cap = match destination(facts).and_then(is_verified) {
        Some(false) => NUMBERS_IF_UNVERIFIED,
        _ => NUMBERS_IF_VERIFIED,
    };
    if facts.destination.number.is_some() || count < cap {
        pass(format!("It has {count}; the usual limit is {cap}."))
    } else {
        // Meta counts by business, not by account, and raises the limit on request: only its
        // response to adding the number is certain.
        warn(
            format!("It has {count}, and the usual limit is {cap}."),
            &[Remedy::MakeRoom],
        )
    }
}

/// Whether Meta copies the template.
fn is_copied(template: &Template) -> bool {
    is(&template.status, "APPROVED") && is(&template.quality, "GREEN")
}

pub(super) fn room_for_templates(_: CheckContext<'_>, facts: &Facts) -> Finding {
    let templates = |side: &Side| side.templates.clone();
    let (Some(there), Some(coming)) = (
        templates(&facts.destination),
        facts.source.as_ref().and_then(templates),
    ) else {
        return unknown(
            "Do the source's approved templates fit into the destination?",
            &[Remedy::MakeRoomForTemplates],
        );
    };
    let coming = coming.iter().filter(|it| is_copied(it)).count();
    let cap = match destination(facts).and_then(is_verified) {
        Some(false) => TEMPLATES_IF_UNVERIFIED,
        _ => TEMPLATES_IF_VERIFIED,
    };
    let text = format!(
        "It has {}, {coming} would be added, and the usual limit is {cap}.",
        there.len()
    );
    if there.len().saturating_add(coming) <= cap {
        pass(text)
    } else {
        warn(
            format!("{text} Meta copies as many as fit."),
            &[Remedy::MakeRoomForTemplates],
        )
    }
}
