//! The scenarios that were observed in the field, byte by byte.

use serde_json::{Value, json};

use super::harness::{SandboxHarness, WABA, added};
use crate::scenario::account::SOURCE;

/// Graph's error to `register` of a verified number.
async fn at_register(harness: &SandboxHarness, number: &str) -> Value {
    let id = harness.verify(number).await;
    let answer = harness.register(&id, "123456").await;
    without_trace(answer.json()["error"].clone())
}

fn without_trace(mut error: Value) -> Value {
    error.as_object_mut().unwrap().remove("fbtrace_id");
    error
}

#[tokio::test]
async fn refusals_of_register_are_as_observed() {
    let harness = SandboxHarness::new().await;
    let details = "Cannot Migrate Phone Number: Your WhatsApp Business Account doesn't have a payment method set up.";
    assert_eq!(
        at_register(&harness, "+12025550142").await,
        json!({"message": "(#100) Invalid parameter", "type": "OAuthException", "code": 100,
               "error_data": {"messaging_product": "whatsapp", "details": details}})
    );
    let name = at_register(&harness, "+12025550143").await;
    assert_eq!(name["error_subcode"], 2_388_001);
    assert_eq!(name["error_user_title"], "Cannot Create Certificate");
    assert!(
        name["error_user_msg"]
            .as_str()
            .unwrap()
            .contains("display name")
    );
    let two_factor = at_register(&harness, "+12025550144").await;
    assert_eq!(two_factor["error_user_title"], "Cannot Create Certificate");
    assert!(
        two_factor["error_user_msg"]
            .as_str()
            .unwrap()
            .contains("two-factor")
    );
    assert_eq!(
        at_register(&harness, "+12025550145").await,
        json!({"message": "(#100) Register endpoint is not available for SMB businesses.", "type": "OAuthException", "code": 100})
    );
    assert_eq!(at_register(&harness, "+12025550146").await["code"], 136_025);
}

#[tokio::test]
async fn a_missing_permission_can_mean_the_business_app() {
    let harness = SandboxHarness::new().await;
    let id = harness.verify("+12025550147").await;
    let on_app = async || harness.fields(&id, "is_on_biz_app").await["is_on_biz_app"].clone();
    assert_eq!(on_app().await, false);
    assert_eq!(harness.register(&id, "123456").await.code().0, 10);
    assert_eq!(on_app().await, true);
}

#[tokio::test]
async fn a_number_is_connected_despite_its_error() {
    for (number, code) in [
        ("+12025550148", 133_005),
        ("+12025550149", 133_006),
        ("+12025550119", 100),
    ] {
        let harness = SandboxHarness::new().await;
        let id = harness.verify(number).await;
        assert_eq!(harness.register(&id, "123456").await.code().0, code);
        assert_eq!(harness.fields(&id, "status").await["status"], "CONNECTED");
        let last = harness.sandbox.ledger().pop().unwrap();
        assert_eq!((last.effective, last.code), (true, Some(code)));
    }
}

#[tokio::test]
async fn refusals_of_codes_are_as_observed() {
    let harness = SandboxHarness::new().await;
    let refused = async |number: &str| {
        let id = harness.add(number).await;
        let error = harness.request(&id, "SMS").await.json()["error"].clone();
        (
            without_trace(error),
            harness.fields(&id, "platform_type,is_on_biz_app").await,
        )
    };
    let (error, node) = refused("+12025550111").await;
    assert_eq!(
        (&error["error_subcode"], &error["is_transient"]),
        (&json!(2_388_091), &json!(false))
    );
    assert!(
        error["error_user_msg"]
            .as_str()
            .unwrap()
            .contains("Aguarde 1 hora")
    );
    assert_eq!(node["platform_type"], "ON_PREMISE");
    let (error, node) = refused("+12025550112").await;
    assert!(
        error["error_user_msg"]
            .as_str()
            .unwrap()
            .contains("wait 1 hour")
    );
    assert_eq!(node["is_on_biz_app"], true);
    let (_, node) = refused("+12025550113").await;
    assert_eq!(
        (&node["platform_type"], &node["is_on_biz_app"]),
        (&json!("NOT_APPLICABLE"), &json!(false))
    );
    let (error, _) = refused("+12025550114").await;
    assert_eq!(error.get("is_transient"), None);
    assert_eq!(
        error["error_user_msg"],
        "Você pediu um código de verificação muitas vezes. Tente novamente mais tarde."
    );
    let (error, _) = refused("+12025550115").await;
    assert_eq!(
        error,
        json!({"message": "Request code error", "type": "OAuthException", "code": 136_024,
               "error_user_title": "Request code error",
               "error_user_msg": "You have requested a verification code too many times. Try again later."})
    );
}

#[tokio::test]
async fn accounts_refuse_a_number_as_observed() {
    let harness = SandboxHarness::new().await;
    let refused = async |waba: &str| {
        harness.subscribe(waba).await;
        let answer = harness
            .post(&format!("{waba}/phone_numbers"), added("+12025550100"))
            .await;
        without_trace(answer.json()["error"].clone())
    };
    let title = "Cannot add phone number to WhatsApp Business Account";
    assert_eq!(
        refused("104996122399213").await,
        json!({"message": format!("(#200000) {title}"), "type": "OAuthException", "code": 200_000, "error_subcode": 3_095_008,
               "is_transient": false, "error_user_title": title})
    );
    assert!(
        refused("104996122399211").await["error_user_title"]
            .as_str()
            .unwrap()
            .contains("pagamento")
    );
    assert!(
        refused("104996122399212").await["error_user_title"]
            .as_str()
            .unwrap()
            .contains("pago")
    );
    let polish = harness
        .post(&format!("{WABA}/subscribed_apps"), json!({}))
        .await;
    assert_eq!(polish.status, 200);
    let polish = harness
        .post(&format!("{WABA}/phone_numbers"), added("+12025550116"))
        .await;
    assert_eq!(polish.code(), (100, 2_388_103));
    assert!(polish.body.contains("Zarejestrowana"));
}

