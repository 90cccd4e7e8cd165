//! Checks of values that Meta shows: FC-06, FC-07, FC-12, FC-14.

use sandbox::Call;
use serde_json::{Value, json};
use waba_migrator::proto::v1::{
    Actor, Check, CheckEligibilityRequest, CheckEligibilityResponse, MigrateRequest, Route, State,
    Verdict,
};

use super::{NUMBER, account, drive, drive_with, shape};
use crate::support::service::{DESTINATION, SOURCE, ServiceHarness};

async fn eligibility(stack: &ServiceHarness) -> CheckEligibilityResponse {
    let request = CheckEligibilityRequest {
        phone_number: NUMBER.to_owned(),
        destination_waba_id: DESTINATION.to_owned(),
        source_waba_id: SOURCE.to_owned(),
        ..CheckEligibilityRequest::default()
    };
    let answer = stack.client.clone().check_eligibility(request).await;
    answer.unwrap().into_inner()
}

fn check<'a>(found: &'a CheckEligibilityResponse, id: &str) -> &'a Check {
    found.checks.iter().find(|check| check.id == id).unwrap()
}

/// The verdict and the first remedy.
fn verdict<'a>(found: &'a CheckEligibilityResponse, id: &str) -> (Verdict, &'a str) {
    let check = check(found, id);
    let remedy = check.remedies.first();
    (
        check.verdict(),
        remedy.map_or("", |remedy| remedy.kind.as_str()),
    )
}

#[tokio::test]
async fn only_a_pending_name_change_blocks_a_move() {
    for (value, expected, eligible) in [
        (json!("NONE"), Verdict::Pass, true),
        (json!(""), Verdict::Pass, true),
        (json!(null), Verdict::Pass, true),
        (json!("APPROVED"), Verdict::Warn, true),
        (json!("DECLINED"), Verdict::Warn, true),
        (json!("EXPIRED"), Verdict::Warn, true),
        (json!("SOMETHING_NEW"), Verdict::Warn, true),
        (json!("PENDING_REVIEW"), Verdict::Fail, false),
    ] {
        let stack = ServiceHarness::start().await;
        shape(
            &stack,
            NUMBER,
            &json!({"fields": {"new_name_status": value}}),
        );
        let found = eligibility(&stack).await;
        let name = check(&found, "DISPLAY_NAME_APPROVED");
        assert_eq!(
            (name.verdict(), found.eligible),
            (expected, eligible),
            "{value} {name:?}"
        );
    }
    let stack = ServiceHarness::start().await;
    shape(
        &stack,
        NUMBER,
        &json!({"fields": {}, "absent": ["new_name_status"]}),
    );
    assert_eq!(
        verdict(&eligibility(&stack).await, "DISPLAY_NAME_APPROVED").0,
        Verdict::Pass
    );
}

/// The checks for a destination account with these overrides.
async fn eligibility_with(destination: &Value) -> CheckEligibilityResponse {
    let stack = ServiceHarness::start().await;
    account(&stack, DESTINATION, destination);
    eligibility(&stack).await
}

fn issue(code: i64, text: &str) -> Value {
    json!({"error_code": code, "error_description": text, "possible_solution": "Do what it says."})
}

fn health(can_send: &str, entities: &Value) -> Value {
    json!({"fields": {"health_status": {"can_send_message": can_send, "entities": entities}}})
}

#[tokio::test]
async fn a_blocked_account_that_lacks_payment_needs_a_payment_method_and_no_appeal() {
    let mut blocked = health(
        "BLOCKED",
        &json!([
            {"entity_type": "PHONE_NUMBER", "id": "1", "can_send_message": "LIMITED",
             "errors": [issue(138_024, "SIP settings are missing.")]},
            {"entity_type": "WABA", "id": DESTINATION, "can_send_message": "BLOCKED",
             "errors": [issue(141_006, "There is an error with the payment method.")]},
            {"entity_type": "BUSINESS", "id": "2", "can_send_message": "LIMITED",
             "errors": [issue(141_010, "The business has not passed business verification.")]},
            {"entity_type": "APP", "id": "3", "can_send_message": "AVAILABLE"},
        ]),
    );
    blocked["forbidden_fields"] = json!({"primary_funding_id": 10});
    let found = eligibility_with(&blocked).await;
    assert!(!found.eligible);
    assert_eq!(
        verdict(&found, "DESTINATION_PAYMENT_METHOD"),
        (Verdict::Fail, "ADD_PAYMENT_METHOD")
    );
    let restricted = verdict(&found, "DESTINATION_NOT_RESTRICTED");
    assert_ne!(restricted, (Verdict::Fail, "LIFT_RESTRICTION"));
    assert_eq!(
        verdict(&found, "DESTINATION_BUSINESS_VERIFIED"),
        (Verdict::Warn, "VERIFY_BUSINESS")
    );
}

