//! Refusals whose text, not code, tells what is wrong: FC-01 to FC-04 and FC-10.

use serde_json::{Value, json};
use waba_migrator::proto::v1::{Actor, Route, State};

use super::{NUMBER, drive, drive_with, inject, resume, shape};
use crate::support::service::ServiceHarness;

const PAYMENT: &str = "Cannot Migrate Phone Number: Your WhatsApp Business Account doesn't have a payment method set up.";

fn error(call: &str, fields: &Value) -> Value {
    let mut fault = json!({"call": call, "kind": "error", "times": 9});
    let all = fault.as_object_mut().unwrap();
    all.extend(fields.as_object().unwrap().clone());
    fault
}

/// Moves a number with this refusal of one call.
async fn refused(call: &str, fields: &Value) -> super::Seen {
    let stack = ServiceHarness::start().await;
    inject(&stack, &error(call, fields));
    drive(&stack, NUMBER).await
}

/// The meanings under the headline in Meta's texts: the remedy and the actor of each.
const MEANINGS: [(&str, &str, Actor); 9] = [
    (
        "Please add this phone number in your WhatsApp account.",
        "NOTHING_TO_MOVE",
        Actor::DestinationAdmin,
    ),
    (
        "Registered name should be present and approved.",
        "DISPLAY_NAME_NOT_APPROVED",
        Actor::SourceProvider,
    ),
    (
        "The WhatsApp account that this phone number is registered with is not set up correctly.",
        "SOURCE_ACCOUNT_NOT_SET_UP",
        Actor::SourceProvider,
    ),
    (
        "Your WhatsApp account does not have a payment account.",
        "PAYMENT_METHOD_MISSING",
        Actor::DestinationAdmin,
    ),
    (
        "Your WhatsApp Business Account doesn't have a payment method set up.",
        "PAYMENT_METHOD_MISSING",
        Actor::DestinationAdmin,
    ),
    (
        "This phone number belongs to a different Business Manager account.",
        "DIFFERENT_BUSINESS",
        Actor::Caller,
    ),
    (
        "Your WhatsApp account must be approved.",
        "DESTINATION_NOT_APPROVED",
        Actor::DestinationAdmin,
    ),
    (
        "Your WhatsApp account's \"Messaging For\" request must be approved.",
        "MESSAGING_FOR_NOT_APPROVED",
        Actor::DestinationAdmin,
    ),
    (
        "Your WhatsApp account must be subscribed to webhooks by an app before a phone number can be migrated.",
        "NOT_SUBSCRIBED",
        Actor::Caller,
    ),
];

#[tokio::test]
async fn a_missing_payment_method_under_the_headline_asks_the_destination_and_costs_one_register() {
    let details = json!({"code": 100, "message": "(#100) Invalid parameter", "details": PAYMENT});
    let at_register = refused("register", &details).await;
    at_register.asks(
        "PAYMENT_METHOD_MISSING",
        "ADD_PAYMENT_METHOD",
        Actor::DestinationAdmin,
        [1, 1, 1, 1],
    );
    let said = at_register.instruction();
    assert!(
        said.contains("payment method set up"),
        "Meta is quoted: {said}"
    );
    let at_add = refused("add_number", &details).await;
    at_add.asks(
        "PAYMENT_METHOD_MISSING",
        "ADD_PAYMENT_METHOD",
        Actor::DestinationAdmin,
        [1, 0, 0, 0],
    );
}

#[tokio::test]
async fn after_the_payment_method_is_added_resume_registers_without_another_code() {
    let stack = ServiceHarness::start().await;
    let mut fault = error("register", &json!({"code": 100, "details": PAYMENT}));
    fault["times"] = json!(1);
    inject(&stack, &fault);
    let asked = drive(&stack, NUMBER).await;
    assert_eq!(asked.migration.state(), State::ActionRequired);
    let moved = resume(&stack, &asked.migration.id, NUMBER).await;
    moved.succeeds([1, 1, 1, 2]);
}

#[tokio::test]
async fn the_reason_in_the_text_decides_not_the_headline() {
    for (text, reason, actor) in MEANINGS {
        let headline = "Cannot migrate phone number";
        let shapes = [
            json!({"code": 100, "subcode": 2_388_103, "title": headline, "user_message": text}),
            json!({"code": 100, "details": format!("Cannot Migrate Phone Number: {text}")}),
            json!({"code": 100, "subcode": 2_388_103, "message": format!("(#100) {text}")}),
        ];
        for fields in shapes {
            let seen = refused("add_number", &fields).await;
            let found = (seen.migration.state(), seen.reason(), seen.actor());
            assert_eq!(found, (State::ActionRequired, reason, actor), "{fields}");
            assert_eq!(seen.calls, [1, 0, 0, 0], "{fields}");
        }
    }
}

