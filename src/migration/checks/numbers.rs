//! Rules about the number itself. Most look at the source, which the destination's token can seldom read.

use super::table::{Finding, fail, is, pass, unknown, warn};
use super::{Facts, Subject};
use crate::migration::facts::NumberFacts;
use crate::migration::{Remedy, Route};

fn at_source(facts: &Facts) -> Option<&NumberFacts> {
    facts.source.as_ref().and_then(|side| side.number.as_ref())
}

pub(super) fn place_in_destination(subject: Subject<'_>, facts: &Facts) -> Finding {
    let side = &facts.destination;
    match (subject.route, &side.number) {
        _ if !side.numbers_listed => unknown(
            "Is the number in the destination's list already?",
            &[Remedy::CheckNumber],
        ),
        (Route::Otp, None) => pass("It is not there yet."),
        (Route::Otp, Some(number)) if number.is_connected() => fail(
            "It is connected there already: there is nothing to move.",
            &[Remedy::CheckNumber],
        ),
        (Route::Otp, Some(_)) => warn("It is pending there already and will be taken over.", &[]),
        (Route::AddedNumber, Some(_)) => pass("It is there."),
        (Route::AddedNumber, None) => fail(
            "It is not there.",
            &[Remedy::RestartEmbeddedSignup, Remedy::CheckNumber],
        ),
    }
}

pub(super) fn registered_at_source(subject: Subject<'_>, facts: &Facts) -> Finding {
    let moved = facts.destination.number.as_ref();
    if moved.is_some_and(NumberFacts::is_connected) {
        return pass("It is connected in the destination.");
    }
    let Some(side) = &facts.source else {
        return unknown(
            "Is the number registered and connected at the source?",
            &[Remedy::RegisterAtSource],
        );
    };
    match &side.number {
        // Embedded Signup may have taken it out of the source's list already.
        None if side.numbers_listed && subject.route == Route::AddedNumber => unknown(
            "It is not in the source's list any more.",
            &[Remedy::RegisterAtSource],
        ),
        None if side.numbers_listed => fail(
            "The source account does not hold this number.",
            &[Remedy::CheckNumber, Remedy::RegisterAtSource],
        ),
        None => unknown(
            "Is the number registered and connected at the source?",
            &[Remedy::RegisterAtSource],
        ),
        Some(number) => match (number.status.as_deref(), number.platform_type.as_deref()) {
            (_, Some(platform)) if is(platform, "NOT_APPLICABLE") => fail(
                "It is registered with no platform there.",
                &[Remedy::RegisterAtSource],
            ),
            (Some(status), _) if is(status, "CONNECTED") => pass("It is connected there."),
            (Some(status), _) => warn(
                format!("Its status there is {status}."),
                &[Remedy::RegisterAtSource],
            ),
            (None, _) => unknown(
                "Is the number connected at the source?",
                &[Remedy::RegisterAtSource],
            ),
        },
    }
}

pub(super) fn two_step_off(_: Subject<'_>, facts: &Facts) -> Finding {
    match at_source(facts).and_then(|number| number.pin_enabled) {
        Some(false) => pass("It is off."),
        Some(true) => fail("It is on.", &[Remedy::TurnOffTwoStep]),
        None => unknown(
            "Is two-step verification off for the number at the source?",
            &[Remedy::TurnOffTwoStep],
        ),
    }
}

pub(super) fn display_name_approved(_: Subject<'_>, facts: &Facts) -> Finding {
    let remedies = &[Remedy::GetDisplayNameApproved];
    let number = at_source(facts);
    if let Some(pending) = number
        .and_then(|n| n.new_name_status.as_deref())
        .filter(|status| !is(status, "NONE"))
    {
        return fail(format!("A change of it is {pending}."), remedies);
    }
    match number.and_then(|number| number.name_status.as_deref()) {
        Some(status) if is(status, "APPROVED") => pass("Approved."),
        Some(status) if is(status, "AVAILABLE_WITHOUT_REVIEW") => warn(
            "Usable without review, which by the letter of Meta's rule is not approved.",
            remedies,
        ),
        Some(status) => fail(format!("Its status is {status}."), remedies),
        None => unknown(
            "Is the display name approved, with no change of it pending?",
            remedies,
        ),
    }
}

pub(super) fn not_on_business_app(_: Subject<'_>, facts: &Facts) -> Finding {
    let number = at_source(facts).or(facts.destination.number.as_ref());
    match number.and_then(|number| number.on_business_app) {
        Some(false) => pass("It is not."),
        Some(true) => fail(
            "It is: such a number cannot be moved.",
            &[Remedy::LeaveBusinessApp],
        ),
        None => unknown(
            "Is the number used in the WhatsApp Business app on a phone?",
            &[Remedy::LeaveBusinessApp],
        ),
    }
}

pub(super) fn not_a_test_number(subject: Subject<'_>, facts: &Facts) -> Finding {
    let number = subject.phone_number;
    let sandboxed = at_source(facts)
        .or(facts.destination.number.as_ref())
        .and_then(|number| number.account_mode.as_deref())
        .is_some_and(|mode| is(mode, "SANDBOX"));
    // Meta's own test numbers are all in the area code 555, which is nobody else's.
    if sandboxed || (number.calling_code() == "1" && number.national().starts_with("555")) {
        fail(
            "It is: such a number cannot be moved.",
            &[Remedy::CheckNumber],
        )
    } else {
        pass("It is not.")
    }
}

pub(super) fn quality(_: Subject<'_>, facts: &Facts) -> Finding {
    match at_source(facts).and_then(|number| number.quality_rating.as_deref()) {
        Some(rating) if is(rating, "RED") => {
            warn("It is RED, and moves along with the number.", &[])
        }
        Some(rating) => pass(format!("It is {rating}.")),
        None => unknown("What is the number's quality rating at the source?", &[]),
    }
}
