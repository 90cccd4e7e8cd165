//! The counts of calls.

use std::time::Duration;

use serde_json::json;

use super::town::{Town, WABA};
use crate::{Call, Fault};

#[tokio::test]
async fn reads_are_counted_too_by_account_and_by_minute() {
    let town = Town::new().await;
    let id = town.add("+12025550100").await;
    town.sandbox
        .inject(Fault::error(80_008).on_call(Call::ListNumbers));
    town.get(&format!("/v27.0/{WABA}/phone_numbers")).await;
    town.get(&format!("/v27.0/{id}")).await;
    town.pass(Duration::from_mins(2));
    town.get(&format!("/v27.0/{WABA}/phone_numbers")).await;
    town.get("/v27.0/300000000000002").await;

    let counts = town.get("/sandbox/calls").await.json();
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

    let own = town
        .get(&format!("/sandbox/calls?account={WABA}"))
        .await
        .json();
    assert_eq!(own["minutes"][1]["calls"], json!({"list_numbers": 1}));
    let counts = town.sandbox.call_counts_of(WABA);
    assert_eq!(
        (
            counts.made(Call::ListNumbers),
            counts.refused(Call::ListNumbers)
        ),
        (2, 1)
    );
    assert_eq!(town.sandbox.call_counts().all(), 6);
}

#[tokio::test]
async fn calls_that_drop_and_calls_of_a_blocked_app_are_counted() {
    let town = Town::new().await;
    town.put("app", json!({"outage": "drop"})).await;
    town.send("GET", &format!("/v27.0/{WABA}"), "a-token", "")
        .await;
    town.put("app", json!({"blocked": true})).await;
    town.get(&format!("/v27.0/{WABA}")).await;
    let counts = town.sandbox.call_counts_of(WABA);
    assert_eq!(
        (
            counts.made(Call::ReadObject),
            counts.refused(Call::ReadObject)
        ),
        (2, 2)
    );
    town.sandbox.forget_calls();
    assert_eq!(town.sandbox.call_counts().all(), 0);
}

#[tokio::test]
async fn each_call_of_the_subscribed_apps_counts_in_the_accounts_hour() {
    let town = Town::new().await;
    let path = format!("/v27.0/{WABA}/subscribed_apps");
    town.subscribe(WABA).await;
    town.get(&path).await;
    town.send("DELETE", &path, "a-token", "").await;
    assert_eq!(town.sandbox.calls(WABA), 3);
}
