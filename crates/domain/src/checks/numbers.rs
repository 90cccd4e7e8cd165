//! Rules about the number itself. Most use the source, which the destination's token can seldom
//! read.
//!
//! A number that works in the destination passes all of them: there is nothing to move, and what
//! prepares a number for a move (leaving the app, registering it at the source) would break this
//! one. A number in the destination's list may still be in the source's list as well.

use super::finding::{Finding, fail, is, pass, unknown, warn};
use super::known_values::{DISPLAY_NAME, NEW_DISPLAY_NAME, PLATFORM, ValueClass};
use super::{CheckContext, Facts, Purpose};
use crate::facts::NumberFacts;
use crate::{Fault, Remedy, Route};

fn at_source(facts: &Facts) -> Option<&NumberFacts> {
    facts.source.as_ref().and_then(|side| side.number.as_ref())
}

/// Why the source's list of numbers could not be read.
fn source_unread(facts: &Facts) -> Option<&Fault> {
    let side = facts.source.as_ref()?;
    side.numbers_unread.as_ref()
}

pub(super) fn place_in_destination(context: CheckContext<'_>, facts: &Facts) -> Finding {
    let side = &facts.destination;
    if side.numbers_unread.is_some() {
        return unknown(
            "Is the number in the destination's list already?",
            &[Remedy::CheckNumber],
        )
        .because(side.numbers_unread.as_ref());
    }
    let Some(number) = &side.number else {
        return match (context.route, context.purpose) {
            (Route::Otp, _) => pass("It is not in the destination yet."),
            (Route::AddedNumber, Purpose::Preview) => warn(
                "It is not in the destination yet; Embedded Signup adds it.",
                &[],
            ),
            (Route::AddedNumber, Purpose::Migration) => fail(
                "It is not in the destination.",
                &[Remedy::RestartEmbeddedSignup, Remedy::CheckNumber],
            ),
        };
    };
    let status = number.status.as_deref();
    if number.works() {
        pass("It is already connected in the destination; there is nothing to move.")
    } else if status.is_some_and(|status| is(status, "BANNED")) {
        fail(
            "It is in the destination, and Meta has banned it.",
            &[Remedy::LiftRestriction],
        )
    } else {
        match context.route {
            Route::Otp => warn(
                "It is already pending in the destination and will be adopted.",
                &[],
            ),
            Route::AddedNumber => pass("It is in the destination."),
        }
    }
}

pub(super) fn registered_at_source(context: CheckContext<'_>, facts: &Facts) -> Finding {
    if facts.works_in_destination() {
        return pass("It is connected in the destination.");
    }
    let register = &[Remedy::RegisterAtSource];
    let question = || {
        unknown(
            "Is the number registered and connected at the source?",
            register,
        )
        .because(source_unread(facts))
    };
    let Some(side) = &facts.source else {
        return question();
    };
    match &side.number {
        Some(number) => standing_at_source(number).unwrap_or_else(question),
        None if side.numbers_unread.is_some() => question(),
        // Embedded Signup may have removed it from the source's list already.
        None if context.route == Route::AddedNumber => {
            unknown("It is no longer in the source's list.", register)
        }
        None => fail(
            "The source account does not have this number.",
            &[Remedy::CheckNumber, Remedy::RegisterAtSource],
        ),
    }
}

/// The finding for a number that the source lists; `None` if Meta shows no status.
fn standing_at_source(number: &NumberFacts) -> Option<Finding> {
    let register = &[Remedy::RegisterAtSource];
    let status = number.status.as_deref();
    let platform = number.platform_type.as_deref();
    let has_status = |wanted: &[&str]| {
        let is_one = |status| wanted.iter().any(|wanted| is(status, wanted));
        status.is_some_and(is_one)
    };
    if has_status(&["BANNED"]) {
        return Some(fail(
            "Meta has banned it: a banned number cannot be moved.",
            &[Remedy::AppealBan],
        ));
    }
    if has_status(&["MIGRATED", "DELETED"]) {
        return Some(fail(
            format!(
                "Its status there is {}: it has left this account and may have moved to another one.",
                status.unwrap_or_default()
            ),
            &[Remedy::CheckNumber],
        ));
    }
    match platform.map(|platform| (platform, PLATFORM.classify(platform))) {
        Some((_, ValueClass::Bad)) => {
            return Some(fail(
                "It is not registered with any platform there.",
                register,
            ));
        }
        Some((platform, ValueClass::Unknown)) if number.works() => {
            return Some(warn(
                format!("It is connected there with {platform}, an unknown platform."),
                &[],
            ));
        }
        _ => {}
    }
    let status = status?;
    Some(if is(status, "CONNECTED") {
        pass("It is connected there.")
    } else if number.works() {
        pass(format!("It is connected there, with the status {status}."))
    } else {
        warn(format!("Its status there is {status}."), register)
    })
}

pub(super) fn two_step_off(_: CheckContext<'_>, facts: &Facts) -> Finding {
    if facts.works_in_destination() {
        return pass("It is connected in the destination; there is nothing to turn off.");
    }
    match at_source(facts).and_then(|number| number.pin_enabled) {
        Some(false) => pass("It is off."),
        Some(true) => fail("It is on.", &[Remedy::TurnOffTwoStep]),
        None => unknown(
            "Is two-step verification off for the number at the source?",
            &[Remedy::TurnOffTwoStep],
        )
        .because(source_unread(facts)),
    }
}

