//! Overrides of a node's fields.

use serde_json::{Value, json};

use super::harness::{SandboxHarness, WABA};
use crate::scenario::account::SOURCE;

const NUMBER: &str = "+12025550100";

async fn put(harness: &SandboxHarness, placing: Value) {
    let answer = harness.put("numbers/12025550100", placing).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
}

async fn in_source(harness: &SandboxHarness, fields: &str) -> Value {
    harness.listed(SOURCE, fields).await[0].clone()
}

#[tokio::test]
async fn reads_and_lists_show_an_overridden_field() {
    let harness = SandboxHarness::new().await;
    let fields = json!({
        "status": "FLAGGED", "platform_type": "ON_PREMISE", "code_verification_status": "EXPIRED", "is_on_biz_app": true,
        "is_pin_enabled": true, "throughput": 80, "name_status": "NON_EXISTS", "new_name_status": null, "messaging_limit_tier": null,
        "health_status": {"can_send_message": "LIMITED"}, "a_field_of_tomorrow": [1],
    });
    put(
        &harness,
        json!({"fields": fields, "absent": ["quality_rating"]}),
    )
    .await;
    let names: Vec<&String> = fields.as_object().unwrap().keys().collect();
    let asked = names
        .iter()
        .map(|name| name.as_str())
        .collect::<Vec<_>>()
        .join(",");
    let row = in_source(&harness, &format!("{asked},quality_rating")).await;
    let id = row["id"].as_str().unwrap();
    let node = harness.fields(id, &format!("{asked},quality_rating")).await;
    assert_eq!(row, node);
    for name in names {
        assert_eq!(node.get(name), fields.get(name), "{name}");
    }
    assert_eq!(node.get("quality_rating"), None);
}

#[tokio::test]
async fn every_state_of_a_requested_name_can_be_set() {
    let harness = SandboxHarness::new().await;
    for value in [
        json!("NONE"),
        json!(""),
        json!(null),
        json!("APPROVED"),
        json!("DECLINED"),
        json!("EXPIRED"),
        json!("PENDING_REVIEW"),
    ] {
        put(&harness, json!({"fields": {"new_name_status": value}})).await;
        assert_eq!(
            in_source(&harness, "new_name_status")
                .await
                .get("new_name_status"),
            Some(&value)
        );
    }
    put(
        &harness,
        json!({"fields": {}, "absent": ["new_name_status"]}),
    )
    .await;
    assert_eq!(
        in_source(&harness, "new_name_status")
            .await
            .get("new_name_status"),
        None
    );
    put(&harness, json!({"fields": {}})).await;
    assert_eq!(
        in_source(&harness, "new_name_status").await["new_name_status"],
        "NONE"
    );
}

#[tokio::test]
async fn a_shape_begins_with_its_condition() {
    let harness = SandboxHarness::new().await;
    for (when, word) in [
        ("once_added", "A"),
        ("once_verified", "V"),
        ("once_refused", "F"),
        ("once_registered", "R"),
    ] {
        put(&harness, json!({"when": when, "fields": {"status": word}})).await;
    }
    let id = harness.add(NUMBER).await;
    let status = async || harness.fields(&id, "status").await["status"].clone();
    assert_eq!(status().await, "A");
    harness.request(&id, "SMS").await;
    let code = harness.sandbox.messages(NUMBER).pop().unwrap().code;
    harness
        .post(&format!("{id}/verify_code"), json!({ "code": code }))
        .await;
    assert_eq!(status().await, "V");
    let fault = json!({"kind": "error", "call": "register", "code": 10});
    harness.put("faults", fault).await;
    assert_eq!(harness.register(&id, "123456").await.code().0, 10);
    assert_eq!(status().await, "F");
    assert_eq!(harness.register(&id, "123456").await.status, 200);
    assert_eq!(status().await, "R");
    assert_eq!(
        in_source(&harness, "status").await["status"],
        "CONNECTED",
        "another number's"
    );
    harness.sandbox.fix_number(NUMBER);
    assert_eq!(status().await, "CONNECTED");
}

#[tokio::test]
async fn a_shape_ends_with_its_condition() {
    let harness = SandboxHarness::new().await;
    let expired = json!({"code_verification_status": "EXPIRED"});
    put(
        &harness,
        json!({"when": "once_added", "until": "verified", "fields": expired}),
    )
    .await;
    put(
        &harness,
        json!({"account": WABA, "until": "registered", "fields": {"platform_type": "ON_PREMISE"}}),
    )
    .await;
    let id = harness.add(NUMBER).await;
    let shown = async || {
        harness
            .fields(&id, "platform_type,code_verification_status")
            .await
    };
    assert_eq!(shown().await["code_verification_status"], "EXPIRED");
    harness.request(&id, "SMS").await;
    let code = harness.sandbox.messages(NUMBER).pop().unwrap().code;
    harness
        .post(&format!("{id}/verify_code"), json!({ "code": code }))
        .await;
    assert_eq!(shown().await["code_verification_status"], "VERIFIED");
    assert_eq!(shown().await["platform_type"], "ON_PREMISE");
    harness.register(&id, "123456").await;
    assert_eq!(shown().await["platform_type"], "CLOUD_API");
}

#[tokio::test]
async fn a_shape_can_be_limited_to_one_account() {
    let harness = SandboxHarness::new().await;
    put(
        &harness,
        json!({"when": "once_added", "account": WABA, "fields": {"is_on_biz_app": true}}),
    )
    .await;
    let id = harness.add(NUMBER).await;
    assert_eq!(
        harness.fields(&id, "is_on_biz_app").await["is_on_biz_app"],
        true
    );
    assert_eq!(
        in_source(&harness, "is_on_biz_app").await["is_on_biz_app"],
        false
    );
    let state = harness.get("/sandbox/numbers/12025550100").await.json();
    assert_eq!(state["shapes"][0]["account"], WABA);
}
