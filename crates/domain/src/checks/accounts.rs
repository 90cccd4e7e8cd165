//! Rules about the two accounts.

use super::finding::{Finding, fail, pass, unknown, warn};
use super::health::{self, Cause, HealthProblem, Restriction};
use super::known_values::{
    ACCOUNT_REVIEW, ACCOUNT_STATUS, BUSINESS_VERIFICATION, HEALTH, KnownValues, ON_BEHALF_OF,
    ValueClass,
};
use super::{CheckContext, Facts, Purpose};
use crate::facts::AccountFacts;
use crate::{Fault, Remedy, Route};

pub(super) fn destination(facts: &Facts) -> Option<&AccountFacts> {
    facts.destination.account.as_ref().ok()
}

fn source(facts: &Facts) -> Option<&AccountFacts> {
    let side = facts.source.as_ref()?;
    side.account.as_ref().ok()
}

/// Why the destination could not be read.
fn destination_unread(facts: &Facts) -> Option<&Fault> {
    facts.destination.account.as_ref().err()
}

/// Why the source could not be read.
fn source_unread(facts: &Facts) -> Option<&Fault> {
    let side = facts.source.as_ref()?;
    side.account.as_ref().err()
}

/// The business that the account belongs to. A partner may own a legacy account on its behalf.
fn business(account: &AccountFacts) -> Option<&str> {
    account
        .on_behalf_of_business_id
        .as_deref()
        .or(account.owner_business_id.as_deref())
}

/// A known good value passes, a known bad one fails, and an unknown one warns.
fn judge(known: &KnownValues, what: &str, value: &str, good: &str, remedy: Remedy) -> Finding {
    match known.classify(value) {
        ValueClass::Good => pass(good),
        ValueClass::Bad => fail(format!("{what} is {value}."), &[remedy]),
        ValueClass::Unknown => warn(
            format!("{what} is {value}, an unknown value; Meta decides when the number is added."),
            &[remedy],
        ),
    }
}

/// The problem with this cause in the health of `account`, if any.
fn trouble(account: Option<&AccountFacts>, cause: Cause) -> Option<HealthProblem<'_>> {
    health::trouble(account?.health.as_ref()?, cause)
}

pub(super) fn same_business(_: CheckContext<'_>, facts: &Facts) -> Finding {
    if facts.works_in_destination() {
        return pass("The number already works in the destination.");
    }
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
        )
        .because(destination_unread(facts).or(source_unread(facts))),
    }
}

fn verified(account: Option<&AccountFacts>, which: &str, remedy: Remedy) -> Finding {
    let status = account.and_then(|account| account.business_verification_status.as_deref());
    let by_status = match status {
        Some(status) => judge(
            &BUSINESS_VERIFICATION,
            "The verification status",
            status,
            "Verified.",
            remedy,
        ),
        None => unknown(
            format!("Is the business behind the {which} account verified by Meta?"),
            &[remedy],
        ),
    };
    let is_bad = status.is_some_and(|it| BUSINESS_VERIFICATION.classify(it) == ValueClass::Bad);
    match trouble(account, Cause::Verification) {
        Some(trouble) if !is_bad => warn(trouble.quoted(), &[remedy]),
        _ => by_status,
    }
}

pub(super) fn destination_verified(_: CheckContext<'_>, facts: &Facts) -> Finding {
    verified(destination(facts), "destination", Remedy::VerifyBusiness)
        .because(destination_unread(facts))
}

pub(super) fn source_verified(_: CheckContext<'_>, facts: &Facts) -> Finding {
    verified(source(facts), "source", Remedy::FixSourceAccount).because(source_unread(facts))
}

fn approved(account: Option<&AccountFacts>, which: &str, remedy: Remedy) -> Finding {
    match account.and_then(|account| account.account_review_status.as_deref()) {
        Some(review) => judge(
            &ACCOUNT_REVIEW,
            "The review status",
            review,
            "Approved.",
            remedy,
        ),
        None => unknown(
            format!("Has Meta's review approved the {which} account?"),
            &[remedy],
        ),
    }
}

pub(super) fn destination_approved(_: CheckContext<'_>, facts: &Facts) -> Finding {
    let remedy = Remedy::GetAccountApproved;
    let review = approved(destination(facts), "destination", remedy);
    let status = destination(facts).and_then(|account| account.status.as_deref());
    let status = status.map(|status| {
        judge(
            &ACCOUNT_STATUS,
            "The account's status",
            status,
            "Active.",
            remedy,
        )
    });
    // The worse of both.
    match status {
        Some(status) if status.outweighs(&review) => status,
        _ => review,
    }
    .because(destination_unread(facts))
}

pub(super) fn source_approved(_: CheckContext<'_>, facts: &Facts) -> Finding {
    approved(source(facts), "source", Remedy::FixSourceAccount).because(source_unread(facts))
}

