//! Placing numbers, and digits that mean the same line.

use serde_json::{Value, json};

use super::harness::{SandboxHarness, WABA, added};
use crate::scenario::account::SOURCE;

const NUMBER: &str = "+12025550100";

async fn put(harness: &SandboxHarness, placing: Value) -> Value {
    let answer = harness.put("numbers/12025550100", placing).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.json()
}

#[tokio::test]
async fn a_number_is_placed_in_the_destination() {
    for (standing, status, verification, platform) in [
        ("connected", "CONNECTED", "VERIFIED", "CLOUD_API"),
        ("pending", "PENDING", "NOT_VERIFIED", "NOT_APPLICABLE"),
        ("verified", "PENDING", "VERIFIED", "NOT_APPLICABLE"),
        ("expired", "PENDING", "EXPIRED", "NOT_APPLICABLE"),
        ("disconnected", "DISCONNECTED", "VERIFIED", "NOT_APPLICABLE"),
    ] {
        let harness = SandboxHarness::new().await;
        let state = put(&harness, json!({"account": WABA, "standing": standing})).await;
        let home = if standing == "connected" {
            WABA
        } else {
            SOURCE
        };
        assert_eq!(state["lives_in"], home, "{standing}");
        let list = harness
            .listed(WABA, "status,code_verification_status,platform_type")
            .await;
        assert_eq!(list.len(), 1);
        assert_eq!(list[0]["status"], status);
        assert_eq!(list[0]["code_verification_status"], verification);
        assert_eq!(list[0]["platform_type"], platform);
        let left = harness.listed(SOURCE, "id").await.len();
        assert_eq!(left, if standing == "connected" { 99 } else { 100 });
    }
}

#[tokio::test]
async fn an_expired_verification_is_renewed_by_a_code() {
    let harness = SandboxHarness::new().await;
    put(&harness, json!({"account": WABA, "standing": "expired"})).await;
    let id = harness.listed(WABA, "id").await[0]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    assert_eq!(harness.register(&id, "123456").await.code().0, 133_006);
    assert_eq!(harness.request(&id, "SMS").await.status, 200);
    let code = harness.sandbox.messages(NUMBER).pop().unwrap().code;
    harness
        .post(&format!("{id}/verify_code"), json!({ "code": code }))
        .await;
    assert_eq!(
        harness.fields(&id, "code_verification_status").await["code_verification_status"],
        "VERIFIED"
    );
    assert_eq!(harness.register(&id, "123456").await.status, 200);
}

#[tokio::test]
async fn a_shared_number_is_connected_in_two_accounts() {
    let harness = SandboxHarness::new().await;
    put(&harness, json!({"account": WABA, "shared": true})).await;
    assert_eq!(
        harness.listed(WABA, "status").await[0]["status"],
        "CONNECTED"
    );
    assert_eq!(
        harness.listed(SOURCE, "status").await[0]["status"],
        "CONNECTED"
    );
    assert_eq!(harness.listed(SOURCE, "id").await.len(), 100);
}

#[tokio::test]
async fn the_long_and_the_short_form_are_one_line() {
    let harness = SandboxHarness::new().await;
    harness.subscribe(WABA).await;
    let placing = json!({"display": "+225 68 12 34 56"});
    let state = harness.put("numbers/2250768123456", placing).await.json();
    assert_eq!(state["forms"], json!(["22568123456"]));
    let shown = async |waba: &str| {
        let list = harness.listed(waba, "display_phone_number").await;
        list.last().map(|row| row["display_phone_number"].clone())
    };
    assert_eq!(shown(SOURCE).await.unwrap(), "+225 68 12 34 56");
    let path = format!("{WABA}/phone_numbers");
    let long = json!({"cc": "225", "phone_number": "0768123456", "migrate_phone_number": true});
    let short = json!({"cc": "225", "phone_number": "68123456", "migrate_phone_number": true});
    let id = harness.post(&path, long).await.json()["id"]
        .as_str()
        .unwrap()
        .to_owned();
    assert_eq!(harness.post(&path, short).await.code(), (100, 2_388_012));
    assert_eq!(shown(WABA).await.unwrap(), "+225 68 12 34 56");
    harness.request(&id, "SMS").await;
    assert_eq!(harness.sandbox.messages("+22568123456").len(), 1);
    assert_eq!(harness.sandbox.messages("+2250768123456").len(), 1);
    let ledger = harness
        .get("/sandbox/ledger?number=22568123456")
        .await
        .json();
    assert_eq!(ledger["entries"].as_array().unwrap().len(), 3);
    assert_eq!(ledger["entries"][0]["number"], "2250768123456");
}