#[tokio::test]
async fn a_move_that_failed_at_meta_is_retried_three_times_before_an_actor_is_asked() {
    let failed =
        "There was an error migrating this phone number. Please try again after some time.";
    let details = format!("Cannot Migrate Phone Number: {failed}");
    let seen = refused("add_number", &json!({"code": 100, "details": details})).await;
    seen.asks(
        "MOVE_FAILED_AT_META",
        "ASK_META_SUPPORT",
        Actor::Caller,
        [4, 0, 0, 0],
    );
}

#[tokio::test]
async fn an_unknown_text_keeps_the_group_and_asks_an_actor_once() {
    let polish = json!({
        "code": 100, "subcode": 2_388_103, "title": "Nie można przenieść numeru telefonu",
        "user_message": "Wystąpił warunek, którego nikt nie zna.", "transient": false,
    });
    let seen = refused("add_number", &polish).await;
    seen.asks(
        "MOVE_REFUSED",
        "FOLLOW_META_TEXT",
        Actor::Caller,
        [1, 0, 0, 0],
    );
    assert!(
        seen.instruction().contains("Wystąpił warunek"),
        "{}",
        seen.instruction()
    );
    let certificate = json!({
        "code": 100, "subcode": 2_388_001, "title": "Nie można utworzyć certyfikatu",
        "user_message": "Wystąpił warunek, którego nikt nie zna.",
    });
    let seen = refused("register", &certificate).await;
    seen.asks(
        "CERTIFICATE_REFUSED",
        "FOLLOW_META_TEXT",
        Actor::Caller,
        [1, 1, 1, 1],
    );
}

#[tokio::test]
async fn a_certificate_error_asks_the_destination_for_the_name_and_the_source_for_two_factor() {
    let certificate = |text: &str| json!({"code": 100, "subcode": 2_388_001, "title": "Cannot Create Certificate", "user_message": text});
    let name =
        "Your display name could not be processed. Please edit your display name and try again.";
    refused("register", &certificate(name)).await.asks(
        "DISPLAY_NAME_NOT_APPROVED",
        "EDIT_DISPLAY_NAME",
        Actor::DestinationAdmin,
        [1, 1, 1, 1],
    );
    let two_factor = "Please ensure two-factor authentication is disabled.";
    refused("register", &certificate(two_factor)).await.asks(
        "TWO_STEP_ENABLED",
        "TURN_OFF_TWO_STEP",
        Actor::SourceProvider,
        [1, 1, 1, 1],
    );
}

#[tokio::test]
async fn a_number_on_the_business_app_asks_its_owner_for_every_text() {
    for fields in [
        json!({"code": 100, "message": "(#100) Register endpoint is not available for SMB businesses."}),
        json!({"code": 136_025, "message": "(#136025) Phone number registration not available for SMB accounts"}),
    ] {
        refused("register", &fields).await.asks(
            "NUMBER_ON_BUSINESS_APP",
            "LEAVE_BUSINESS_APP",
            Actor::NumberOwner,
            [1, 1, 1, 1],
        );
    }
}

#[tokio::test]
async fn a_coexistence_number_that_works_in_the_destination_is_not_changed() {
    for route in [Route::AddedNumber, Route::Otp] {
        let stack = ServiceHarness::start().await;
        let placing = json!({
            "account": crate::support::service::DESTINATION, "standing": "connected",
            "fields": {"is_on_biz_app": true},
        });
        shape(&stack, NUMBER, &placing);
        let seen = drive_with(&stack, NUMBER, |request| request.route = route.into()).await;
        seen.succeeds([0, 0, 0, 0]);
        let said = format!("{:?}", seen.migration);
        assert!(!said.contains("LEAVE_BUSINESS_APP"), "{said}");
    }
}