#[tokio::test]
async fn accounts_read_as_observed() {
    let harness = SandboxHarness::new().await;
    let blocked = harness
        .fields("104996122399214", "health_status,primary_funding_id")
        .await;
    assert_eq!(blocked.get("primary_funding_id"), None);
    let health = &blocked["health_status"];
    assert_eq!(health["can_send_message"], "BLOCKED");
    assert_eq!(health["entities"][0]["errors"][0]["error_code"], 141_006);
    assert_eq!(health["entities"][1]["errors"][0]["error_code"], 141_010);
    let limited = harness.fields("104996122399215", "health_status").await;
    assert_eq!(limited["health_status"]["can_send_message"], "LIMITED");
    assert_eq!(
        limited["health_status"]["entities"][0]["errors"][0]["error_code"],
        138_024
    );
    assert_eq!(
        limited["health_status"]["entities"][1]["can_send_message"],
        "AVAILABLE"
    );
    let forbidden = harness
        .get("/v27.0/104996122399216?fields=id,primary_funding_id")
        .await;
    assert_eq!(forbidden.code().0, 10);
    assert_eq!(
        harness
            .get("/v27.0/104996122399216?fields=id,health_status")
            .await
            .status,
        200
    );
}

#[tokio::test]
async fn numbers_in_the_source_read_as_observed() {
    let harness = SandboxHarness::new().await;
    let list = harness
        .listed(
            SOURCE,
            "display_phone_number,status,platform_type,code_verification_status,new_name_status",
        )
        .await;
    let of = |last: &str| {
        let shown = format!("+1 202-555-0{last}");
        list.iter()
            .find(|row| row["display_phone_number"] == shown)
            .unwrap()
    };
    assert_eq!(of("117")["new_name_status"], "APPROVED");
    assert_eq!(of("167")["new_name_status"], "DECLINED");
    assert_eq!(of("167")["code_verification_status"], "EXPIRED");
    assert_eq!(of("167")["status"], "CONNECTED");
    assert_eq!(of("118")["status"], "MIGRATED");
    assert_eq!(of("169")["status"], "BANNED");
    let id = harness.verify("+12025550168").await;
    harness.register(&id, "123456").await;
    let node = harness.fields(&id, "status,platform_type").await;
    assert_eq!(
        (&node["status"], &node["platform_type"]),
        (&json!("FLAGGED"), &json!("CLOUD_API"))
    );
}

#[tokio::test]
async fn some_destinations_have_the_number_already() {
    let harness = SandboxHarness::new().await;
    for (account, on_app) in [("104996122399218", false), ("104996122399219", true)] {
        let list = harness
            .listed(
                account,
                "display_phone_number,status,platform_type,is_on_biz_app",
            )
            .await;
        assert_eq!(list.len(), 100);
        assert_eq!(list[0]["display_phone_number"], "+1 202-555-0100");
        assert_eq!(
            (&list[0]["status"], &list[0]["platform_type"]),
            (&json!("CONNECTED"), &json!("CLOUD_API"))
        );
        assert_eq!(list[0]["is_on_biz_app"], on_app);
    }
    harness.sandbox.place_number("+13035550200");
    let more = harness
        .get("/v27.0/104996122399218/phone_numbers?summary=total_count")
        .await
        .json();
    assert_eq!(more["summary"]["total_count"], 101);
    assert_eq!(
        harness.listed(SOURCE, "id").await.len(),
        101,
        "the source keeps them"
    );
}

#[tokio::test]
async fn a_dead_twin_of_each_added_number_is_listed_before_it() {
    let harness = SandboxHarness::new().await;
    let account = "104996122399217";
    harness.subscribe(account).await;
    let answer = harness
        .post(&format!("{account}/phone_numbers"), added("+12025550100"))
        .await;
    let list = harness.listed(account, "status").await;
    assert_eq!(
        (&list[0]["status"], &list[1]["status"]),
        (&json!("DELETED"), &json!("PENDING"))
    );
    assert_eq!(list[1]["id"], answer.json()["id"]);
}

#[tokio::test]
async fn registering_a_connected_number_sets_no_pin() {
    let harness = SandboxHarness::new().await;
    let account = "104996122399220";
    harness.subscribe(account).await;
    let answer = harness
        .post(&format!("{account}/phone_numbers"), added("+12025550100"))
        .await;
    let id = answer.json()["id"].as_str().unwrap().to_owned();
    harness.request(&id, "SMS").await;
    let code = harness.sandbox.messages("+12025550100").pop().unwrap().code;
    harness
        .post(&format!("{id}/verify_code"), json!({ "code": code }))
        .await;
    assert_eq!(
        harness.register(&id, "123456").await.json(),
        json!({"success": true})
    );
    let again = harness.register(&id, "654321").await;
    assert_eq!(again.json(), json!({"success": true, "pin_reset": false}));
    let elsewhere = harness.verify("+4915112345678").await;
    harness.register(&elsewhere, "123456").await;
    assert_eq!(
        harness.register(&elsewhere, "654321").await.code().0,
        133_005
    );
}
