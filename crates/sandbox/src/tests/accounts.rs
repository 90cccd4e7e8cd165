//! Accounts that are made otherwise than they are.

use serde_json::json;

use super::town::{Town, WABA, added};

#[tokio::test]
async fn an_account_shows_what_it_was_given() {
    let town = Town::new().await;
    let health = json!({"can_send_message": "BLOCKED", "entities": [
        {"entity_type": "WABA", "id": WABA, "can_send_message": "BLOCKED", "errors": [{"error_code": 141_006}]},
    ]});
    let shape = json!({
        "fields": {"health_status": health, "business_verification_status": "pending_need_more_info", "new_field": 7, "country": null},
        "absent": ["primary_funding_id"],
    });
    let put = town.put(&format!("accounts/{WABA}"), shape.clone()).await;
    assert_eq!(put.json()["shape"]["fields"], shape["fields"]);
    let fields = "health_status,business_verification_status,new_field,country,primary_funding_id";
    let read = town.fields(WABA, fields).await;
    assert_eq!(read["health_status"], health);
    assert_eq!(
        read["business_verification_status"],
        "pending_need_more_info"
    );
    assert_eq!(read["new_field"], 7);
    assert!(read.get("country").is_some_and(serde_json::Value::is_null));
    assert_eq!(read.get("primary_funding_id"), None);

    town.put(&format!("accounts/{WABA}"), json!({})).await;
    assert_eq!(town.fields(WABA, "country").await["country"], "US");
}

#[tokio::test]
async fn one_forbidden_field_fails_the_whole_read() {
    let town = Town::new().await;
    let forbidden = json!({"primary_funding_id": 10, "health_status": {"code": 200, "message": "(#200) Not you.", "status": 403}});
    let shape = json!({"forbidden_fields": forbidden});
    assert_eq!(
        town.put(&format!("accounts/{WABA}"), shape).await.status,
        200
    );
    let read = town
        .get(&format!("/v27.0/{WABA}?fields=name,primary_funding_id"))
        .await;
    assert_eq!((read.status, read.code().0), (403, 10));
    assert!(read.body.contains("primary_funding_id"));
    let read = town.fields(WABA, "health_status").await;
    assert_eq!(read["error"]["message"], "(#200) Not you.");
    assert_eq!(town.fields(WABA, "name").await["id"], WABA);
}

#[tokio::test]
async fn the_apps_of_others_are_listed_before_ours() {
    let town = Town::new().await;
    let apps = json!([{"id": "11", "name": "A provider"}, {"id": "12", "name": "Another", "override_callback_uri": "https://example.org/in"}]);
    town.put(&format!("accounts/{WABA}"), json!({"apps": apps}))
        .await;
    let path = format!("/v27.0/{WABA}/subscribed_apps");
    let ids = async || {
        let list = town.get(&path).await.json();
        let rows = list["data"].as_array().unwrap().clone();
        let id = |row: &serde_json::Value| row["whatsapp_business_api_data"]["id"].clone();
        rows.iter().map(id).collect::<Vec<_>>()
    };
    assert_eq!(ids().await, ["11", "12"]);
    let answer = town
        .post(&format!("{WABA}/phone_numbers"), added("+12025550100"))
        .await;
    assert_eq!(answer.status, 200, "an app of another's is an app");
    town.subscribe(WABA).await;
    assert_eq!(ids().await.len(), 3);
}

#[tokio::test]
async fn an_account_is_full_at_its_limit_and_unreadable_as_was_said() {
    let town = Town::new().await;
    town.subscribe(WABA).await;
    town.put(&format!("accounts/{WABA}"), json!({"numbers_limit": 1}))
        .await;
    let path = format!("{WABA}/phone_numbers");
    assert_eq!(town.post(&path, added("+12025550100")).await.status, 200);
    assert_eq!(
        town.post(&path, added("+12025550109")).await.code(),
        (200_000, 0)
    );
    let unreadable = json!({"unreadable": {"code": 200, "message": "API access blocked."}});
    town.put(&format!("accounts/{WABA}"), unreadable).await;
    let read = town.get(&format!("/v27.0/{WABA}")).await;
    assert_eq!((read.status, read.code().0), (400, 200));
    assert_eq!(read.json()["error"]["message"], "API access blocked.");
    town.sandbox.mend_account(WABA);
    assert_eq!(town.get(&format!("/v27.0/{WABA}")).await.status, 200);
}

#[tokio::test]
async fn what_an_account_does_not_have_is_refused_by_its_name() {
    let town = Town::new().await;
    for (shape, named) in [
        (json!({"field_list": {}}), "field_list"),
        (
            json!({"unreadable": {"code": 200, "message": "No.", "text": 1}}),
            "text",
        ),
        (json!({"fields": {"id": "1"}}), "id"),
    ] {
        let answer = town.put(&format!("accounts/{WABA}"), shape.clone()).await;
        assert_eq!(answer.status, 400, "{shape}");
        assert!(answer.body.contains(named), "{shape}: {}", answer.body);
    }
    assert_eq!(town.put("accounts/north", json!({})).await.status, 400);
    let shown = town.get(&format!("/sandbox/accounts/{WABA}")).await.json();
    assert_eq!(shown["subscribed"], false);
}

#[tokio::test]
async fn a_subscription_without_a_body_takes_an_override_away() {
    let town = Town::new().await;
    let path = format!("/v27.0/{WABA}/subscribed_apps");
    let callback = json!({"override_callback_uri": "https://example.com/in", "verify_token": "t"});
    town.post(&format!("{WABA}/subscribed_apps"), callback)
        .await;
    let list = town.get(&path).await.json();
    assert_eq!(
        list["data"][0]["override_callback_uri"],
        "https://example.com/in"
    );
    town.send("POST", &path, "a-token", "").await;
    let list = town.get(&path).await.json();
    assert_eq!(list["data"].as_array().unwrap().len(), 1);
    assert_eq!(list["data"][0].get("override_callback_uri"), None);
}
