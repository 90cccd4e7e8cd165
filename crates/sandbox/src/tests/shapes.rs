//! Nodes that read otherwise than follows from what was done.

use serde_json::{Value, json};

use super::town::{Town, WABA};
use crate::scenario::account::SOURCE;

const NUMBER: &str = "+12025550100";

async fn put(town: &Town, placing: Value) {
    let answer = town.put("numbers/12025550100", placing).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
}

async fn in_source(town: &Town, fields: &str) -> Value {
    town.listed(SOURCE, fields).await[0].clone()
}

#[tokio::test]
async fn reads_and_lists_show_a_given_field_as_it_is() {
    let town = Town::new().await;
    let fields = json!({
        "status": "FLAGGED", "platform_type": "ON_PREMISE", "code_verification_status": "EXPIRED", "is_on_biz_app": true,
        "is_pin_enabled": true, "throughput": 80, "name_status": "NON_EXISTS", "new_name_status": null, "messaging_limit_tier": null,
        "health_status": {"can_send_message": "LIMITED"}, "a_field_of_tomorrow": [1],
    });
    put(
        &town,
        json!({"fields": fields, "absent": ["quality_rating"]}),
    )
    .await;
    let names: Vec<&String> = fields.as_object().unwrap().keys().collect();
    let asked = names
        .iter()
        .map(|name| name.as_str())
        .collect::<Vec<_>>()
        .join(",");
    let row = in_source(&town, &format!("{asked},quality_rating")).await;
    let id = row["id"].as_str().unwrap();
    let node = town.fields(id, &format!("{asked},quality_rating")).await;
    assert_eq!(row, node);
    for name in names {
        assert_eq!(node.get(name), fields.get(name), "{name}");
    }
    assert_eq!(node.get("quality_rating"), None);
}

#[tokio::test]
async fn every_state_of_a_wished_name_can_be_said() {
    let town = Town::new().await;
    for value in [
        json!("NONE"),
        json!(""),
        json!(null),
        json!("APPROVED"),
        json!("DECLINED"),
        json!("EXPIRED"),
        json!("PENDING_REVIEW"),
    ] {
        put(&town, json!({"fields": {"new_name_status": value}})).await;
        assert_eq!(
            in_source(&town, "new_name_status")
                .await
                .get("new_name_status"),
            Some(&value)
        );
    }
    put(&town, json!({"fields": {}, "absent": ["new_name_status"]})).await;
    assert_eq!(
        in_source(&town, "new_name_status")
            .await
            .get("new_name_status"),
        None
    );
    put(&town, json!({"fields": {}})).await;
    assert_eq!(
        in_source(&town, "new_name_status").await["new_name_status"],
        "NONE"
    );
}

#[tokio::test]
async fn a_shape_comes_with_what_it_waits_for() {
    let town = Town::new().await;
    for (when, word) in [
        ("once_added", "A"),
        ("once_verified", "V"),
        ("once_refused", "F"),
        ("once_registered", "R"),
    ] {
        put(&town, json!({"when": when, "fields": {"status": word}})).await;
    }
    let id = town.add(NUMBER).await;
    let status = async || town.fields(&id, "status").await["status"].clone();
    assert_eq!(status().await, "A");
    town.request(&id, "SMS").await;
    let code = town.sandbox.messages(NUMBER).pop().unwrap().code;
    town.post(&format!("{id}/verify_code"), json!({ "code": code }))
        .await;
    assert_eq!(status().await, "V");
    let fault = json!({"kind": "error", "call": "register", "code": 10});
    town.put("faults", fault).await;
    assert_eq!(town.register(&id, "123456").await.code().0, 10);
    assert_eq!(status().await, "F");
    assert_eq!(town.register(&id, "123456").await.status, 200);
    assert_eq!(status().await, "R");
    assert_eq!(
        in_source(&town, "status").await["status"],
        "CONNECTED",
        "another number's"
    );
    town.sandbox.mend_number(NUMBER);
    assert_eq!(status().await, "CONNECTED");
}

#[tokio::test]
async fn a_shape_ends_with_what_it_lasts_until() {
    let town = Town::new().await;
    let expired = json!({"code_verification_status": "EXPIRED"});
    put(
        &town,
        json!({"when": "once_added", "until": "verified", "fields": expired}),
    )
    .await;
    put(
        &town,
        json!({"account": WABA, "until": "registered", "fields": {"platform_type": "ON_PREMISE"}}),
    )
    .await;
    let id = town.add(NUMBER).await;
    let shown = async || {
        town.fields(&id, "platform_type,code_verification_status")
            .await
    };
    assert_eq!(shown().await["code_verification_status"], "EXPIRED");
    town.request(&id, "SMS").await;
    let code = town.sandbox.messages(NUMBER).pop().unwrap().code;
    town.post(&format!("{id}/verify_code"), json!({ "code": code }))
        .await;
    assert_eq!(shown().await["code_verification_status"], "VERIFIED");
    assert_eq!(shown().await["platform_type"], "ON_PREMISE");
    town.register(&id, "123456").await;
    assert_eq!(shown().await["platform_type"], "CLOUD_API");
}

#[tokio::test]
async fn a_shape_is_of_one_account_where_it_names_one() {
    let town = Town::new().await;
    put(
        &town,
        json!({"when": "once_added", "account": WABA, "fields": {"is_on_biz_app": true}}),
    )
    .await;
    let id = town.add(NUMBER).await;
    assert_eq!(
        town.fields(&id, "is_on_biz_app").await["is_on_biz_app"],
        true
    );
    assert_eq!(
        in_source(&town, "is_on_biz_app").await["is_on_biz_app"],
        false
    );
    let state = town.get("/sandbox/numbers/12025550100").await.json();
    assert_eq!(state["shapes"][0]["account"], WABA);
}