#[tokio::test]
async fn a_calling_setting_is_ignored_and_an_unverified_business_needs_verification() {
    let found = eligibility_with(&health(
        "LIMITED",
        &json!([
            {"entity_type": "PHONE_NUMBER", "id": "1", "can_send_message": "LIMITED",
             "errors": [issue(138_024, "SIP settings are missing.")]},
        ]),
    ))
    .await;
    assert!(found.eligible);
    assert_eq!(
        verdict(&found, "DESTINATION_NOT_RESTRICTED").0,
        Verdict::Pass
    );

    let found = eligibility_with(&health(
        "LIMITED",
        &json!([
            {"entity_type": "BUSINESS", "id": "2", "can_send_message": "LIMITED",
             "errors": [issue(141_010, "The business has not passed business verification.")]},
        ]),
    ))
    .await;
    assert!(found.eligible);
    assert_eq!(
        verdict(&found, "DESTINATION_BUSINESS_VERIFIED"),
        (Verdict::Warn, "VERIFY_BUSINESS")
    );
    assert_eq!(
        verdict(&found, "DESTINATION_NOT_RESTRICTED").0,
        Verdict::Pass
    );

    let found = eligibility_with(&health(
        "BLOCKED",
        &json!([
            {"entity_type": "WABA", "id": DESTINATION, "can_send_message": "BLOCKED",
             "errors": [issue(131_031, "The account has been locked.")]},
        ]),
    ))
    .await;
    assert_eq!(
        verdict(&found, "DESTINATION_NOT_RESTRICTED"),
        (Verdict::Fail, "LIFT_RESTRICTION")
    );
}

#[tokio::test]
async fn a_forbidden_field_is_requested_once_an_hour() {
    let stack = ServiceHarness::start().await;
    for waba in [SOURCE, DESTINATION] {
        account(
            &stack,
            waba,
            &json!({"forbidden_fields": {"primary_funding_id": 10}}),
        );
    }
    drive(&stack, NUMBER).await.succeeds([1, 1, 1, 1]);
    let refused = stack
        .sandbox
        .call_counts_of(DESTINATION)
        .refused(Call::ReadObject);
    drive(&stack, "+12025550187").await;
    let again = stack
        .sandbox
        .call_counts_of(DESTINATION)
        .refused(Call::ReadObject);
    assert_eq!(again, refused, "the second number repeats no request");
}

fn added(request: &mut MigrateRequest) {
    request.route = Route::AddedNumber.into();
}

#[tokio::test]
async fn the_needs_of_register_are_checked_before_the_signup_and_before_register() {
    let stack = ServiceHarness::start().await;
    account(
        &stack,
        DESTINATION,
        &json!({"absent": ["primary_funding_id"]}),
    );
    let advance_check = CheckEligibilityRequest {
        phone_number: NUMBER.to_owned(),
        destination_waba_id: DESTINATION.to_owned(),
        route: Route::AddedNumber.into(),
        ..CheckEligibilityRequest::default()
    };
    let ask = async || {
        let answer = stack
            .client
            .clone()
            .check_eligibility(advance_check.clone())
            .await;
        answer.unwrap().into_inner()
    };
    let found = ask().await;
    assert!(!found.eligible);
    assert_eq!(
        verdict(&found, "DESTINATION_PAYMENT_METHOD"),
        (Verdict::Fail, "ADD_PAYMENT_METHOD")
    );
    assert_ne!(verdict(&found, "PLACE_IN_DESTINATION").0, Verdict::Fail);
    shape(
        &stack,
        NUMBER,
        &json!({"account": DESTINATION, "standing": "verified"}),
    );
    let seen = drive_with(&stack, NUMBER, added).await;
    seen.asks(
        "CHECKS_FAILED",
        "ADD_PAYMENT_METHOD",
        Actor::DestinationAdmin,
        [0, 0, 0, 0],
    );

    account(&stack, DESTINATION, &json!({}));
    assert!(ask().await.eligible);
    let moved = super::resume(&stack, &seen.migration.id, NUMBER).await;
    moved.succeeds([0, 0, 0, 1]);
    let report = moved.migration.report.as_ref().unwrap();
    assert!(report.unregistered_for.is_some(), "{report:?}");
}

#[tokio::test]
async fn a_banned_or_moved_source_number_fails_its_check_with_an_explanation() {
    for (status, remedy) in [("BANNED", "APPEAL_BAN"), ("MIGRATED", "CHECK_NUMBER")] {
        let stack = ServiceHarness::start().await;
        shape(&stack, NUMBER, &json!({"fields": {"status": status}}));
        let found = eligibility(&stack).await;
        assert!(!found.eligible, "{status}");
        assert_eq!(
            verdict(&found, "REGISTERED_AT_SOURCE"),
            (Verdict::Fail, remedy)
        );
    }
}

#[tokio::test]
async fn a_check_that_could_not_read_the_account_carries_metas_error() {
    let stack = ServiceHarness::start().await;
    let refusal = json!({"unreadable": {"code": 200, "message": "(#200) You do not have the necessary permissions."}});
    account(&stack, DESTINATION, &refusal);
    let seen = drive(&stack, NUMBER).await;
    assert_eq!(seen.migration.state(), State::ActionRequired);
    let error = seen.migration.fault.as_ref().unwrap().graph_error.as_ref();
    let error = error.expect("Meta's answer is in the fault");
    assert_eq!(error.code, 200);
    assert!(error.message.contains("necessary permissions"), "{error:?}");
    assert!(
        seen.instruction().contains("necessary permissions"),
        "{}",
        seen.instruction()
    );
}
