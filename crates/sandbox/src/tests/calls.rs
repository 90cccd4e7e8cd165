//! The counts of calls.

use std::time::Duration;

use serde_json::json;

use super::harness::{SandboxHarness, WABA};
use crate::{Call, Fault};

#[tokio::test]
async fn reads_are_counted_too_by_account_and_by_minute() {
    let harness = SandboxHarness::new().await;
    let id = harness.add("+12025550100").await;
    harness
        .sandbox
        .inject(Fault::error(80_008).on_call(Call::ListNumbers));
    harness.get(&format!("/v27.0/{WABA}/phone_numbers")).await;
    harness.get(&format!("/v27.0/{id}")).await;
    harness.pass(Duration::from_mins(2));
    harness.get(&format!("/v27.0/{WABA}/phone_numbers")).await;
    harness.get("/v27.0/300000000000002").await;

    let counts = harness.get("/sandbox/calls").await.json();
    let calls = json!({"add_number": 1, "list_numbers": 2, "read_object": 2, "subscribe": 1});
    assert_eq!(counts["calls"], calls);
    assert_eq!(counts["refused"], json!({"list_numbers": 1}));
    assert_eq!(
        counts["by_account"]["300000000000002"],
        json!({"read_object": 1})
    );
    assert_eq!(counts["by_account"][WABA]["read_object"], 1);
    let minutes = counts["minutes"].as_array().unwrap();
    assert_eq!(minutes.len(), 2);
    assert_eq!(minutes[0]["minute"], "2026-11-22T10:00:00Z");
    assert_eq!(minutes[0]["refused"], json!({"list_numbers": 1}));
    assert_eq!(minutes[1]["minute"], "2026-11-22T10:02:00Z");
    assert_eq!(
        minutes[1]["calls"],
        json!({"list_numbers": 1, "read_object": 1})
    );

    let own = harness
        .get(&format!("/sandbox/calls?account={WABA}"))
        .await
        .json();
    assert_eq!(own["minutes"][1]["calls"], json!({"list_numbers": 1}));
    let counts = harness.sandbox.call_counts_of(WABA);
    assert_eq!(
        (
            counts.made(Call::ListNumbers),
            counts.refused(Call::ListNumbers)
        ),
        (2, 1)
    );
    assert_eq!(harness.sandbox.call_counts().all(), 6);
}

#[tokio::test]
async fn dropped_calls_and_calls_of_a_blocked_app_are_counted() {
    let harness = SandboxHarness::new().await;
    harness.put("app", json!({"outage": "drop"})).await;
    harness
        .send("GET", &format!("/v27.0/{WABA}"), "a-token", "")
        .await;
    harness.put("app", json!({"blocked": true})).await;
    harness.get(&format!("/v27.0/{WABA}")).await;
    let counts = harness.sandbox.call_counts_of(WABA);
    assert_eq!(
        (
            counts.made(Call::ReadObject),
            counts.refused(Call::ReadObject)
        ),
        (2, 2)
    );
    harness.sandbox.forget_calls();
    assert_eq!(harness.sandbox.call_counts().all(), 0);
}

#[tokio::test]
async fn each_call_to_subscribed_apps_counts_in_the_accounts_hour() {
    let harness = SandboxHarness::new().await;
    let path = format!("/v27.0/{WABA}/subscribed_apps");
    harness.subscribe(WABA).await;
    harness.get(&path).await;
    harness.send("DELETE", &path, "a-token", "").await;
    assert_eq!(harness.sandbox.calls(WABA), 3);
}