#[tokio::test]
async fn servers_unavailable_stops_after_one_request_and_claims_no_more_than_meta() {
    let prose = |title: &str, text: &str| {
        json!({
            "code": 136_024, "subcode": 2_388_091, "title": title, "user_message": text, "transient": false,
        })
    };
    let english = prose(
        "Request code error",
        "Code request failed: Our servers are temporarily unavailable. Please wait 1 hour before trying again.",
    );
    let portuguese = prose(
        "Não foi possível enviar o código",
        "Nossos servidores estão temporariamente indisponíveis. Aguarde 1 hora antes de tentar novamente.",
    );
    for fields in [english, portuguese] {
        let seen = refused("request_code", &fields).await;
        assert_eq!(seen.migration.state(), State::ActionRequired);
        assert_eq!(seen.reason(), "CODE_SENDING_UNAVAILABLE");
        for remedy in ["LEAVE_BUSINESS_APP", "WAIT_FOR_META", "ASK_META_SUPPORT"] {
            assert!(seen.remedies().contains(&remedy), "{:?}", seen.remedies());
        }
        assert_eq!(seen.calls, [1, 1, 0, 0]);
        assert!(!seen.instruction().contains("not being moved"));
        assert!(
            seen.instruction().contains("trace id"),
            "{}",
            seen.instruction()
        );
    }
    let documented = "This phone number isn't eligible to receive a registration code since it is not being migrated.";
    let control = refused("request_code", &prose("Request code error", documented)).await;
    control.asks(
        "NOT_BEING_MIGRATED",
        "CHECK_NUMBER",
        Actor::Caller,
        [1, 1, 0, 0],
    );
}

#[tokio::test]
async fn no_code_is_requested_for_a_number_on_the_business_app() {
    for fields in [
        json!({"platform_type": "ON_PREMISE", "is_on_biz_app": true}),
        json!({"platform_type": "ON_PREMISE"}),
        json!({"is_on_biz_app": true}),
    ] {
        let stack = ServiceHarness::start().await;
        shape(
            &stack,
            NUMBER,
            &json!({"when": "once_added", "fields": fields}),
        );
        drive(&stack, NUMBER).await.asks(
            "NUMBER_ON_BUSINESS_APP",
            "LEAVE_BUSINESS_APP",
            Actor::NumberOwner,
            [1, 0, 0, 0],
        );
    }
}

#[tokio::test]
async fn an_app_that_may_not_add_numbers_is_distinguished_from_a_full_account() {
    let may_not = json!({
        "code": 200_000, "subcode": 3_095_008, "title": "Cannot add phone number to WhatsApp Business Account",
    });
    refused("add_number", &may_not).await.asks(
        "APP_MAY_NOT_ADD_NUMBERS",
        "ADD_THROUGH_SIGNUP",
        Actor::Caller,
        [1, 0, 0, 0],
    );
    let not_permitted = refused("add_number", &json!({"code": 10})).await;
    assert_eq!(
        not_permitted.remedies(),
        ["GRANT_ACCESS", "ADD_THROUGH_SIGNUP"]
    );
    refused("add_number", &json!({"code": 200_000})).await.asks(
        "CANNOT_ADD_NUMBER",
        "MAKE_ROOM",
        Actor::DestinationAdmin,
        [1, 0, 0, 0],
    );
}

#[tokio::test]
async fn a_register_call_that_took_effect_succeeds_despite_metas_error() {
    for fields in [
        json!({"code": 10}),
        json!({"code": 100}),
        json!({"code": 200}),
        json!({"code": 133_005}),
        json!({"code": 133_006}),
        json!({"code": 100, "subcode": 2_388_001}),
        json!({"code": 136_024}),
        json!({"code": 136_025}),
    ] {
        let stack = ServiceHarness::start().await;
        // The number is connected when the refusal is read back.
        let connected = json!({"status": "CONNECTED", "platform_type": "CLOUD_API"});
        shape(
            &stack,
            NUMBER,
            &json!({"when": "once_refused", "fields": connected}),
        );
        inject(&stack, &error("register", &fields));
        let seen = drive(&stack, NUMBER).await;
        assert_eq!(
            seen.migration.state(),
            State::Succeeded,
            "{fields} {:#?}",
            seen.migration
        );
        assert_eq!(seen.calls, [1, 1, 1, 1], "{fields}");
    }
}

#[tokio::test]
async fn code_100_is_permanent_even_under_http_500() {
    let fields = json!({
        "code": 100, "status": 500, "message": "The ids query parameter is deprecated in v26.0+.",
    });
    let seen = refused("register", &fields).await;
    assert_eq!(seen.migration.state(), State::ActionRequired);
    assert_eq!(
        (seen.reason(), seen.calls),
        ("INVALID_REQUEST", [1, 1, 1, 1])
    );
}
