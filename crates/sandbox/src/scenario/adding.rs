//! Scenario numbers about adding a number to the destination.

use super::Lasts::Times;
use super::{Actor, End, Quirk, Rule, Scenario};
use crate::call::Call::AddNumber;
use crate::error::Refusal;
use crate::refusals as r;

const fn refused(
    number: &'static str,
    name: &'static str,
    effect: &'static str,
    actor: Actor,
    rules: &'static [Rule],
) -> Scenario {
    Scenario::refused("add_number", number, name, effect, actor, rules)
}

const fn always(refusal: Refusal) -> Rule {
    Rule::always(AddNumber, refusal)
}

pub(super) const TABLE: &[Scenario] = &[
    Scenario::new("+12025550120", "already_in_destination")
        .strikes("add_number", "always")
        .effect("2388012; the destination's list has it as PENDING, to be adopted")
        .quirks(&[Quirk::PendingInDestination]),
    refused(
        "+12025550121",
        "no_webhooks",
        "2388103 Cannot migrate phone number, although an app is subscribed",
        Actor::Caller,
        &[always(r::NO_WEBHOOKS)],
    ),
    Scenario::new("+12025550122", "plain_add")
        .strikes("add_number", "until fixed")
        .effect("2388103 Please add this phone number: refused with migrate_phone_number, added without")
        .ends(End::ActionRequired, Actor::DestinationAdmin)
        .quirks(&[Quirk::PlainAddOnly]),
    refused(
        "+12025550123",
        "name_not_approved",
        "2388103 Registered name should be present and approved",
        Actor::SourceProvider,
        &[always(r::NAME_NOT_APPROVED)],
    ),
    refused(
        "+12025550124",
        "source_not_set_up",
        "2388103 The account that it is registered with is not set up correctly",
        Actor::SourceProvider,
        &[always(r::SOURCE_NOT_SET_UP)],
    ),
    refused(
        "+12025550125",
        "no_payment_account",
        "2388103 Your account does not have a payment account",
        Actor::DestinationAdmin,
        &[always(r::NO_PAYMENT_ACCOUNT)],
    ),
    Scenario::new("+12025550126", "error_migrating")
        .strikes("add_number", "twice")
        .effect("2388103 There was an error migrating this phone number; then it works")
        .rules(&[Rule::refuse(AddNumber, Times(2), r::ERROR_MIGRATING)]),
    refused(
        "+12025550127",
        "other_business",
        "2388103 It belongs to a different Business Manager account",
        Actor::Caller,
        &[always(r::OTHER_BUSINESS)],
    ),
    refused(
        "+12025550128",
        "account_not_approved",
        "2388103 Your account must be approved",
        Actor::DestinationAdmin,
        &[always(r::ACCOUNT_NOT_APPROVED)],
    ),
    refused(
        "+12025550129",
        "messaging_for_pending",
        "2388103 The account's Messaging For request must be approved",
        Actor::DestinationAdmin,
        &[always(r::MESSAGING_FOR_PENDING)],
    ),
    Scenario::new("+12025550130", "two_step_on")
        .strikes("add_number", "until fixed")
        .effect("2388001 two-step still on; the source reads is_pin_enabled true")
        .ends(End::ActionRequired, Actor::SourceProvider)
        .quirks(&[Quirk::TwoStepOn]),
    Scenario::new("+12025550131", "name_in_review")
        .strikes("add_number", "until fixed")
        .effect("2388103 about the name; the source reads name_status PENDING_REVIEW")
        .ends(End::ActionRequired, Actor::SourceProvider)
        .quirks(&[Quirk::NameInReview]),
    Scenario::new("+12025550132", "on_business_app")
        .strikes("add_number", "until fixed")
        .effect("200000; the source reads is_on_biz_app true")
        .ends(End::ActionRequired, Actor::Caller)
        .quirks(&[Quirk::OnBusinessApp]),
    Scenario::new("+12025550133", "test_number")
        .strikes("add_number", "until fixed")
        .effect("200000; the source reads account_mode SANDBOX")
        .ends(End::ActionRequired, Actor::Caller)
        .quirks(&[Quirk::TestNumber]),
    refused("+12025550134", "cannot_add", "200000", Actor::DestinationAdmin, &[always(r::CANNOT_ADD)]),
    refused("+12025550135", "restricted", "368", Actor::DestinationAdmin, &[always(r::RESTRICTED)]),
    refused("+12025550136", "no_permission", "200", Actor::DestinationAdmin, &[always(r::NO_PERMISSION)]),
    refused(
        "+12025550137",
        "other_business_without_subcode",
        "100 with the text about a different Business Manager account, but no subcode",
        Actor::Caller,
        &[always(r::OTHER_BUSINESS.without_subcode())],
    ),
    refused(
        "+12025550138",
        "error_data_as_string",
        "368 with error_data as a string",
        Actor::DestinationAdmin,
        &[always(r::RESTRICTED.data_as_string())],
    ),
    refused(
        "+12025550139",
        "unheard_of_error",
        "987654/7654321, an unknown error",
        Actor::Operator,
        &[always(r::UNKNOWN_ERROR)],
    ),
    Scenario::new("+12025550140", "unheard_of_but_transient")
        .strikes("add_number", "twice")
        .effect("987654 with is_transient true; then it works")
        .rules(&[Rule::refuse(AddNumber, Times(2), r::UNKNOWN_ERROR.transient())]),
    Scenario::new("+12025550141", "app_limit")
        .strikes("add_number", "once")
        .effect("4, the app's request limit; then it works")
        .rules(&[Rule::refuse(AddNumber, Times(1), r::APP_LIMIT)]),
];
