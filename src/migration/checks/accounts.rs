//! Rules about the two accounts.

use super::table::{Finding, fail, is, pass, unknown, warn};
use super::{Facts, Subject};
use crate::migration::Remedy;
use crate::migration::facts::{AccountFacts, Side, Template};

/// Numbers that a verified business may hold. Before verification it is 2.
const NUMBERS_IF_VERIFIED: u64 = 20;
const NUMBERS_IF_UNVERIFIED: u64 = 2;
/// Templates of an account whose business is verified, and of one whose is not.
const TEMPLATES_IF_VERIFIED: usize = 6000;
const TEMPLATES_IF_UNVERIFIED: usize = 250;

fn destination(facts: &Facts) -> Option<&AccountFacts> {
    facts.destination.account.as_ref().ok()
}

fn source(facts: &Facts) -> Option<&AccountFacts> {
    facts
        .source
        .as_ref()
        .and_then(|side| side.account.as_ref().ok())
}

/// Legacy accounts are owned by a partner and held on behalf of the business that they stand for.
fn business(account: &AccountFacts) -> Option<&str> {
    account
        .on_behalf_of_business_id
        .as_deref()
        .or(account.owner_business_id.as_deref())
}

fn is_verified(account: &AccountFacts) -> Option<bool> {
    account
        .business_verification_status
        .as_deref()
        .map(|status| is(status, "verified"))
}

pub(super) fn same_business(_: Subject<'_>, facts: &Facts) -> Finding {
    match (
        source(facts).and_then(business),
        destination(facts).and_then(business),
    ) {
        (Some(one), Some(other)) if one == other => pass(format!("Both belong to business {one}.")),
        (Some(one), Some(other)) => fail(
            format!("The source belongs to business {one}, the destination to business {other}."),
            &[Remedy::UseAccountOfSameBusiness],
        ),
        _ => unknown(
            "Do both accounts belong to the same business portfolio at Meta?",
            &[Remedy::UseAccountOfSameBusiness],
        ),
    }
}

fn verified(account: Option<&AccountFacts>, which: &str, remedy: Remedy) -> Finding {
    match account.and_then(|account| account.business_verification_status.as_deref()) {
        Some(status) if is(status, "verified") => pass("Verified."),
        Some(status) => fail(format!("The verification status is {status}."), &[remedy]),
        None => unknown(
            format!("Is the business behind the {which} account verified by Meta?"),
            &[remedy],
        ),
    }
}

pub(super) fn destination_verified(_: Subject<'_>, facts: &Facts) -> Finding {
    verified(destination(facts), "destination", Remedy::VerifyBusiness)
}

pub(super) fn source_verified(_: Subject<'_>, facts: &Facts) -> Finding {
    verified(source(facts), "source", Remedy::FixSourceAccount)
}

fn approved(account: Option<&AccountFacts>, which: &str, remedy: Remedy) -> Finding {
    match account.and_then(|account| account.account_review_status.as_deref()) {
        Some(review) if is(review, "APPROVED") => pass("Approved."),
        Some(review) => fail(format!("The review status is {review}."), &[remedy]),
        None => unknown(
            format!("Has Meta's review approved the {which} account?"),
            &[remedy],
        ),
    }
}

pub(super) fn destination_approved(_: Subject<'_>, facts: &Facts) -> Finding {
    match destination(facts).and_then(|account| account.status.as_deref()) {
        Some(status) if !is(status, "ACTIVE") => fail(
            format!("The account is {status}."),
            &[Remedy::GetAccountApproved],
        ),
        _ => approved(
            destination(facts),
            "destination",
            Remedy::GetAccountApproved,
        ),
    }
}

pub(super) fn source_approved(_: Subject<'_>, facts: &Facts) -> Finding {
    approved(source(facts), "source", Remedy::FixSourceAccount)
}

pub(super) fn messaging_for_approved(_: Subject<'_>, facts: &Facts) -> Finding {
    let Some(account) = destination(facts) else {
        return unknown(
            "Is a \"Messaging For\" request of the destination account pending?",
            &[Remedy::AcceptMessagingFor],
        );
    };
    match account.on_behalf_of_status.as_deref() {
        Some(status) if !is(status, "APPROVED") => fail(
            format!("The request is {status}."),
            &[Remedy::AcceptMessagingFor],
        ),
        Some(_) => pass("It is approved."),
        None => pass("There is none."),
    }
}

fn payment(account: Option<&AccountFacts>) -> Option<bool> {
    account.and_then(|account| account.has_payment_method)
}

pub(super) fn destination_payment(_: Subject<'_>, facts: &Facts) -> Finding {
    match payment(destination(facts)) {
        Some(true) => pass("It has one."),
        Some(false) => fail("It has none.", &[Remedy::AddPaymentMethod]),
        None => unknown(
            "Does the destination account have a payment method or credit line?",
            &[Remedy::AddPaymentMethod],
        ),
    }
}

pub(super) fn source_payment(_: Subject<'_>, facts: &Facts) -> Finding {
    match payment(source(facts)) {
        Some(true) => pass("It has one."),
        Some(false) => warn(
            "It has none; Meta's guide asks for one.",
            &[Remedy::FixSourceAccount],
        ),
        None => unknown(
            "Does the source account have a payment method or credit line?",
            &[Remedy::FixSourceAccount],
        ),
    }
}

pub(super) fn not_restricted(_: Subject<'_>, facts: &Facts) -> Finding {
    let account = destination(facts);
    if account.and_then(|account| account.adding_numbers_restricted) == Some(true) {
        return fail(
            "Meta forbids adding numbers to it.",
            &[Remedy::LiftRestriction],
        );
    }
    match account.and_then(|account| account.health.as_deref()) {
        Some(health) if is(health, "BLOCKED") => {
            fail("It may not send messages.", &[Remedy::LiftRestriction])
        }
        Some(health) if is(health, "LIMITED") => {
            warn("Its sending is limited.", &[Remedy::LiftRestriction])
        }
        Some(health) => pass(format!("Its health is {health}.")),
        None => unknown(
            "Is the destination account restricted by Meta?",
            &[Remedy::LiftRestriction],
        ),
    }
}

pub(super) fn app_subscribed(_: Subject<'_>, facts: &Facts) -> Finding {
    match facts.subscribed_apps {
        Some(0) => warn(
            "None is; the SUBSCRIBE step subscribes the app of the token.",
            &[],
        ),
        Some(1) => pass("One is."),
        Some(count) => pass(format!("{count} are.")),
        None => unknown(
            "Is an app subscribed to the destination's webhooks?",
            &[Remedy::SubscribeApp],
        ),
    }
}

pub(super) fn room_for_number(_: Subject<'_>, facts: &Facts) -> Finding {
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

pub(super) fn room_for_templates(_: Subject<'_>, facts: &Facts) -> Finding {
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
