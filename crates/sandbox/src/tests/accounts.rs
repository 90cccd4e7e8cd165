//! Overrides of accounts.

use serde_json::json;

use super::harness::{SandboxHarness, WABA, added};

#[tokio::test]
async fn an_account_shows_its_overrides() {
    let harness = SandboxHarness::new().await;
    let health = json!({"can_send_message": "BLOCKED", "entities": [
        {"entity_type": "WABA", "id": WABA, "can_send_message": "BLOCKED", "errors": [{"error_code": 141_006}]},
    ]});
    let shape = json!({
        "fields": {"health_status": health, "business_verification_status": "pending_need_more_info", "new_field": 7, "country": null},
        "absent": ["primary_funding_id"],
    });
    let put = harness
        .put(&format!("accounts/{WABA}"), shape.clone())
        .await;
    assert_eq!(put.json()["shape"]["fields"], shape["fields"]);
    let fields = "health_status,business_verification_status,new_field,country,primary_funding_id";
    let read = harness.fields(WABA, fields).await;
    assert_eq!(read["health_status"], health);
    assert_eq!(
        read["business_verification_status"],
        "pending_need_more_info"
    );
    assert_eq!(read["new_field"], 7);
    assert!(read.get("country").is_some_and(serde_json::Value::is_null));
    assert_eq!(read.get("primary_funding_id"), None);

    harness.put(&format!("accounts/{WABA}"), json!({})).await;
    assert_eq!(harness.fields(WABA, "country").await["country"], "US");
}

#[tokio::test]
async fn one_forbidden_field_fails_the_whole_read() {
    let harness = SandboxHarness::new().await;
    let forbidden = json!({"primary_funding_id": 10, "health_status": {"code": 200, "message": "(#200) Not you.", "status": 403}});
    let shape = json!({"forbidden_fields": forbidden});
    assert_eq!(
        harness.put(&format!("accounts/{WABA}"), shape).await.status,
        200
    );
    let read = harness
        .get(&format!("/v27.0/{WABA}?fields=name,primary_funding_id"))
        .await;
    assert_eq!((read.status, read.code().0), (403, 10));
    assert!(read.body.contains("primary_funding_id"));
    let read = harness.fields(WABA, "health_status").await;
    assert_eq!(read["error"]["message"], "(#200) Not you.");
    assert_eq!(harness.fields(WABA, "name").await["id"], WABA);
}

#[tokio::test]
async fn apps_of_other_providers_are_listed_before_ours() {
    let harness = SandboxHarness::new().await;
    let apps = json!([{"id": "11", "name": "A provider"}, {"id": "12", "name": "Another", "override_callback_uri": "https://example.org/in"}]);
    harness
        .put(&format!("accounts/{WABA}"), json!({"apps": apps}))
        .await;
    let path = format!("/v27.0/{WABA}/subscribed_apps");
    let ids = async || {
        let list = harness.get(&path).await.json();
        let rows = list["data"].as_array().unwrap().clone();
        let id = |row: &serde_json::Value| row["whatsapp_business_api_data"]["id"].clone();
        rows.iter().map(id).collect::<Vec<_>>()
    };
    assert_eq!(ids().await, ["11", "12"]);
    let answer = harness
        .post(&format!("{WABA}/phone_numbers"), added("+12025550100"))
        .await;
    assert_eq!(answer.status, 200, "another provider's app is an app");
    harness.subscribe(WABA).await;
    assert_eq!(ids().await.len(), 3);
}

#[tokio::test]
async fn an_account_can_be_full_or_unreadable() {
    let harness = SandboxHarness::new().await;
    harness.subscribe(WABA).await;
    harness
        .put(&format!("accounts/{WABA}"), json!({"numbers_limit": 1}))
        .await;
    let path = format!("{WABA}/phone_numbers");
    assert_eq!(harness.post(&path, added("+12025550100")).await.status, 200);
    assert_eq!(
        harness.post(&path, added("+12025550109")).await.code(),
        (200_000, 0)
    );
    let unreadable = json!({"unreadable": {"code": 200, "message": "API access blocked."}});
    harness.put(&format!("accounts/{WABA}"), unreadable).await;
    let read = harness.get(&format!("/v27.0/{WABA}")).await;
    assert_eq!((read.status, read.code().0), (400, 200));
    assert_eq!(read.json()["error"]["message"], "API access blocked.");
    harness.sandbox.fix_account(WABA);
    assert_eq!(harness.get(&format!("/v27.0/{WABA}")).await.status, 200);
}

#[tokio::test]
async fn unknown_keys_of_an_account_are_refused_by_name() {
    let harness = SandboxHarness::new().await;
    for (shape, named) in [
        (json!({"field_list": {}}), "field_list"),
        (
            json!({"unreadable": {"code": 200, "message": "No.", "text": 1}}),
            "text",
        ),
        (json!({"fields": {"id": "1"}}), "id"),
    ] {
        let answer = harness
            .put(&format!("accounts/{WABA}"), shape.clone())
            .await;
        assert_eq!(answer.status, 400, "{shape}");
        assert!(answer.body.contains(named), "{shape}: {}", answer.body);
    }
    assert_eq!(harness.put("accounts/north", json!({})).await.status, 400);
    let shown = harness
        .get(&format!("/sandbox/accounts/{WABA}"))
        .await
        .json();
    assert_eq!(shown["subscribed"], false);
}

#[tokio::test]
async fn a_subscription_without_a_body_removes_the_override() {
    let harness = SandboxHarness::new().await;
    let path = format!("/v27.0/{WABA}/subscribed_apps");
    let callback = json!({"override_callback_uri": "https://example.com/in", "verify_token": "t"});
    harness
        .post(&format!("{WABA}/subscribed_apps"), callback)
        .await;
    let list = harness.get(&path).await.json();
    assert_eq!(
        list["data"][0]["override_callback_uri"],
        "https://example.com/in"
    );
    harness.send("POST", &path, "a-token", "").await;
    let list = harness.get(&path).await.json();
    assert_eq!(list["data"].as_array().unwrap().len(), 1);
    assert_eq!(list["data"][0].get("override_callback_uri"), None);
}
