//! Scenario numbers about registering, and about reads afterwards.

use super::Lasts::{Deletion, Maintenance, Times};
use super::{Actor, End, Quirk, Rule, Scenario, Strike};
use crate::call::Call::Register;
use crate::error::Refusal;
use crate::refusals as r;

const fn refused(
    number: &'static str,
    name: &'static str,
    effect: &'static str,
    actor: Actor,
    rules: &'static [Rule],
) -> Scenario {
    Scenario::refused("register", number, name, effect, actor, rules)
}

const fn always(refusal: Refusal) -> Rule {
    Rule::always(Register, refusal)
}

pub(super) const TABLE: &[Scenario] = &[
    Scenario::new("+12025550150", "ownership_to_confirm")
        .strikes("register", "once")
        .effect(
            "2388001 Please confirm ownership, and NOT_VERIFIED again; works after another code",
        )
        .rules(&[Rule::not_done(
            Register,
            Times(1),
            Strike::Unverify(r::CONFIRM_OWNERSHIP),
        )]),
    Scenario::new("+12025550151", "pin_mismatch")
        .strikes("register", "until fixed")
        .effect(
            "133005, another PIN is set; repeated, 133009 if sooner than 5 s and 133008 after five",
        )
        .ends(End::ActionRequired, Actor::SourceProvider)
        .quirks(&[Quirk::OtherPin]),
    refused(
        "+12025550152",
        "pin_guessed_too_often",
        "133008, with the wait in the details",
        Actor::SourceProvider,
        &[always(r::PIN_TOO_OFTEN)],
    ),
    refused(
        "+12025550153",
        "pin_too_quick",
        "133009, with the wait in the details",
        Actor::SourceProvider,
        &[always(r::PIN_TOO_QUICK)],
    ),
    refused(
        "+12025550154",
        "account_locked",
        "131031",
        Actor::DestinationAdmin,
        &[always(r::ACCOUNT_LOCKED)],
    ),
    Scenario::new("+12025550155", "register_limit")
        .strikes("register", "until fixed")
        .effect("133016, blocked for 72 hours")
        .ends(End::Running, Actor::Meta)
        .rules(&[always(r::REGISTER_TOO_OFTEN)]),
    Scenario::new("+12025550156", "verification_lost")
        .strikes("register", "once")
        .effect("133006 although it was verified, and NOT_VERIFIED again; works after another code")
        .rules(&[Rule::not_done(
            Register,
            Times(1),
            Strike::Unverify(r::NEEDS_VERIFYING),
        )]),
    Scenario::new("+12025550157", "recently_deleted")
        .strikes("register", "for the deletion time (5 min)")
        .effect("133015; then it works")
        .rules(&[Rule::refuse(Register, Deletion, r::RECENTLY_DELETED)]),
    Scenario::new("+12025550158", "half_deregistered")
        .strikes("register", "until deregistered or fixed")
        .effect("133000; deregister, then it works")
        .ends(End::ActionRequired, Actor::Operator)
        .quirks(&[Quirk::HalfDeregistered]),
    refused(
        "+12025550159",
        "payment_problem",
        "131042",
        Actor::DestinationAdmin,
        &[always(r::PAYMENT_PROBLEM)],
    ),
    refused(
        "+12025550160",
        "token_expired",
        "190/463",
        Actor::Caller,
        &[always(r::TOKEN_EXPIRED)],
    ),
    Scenario::new("+12025550161", "maintenance")
        .strikes("register", "for the maintenance time (30 s)")
        .effect("2494100; then it works")
        .rules(&[Rule::refuse(Register, Maintenance, r::MAINTENANCE)]),
    Scenario::new("+12025550162", "slow_register")
        .strikes("register", "once")
        .effect("performed at once, but the response comes after 15 s")
        .rules(&[Rule::done(Register, Strike::Slow)]),
    refused(
        "+12025550163",
        "register_always_fails",
        "131000, every time",
        Actor::Caller,
        &[always(r::SOMETHING_WRONG)],
    ),
    Scenario::new("+12025550164", "connects_late")
        .strikes("reads after register", "3 reads")
        .effect("success, but PENDING and NOT_APPLICABLE for three reads; then CONNECTED")
        .quirks(&[Quirk::ConnectsLate]),
    Scenario::new("+12025550165", "never_connects")
        .strikes("reads after register", "until fixed")
        .effect("success, but PENDING and NOT_APPLICABLE for good")
        .ends(End::ActionRequired, Actor::Caller)
        .quirks(&[Quirk::NeverConnects]),
    Scenario::new("+12025550166", "listed_late")
        .strikes("lists after register", "3 reads")
        .effect("success and CONNECTED, but the destination's list omits it for three reads")
        .quirks(&[Quirk::ListedLate]),
];