pub(super) fn display_name_approved(_: CheckContext<'_>, facts: &Facts) -> Finding {
    if facts.works_in_destination() {
        return pass("It is connected in the destination, with its name there.");
    }
    let remedies = &[Remedy::GetDisplayNameApproved];
    let number = at_source(facts);
    let new_name = number.and_then(|number| number.new_name_status.as_deref());
    let new_name = new_name.map(|status| (status, NEW_DISPLAY_NAME.classify(status)));
    if let Some((status, ValueClass::Bad)) = new_name {
        return fail(format!("The requested new name is {status}."), remedies);
    }
    let Some(status) = number.and_then(|number| number.name_status.as_deref()) else {
        return unknown(
            "Is the display name approved, with no change pending?",
            remedies,
        )
        .because(source_unread(facts));
    };
    match (DISPLAY_NAME.classify(status), new_name) {
        (ValueClass::Bad, _) => fail(format!("Its status is {status}."), remedies),
        (ValueClass::Unknown, _) if is(status, "AVAILABLE_WITHOUT_REVIEW") => warn(
            "It is usable without review, which is not \"approved\" by the wording of Meta's rule.",
            remedies,
        ),
        (ValueClass::Unknown, _) => warn(
            format!("Its status is {status}; Meta decides when the number is added."),
            remedies,
        ),
        (ValueClass::Good, Some((status, ValueClass::Unknown))) => {
            warn(decided_new_name(status), &[])
        }
        (ValueClass::Good, _) => pass("It is approved."),
    }
}

/// The finding for a decided request for a new name, which never blocks a move.
fn decided_new_name(status: &str) -> String {
    if is(status, "APPROVED") {
        "It is approved. A new name was approved as well; registering the number applies it."
            .to_owned()
    } else {
        format!("It is approved. The requested new name is {status}; the current one stays.")
    }
}

/// Whether use in the app blocks a move.
///
/// A number that works on the API and in the app at once (coexistence) cannot be moved by these
/// calls. Removing it from the app would end a working account with its chats. Instead, the new
/// provider can connect it with the signup for numbers of the app, which needs no move.
pub(super) fn not_on_business_app(_: CheckContext<'_>, facts: &Facts) -> Finding {
    if facts.works_in_destination() {
        return pass(
            "It works in the destination; whether it is also used in the app does not matter.",
        );
    }
    let (source, pending) = (at_source(facts), facts.destination.number.as_ref());
    let in_app = |number: &NumberFacts| number.on_business_app == Some(true);
    let is_odd = |number: &NumberFacts| in_app(number) || number.is_held_by_app();
    if let Some(number) = source.filter(|number| number.works()) {
        return match number.on_business_app {
            Some(true) => fail(
                "It works at the source and is used in the app at the same time (coexistence). \
                 Such a number cannot be moved, and removing it from the app would end a working \
                 account; the new provider can connect it as it is.",
                &[Remedy::AddThroughSignup],
            ),
            _ if pending.is_some_and(is_odd) => warn(
                "It works at the source, but Meta shows the pending number in the destination as \
                 used in the app.",
                &[Remedy::AddThroughSignup],
            ),
            Some(false) => pass("It is not."),
            None => unknown(
                "It works at the source. Is it used in the WhatsApp Business app on a phone at the \
                 same time?",
                &[Remedy::AddThroughSignup],
            ),
        };
    }
    let known = || [source, pending].into_iter().flatten();
    if known().any(in_app) {
        fail(
            "It is used in the app; such a number cannot be moved.",
            &[Remedy::LeaveBusinessApp, Remedy::AddThroughSignup],
        )
    } else if known().any(NumberFacts::is_held_by_app) {
        warn(
            "Meta shows it with the On-Premises API and as not connected, which is how it shows \
             many numbers of the app.",
            &[Remedy::LeaveBusinessApp],
        )
    } else if known().any(|number| number.on_business_app == Some(false)) {
        pass("It is not.")
    } else {
        unknown(
            "Is the number used in the WhatsApp Business app on a phone?",
            &[Remedy::LeaveBusinessApp],
        )
        .because(source_unread(facts))
    }
}

pub(super) fn not_a_test_number(context: CheckContext<'_>, facts: &Facts) -> Finding {
    let number = context.phone_number;
    let sandboxed = at_source(facts)
        .or(facts.destination.number.as_ref())
        .and_then(|number| number.account_mode.as_deref())
        .is_some_and(|mode| is(mode, "SANDBOX"));
    // All of Meta's test numbers are in the area code 555, and no other numbers are.
    if sandboxed || (number.calling_code() == "1" && number.national().starts_with("555")) {
        fail(
            "It is a test number, which cannot be moved.",
            &[Remedy::CheckNumber],
        )
    } else {
        pass("It is not.")
    }
}

pub(super) fn quality(_: CheckContext<'_>, facts: &Facts) -> Finding {
    match at_source(facts).and_then(|number| number.quality_rating.as_deref()) {
        Some(rating) if is(rating, "RED") => warn("It is RED, and it moves with the number.", &[]),
        Some(rating) => pass(format!("It is {rating}.")),
        None => unknown("What is the number's quality rating at the source?", &[]),
    }
}
