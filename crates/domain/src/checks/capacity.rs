//! Rules about the room that the destination has.

use super::accounts::destination;
use super::finding::{Finding, is, pass, unknown, warn};
use super::known_values::{BUSINESS_VERIFICATION, ValueClass};
use super::{CheckContext, Facts};
use crate::Remedy;
use crate::facts::{AccountFacts, Side, Template};

/// Numbers that a verified business may hold. Before verification it is 2.
const NUMBERS_IF_VERIFIED: u64 = 20;
const NUMBERS_IF_UNVERIFIED: u64 = 2;
/// Templates of an account whose business is verified, and of one whose is not.
const TEMPLATES_IF_VERIFIED: usize = 6000;
const TEMPLATES_IF_UNVERIFIED: usize = 250;

/// Whether the business of the account is verified, as far as Meta's word for that is known.
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
            "How many numbers does the destination's business hold, and how many may it?",
            &[Remedy::MakeRoom],
        );
    };
    let cap = match destination(facts).and_then(is_verified) {
        Some(false) => NUMBERS_IF_UNVERIFIED,
        _ => NUMBERS_IF_VERIFIED,
    };
    if facts.destination.number.is_some() || count < cap {
        pass(format!("It holds {count} of usually {cap}."))
    } else {
        // Meta counts a business, not an account, and raises the cap on request: only its own answer is sure.
        warn(
            format!("It holds {count}, and {cap} is the usual limit."),
            &[Remedy::MakeRoom],
        )
    }
}

/// What Meta carries by itself.
fn carried(template: &Template) -> bool {
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
    let coming = coming.iter().filter(|template| carried(template)).count();
    let cap = match destination(facts).and_then(is_verified) {
        Some(false) => TEMPLATES_IF_UNVERIFIED,
        _ => TEMPLATES_IF_VERIFIED,
    };
    let text = format!(
        "It holds {}, {coming} are to come, and {cap} is the usual limit.",
        there.len()
    );
    if there.len().saturating_add(coming) <= cap {
        pass(text)
    } else {
        warn(
            format!("{text} Meta carries as many as fit."),
            &[Remedy::MakeRoomForTemplates],
        )
    }
}