pub(super) fn messaging_for_approved(_: CheckContext<'_>, facts: &Facts) -> Finding {
    let remedy = Remedy::AcceptMessagingFor;
    let Some(account) = destination(facts) else {
        return unknown(
            "Is a \"Messaging For\" request of the destination account pending?",
            &[remedy],
        )
        .because(destination_unread(facts));
    };
    match account.on_behalf_of_status.as_deref() {
        Some(status) => judge(
            &ON_BEHALF_OF,
            "The request",
            status,
            "It is approved.",
            remedy,
        ),
        None => pass("There is none."),
    }
}

/// Whether the account has a method of payment.
///
/// Few tokens may read the method itself; every token can read in the account's health that
/// something is wrong with it. A method with an error counts as none.
fn payment(account: Option<&AccountFacts>) -> (Option<bool>, Option<HealthProblem<'_>>) {
    let is_there = account.and_then(|account| account.has_payment_method);
    (is_there, trouble(account, Cause::Payment))
}

pub(super) fn destination_payment(_: CheckContext<'_>, facts: &Facts) -> Finding {
    let remedies = &[Remedy::AddPaymentMethod];
    match payment(destination(facts)) {
        (_, Some(trouble)) if trouble.is_serious() => fail(trouble.quoted(), remedies),
        (Some(false), _) => fail("It has none.", remedies),
        (_, Some(trouble)) => warn(trouble.quoted(), remedies),
        (Some(true), None) => pass("It has one."),
        (None, None) => unknown(
            "Does the destination account have a payment method or credit line?",
            remedies,
        )
        .because(destination_unread(facts)),
    }
}

pub(super) fn source_payment(_: CheckContext<'_>, facts: &Facts) -> Finding {
    let remedies = &[Remedy::FixSourceAccount];
    match payment(source(facts)) {
        (_, Some(trouble)) => warn(trouble.quoted(), remedies),
        (Some(true), None) => pass("It has one."),
        (Some(false), None) => warn("It has none; Meta's guide requires one.", remedies),
        (None, None) => unknown(
            "Does the source account have a payment method or credit line?",
            remedies,
        )
        .because(source_unread(facts)),
    }
}

pub(super) fn not_restricted(_: CheckContext<'_>, facts: &Facts) -> Finding {
    let remedies = &[Remedy::LiftRestriction];
    let account = destination(facts);
    if account.and_then(|account| account.adding_numbers_restricted) == Some(true) {
        return fail("Meta forbids adding numbers to it.", remedies);
    }
    let Some(health) = account.and_then(|account| account.health.as_ref()) else {
        return unknown("Is the destination account restricted by Meta?", remedies)
            .because(destination_unread(facts));
    };
    let value = health.can_send_message.as_deref().unwrap_or("not known");
    match health::restriction(health) {
        Some(Restriction::Blocked(text)) => fail(
            with("It is blocked from sending messages.", &text),
            remedies,
        ),
        Some(Restriction::Limited(text)) => warn(
            with(&format!("Its sending is limited: {value}."), &text),
            remedies,
        ),
        Some(Restriction::OfTheApp(text)) => warn(
            with("The Meta app has a problem of its own.", &text),
            &[Remedy::Investigate],
        ),
        None if HEALTH.classify(value) == ValueClass::Good => {
            pass(format!("Its health is {value}."))
        }
        None => pass(format!(
            "Its health is {value}, but nothing restricts the account itself."
        )),
    }
}

fn with(text: &str, quoted: &str) -> String {
    format!("{text} {quoted}").trim_end().to_owned()
}

pub(super) fn app_subscribed(context: CheckContext<'_>, facts: &Facts) -> Finding {
    let apps = match &facts.subscribed_apps {
        Ok(apps) => apps,
        Err(fault) => {
            return unknown(
                "Is an app subscribed to the destination's webhooks?",
                &[Remedy::SubscribeApp],
            )
            .because(Some(fault));
        }
    };
    let lacking = match apps.count {
        0 => "No app is subscribed",
        1 => "One app is subscribed, but not ours",
        _ => "Apps are subscribed, but not ours",
    };
    let count = apps.count;
    let asked_before_signup =
        context.purpose == Purpose::Preview && context.route == Route::AddedNumber;
    match apps.ours {
        Some(true) => pass(format!("Our app is subscribed ({count} in total).")),
        None if apps.are_enough() => pass(format!(
            "{count} subscribed; which app is ours is not known."
        )),
        _ if facts.works_in_destination() => warn(
            format!("{lacking}: no webhook receives the number's messages."),
            &[Remedy::SubscribeApp],
        ),
        // Messages between the signup and the subscription reach no webhook.
        _ if asked_before_signup => warn(
            format!(
                "{lacking}. The SUBSCRIBE step subscribes ours, but only after the signup has added \
                 the number."
            ),
            &[Remedy::SubscribeApp],
        ),
        _ => warn(
            format!("{lacking}; the SUBSCRIBE step subscribes ours."),
            &[],
        ),
    }
}