#[tokio::test]
async fn numbers_can_be_placed_in_any_form() {
    for (number, display, form) in [
        ("22997123456", "+229 97 12 34 56", None),
        ("2290197123456", "+229 97 12 34 56", None),
        ("24106031234", "+241 6 03 12 34", None),
        ("525541320000", "+52 1 55 4132 0000", None),
        ("5531984220000", "+55 31 8422-0000", None),
        ("5491123456789", "+54 11 2345-6789", Some("541123456789")),
    ] {
        let harness = SandboxHarness::new().await;
        let forms: Vec<&str> = form.into_iter().collect();
        let placing = json!({"display": display, "forms": forms});
        let state = harness.put(&format!("numbers/{number}"), placing).await;
        assert_eq!(state.status, 200, "{number}: {}", state.body);
        assert_eq!(state.json()["lives_in"], SOURCE);
        let digits: String = display.chars().filter(char::is_ascii_digit).collect();
        let found = harness
            .get(&format!("/sandbox/numbers/{digits}"))
            .await
            .json();
        assert_eq!(found["number"], number);
    }
}

#[tokio::test]
async fn a_dead_twin_is_listed_before_or_after_the_live_node() {
    for (place, statuses) in [
        ("before", ["DELETED", "CONNECTED"]),
        ("after", ["CONNECTED", "DELETED"]),
    ] {
        let harness = SandboxHarness::new().await;
        let placing = json!({"account": WABA, "standing": "connected", "twin": {"place": place}});
        put(&harness, placing).await;
        let list = harness.listed(WABA, "status,display_phone_number").await;
        let shown: Vec<&str> = list
            .iter()
            .map(|row| row["status"].as_str().unwrap())
            .collect();
        assert_eq!(shown, statuses);
        assert_ne!(list[0]["id"], list[1]["id"]);
        assert_eq!(
            list[0]["display_phone_number"],
            list[1]["display_phone_number"]
        );
        let dead = list.iter().find(|row| row["status"] == "DELETED").unwrap();
        let id = dead["id"].as_str().unwrap();
        assert_eq!(harness.request(id, "SMS").await.code().0, 33);
        assert_eq!(harness.get(&format!("/v27.0/{id}")).await.status, 200);
    }
}

#[tokio::test]
async fn a_twin_can_be_added_with_the_live_node_and_have_any_fields() {
    let harness = SandboxHarness::new().await;
    let fields = json!({"status": "DISCONNECTED", "code_verification_status": "EXPIRED"});
    put(
        &harness,
        json!({"when": "once_added", "twin": {"fields": fields}}),
    )
    .await;
    assert!(harness.listed(WABA, "id").await.is_empty());
    let id = harness.verify(NUMBER).await;
    let list = harness
        .listed(WABA, "status,code_verification_status")
        .await;
    assert_eq!(list[0]["status"], "DISCONNECTED");
    assert_eq!(list[0]["code_verification_status"], "EXPIRED");
    assert_eq!(list[1]["id"], id);
    assert_eq!(harness.register(&id, "123456").await.status, 200);
}

#[tokio::test]
async fn unknown_keys_of_a_number_are_refused_by_name() {
    let harness = SandboxHarness::new().await;
    harness
        .put("numbers/4915112345678", json!({"forms": ["4915112345"]}))
        .await;
    for (placing, named) in [
        (json!({"wabas": WABA}), "wabas"),
        (json!({"standing": "flying"}), "flying"),
        (json!({"when": "later"}), "later"),
        (
            json!({"when": "once_added", "standing": "pending"}),
            "standing",
        ),
        (json!({"shared": true, "standing": "pending"}), "shared"),
        (json!({"when": "once_registered", "twin": true}), "twin"),
        (json!({"twin": {"colour": "red"}}), "colour"),
        (json!({"fields": {"id": "1"}}), "id"),
        (json!({"forms": ["12"]}), "forms"),
        (json!({"forms": ["12025550109"]}), "12025550109"),
        (json!({"display": "4915112345"}), "4915112345"),
        (json!({"account": "north"}), "north"),
    ] {
        let answer = harness.put("numbers/12025550100", placing.clone()).await;
        assert_eq!(answer.status, 400, "{placing}");
        assert!(answer.body.contains(named), "{placing}: {}", answer.body);
    }
    assert_eq!(harness.put("numbers/12", json!({})).await.status, 400);
    let path = format!("{WABA}/phone_numbers");
    harness.subscribe(WABA).await;
    assert_eq!(harness.post(&path, added(NUMBER)).await.status, 200);
}
