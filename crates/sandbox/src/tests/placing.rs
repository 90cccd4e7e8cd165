//! Where numbers are put before anybody moves them, and the digits that mean one line.

use serde_json::{Value, json};

use super::town::{Town, WABA, added};
use crate::scenario::account::SOURCE;

const NUMBER: &str = "+12025550100";

async fn put(town: &Town, placing: Value) -> Value {
    let answer = town.put("numbers/12025550100", placing).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.json()
}

#[tokio::test]
async fn a_number_stands_in_the_destination_as_was_said() {
    for (standing, status, verification, platform) in [
        ("connected", "CONNECTED", "VERIFIED", "CLOUD_API"),
        ("pending", "PENDING", "NOT_VERIFIED", "NOT_APPLICABLE"),
        ("verified", "PENDING", "VERIFIED", "NOT_APPLICABLE"),
        ("expired", "PENDING", "EXPIRED", "NOT_APPLICABLE"),
        ("disconnected", "DISCONNECTED", "VERIFIED", "NOT_APPLICABLE"),
    ] {
        let town = Town::new().await;
        let state = put(&town, json!({"account": WABA, "standing": standing})).await;
        let home = if standing == "connected" {
            WABA
        } else {
            SOURCE
        };
        assert_eq!(state["lives_in"], home, "{standing}");
        let list = town
            .listed(WABA, "status,code_verification_status,platform_type")
            .await;
        assert_eq!(list.len(), 1);
        assert_eq!(list[0]["status"], status);
        assert_eq!(list[0]["code_verification_status"], verification);
        assert_eq!(list[0]["platform_type"], platform);
        let left = town.listed(SOURCE, "id").await.len();
        assert_eq!(left, if standing == "connected" { 99 } else { 100 });
    }
}

#[tokio::test]
async fn an_expired_verification_is_made_good_by_a_code() {
    let town = Town::new().await;
    put(&town, json!({"account": WABA, "standing": "expired"})).await;
    let id = town.listed(WABA, "id").await[0]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    assert_eq!(town.register(&id, "123456").await.code().0, 133_006);
    assert_eq!(town.request(&id, "SMS").await.status, 200);
    let code = town.sandbox.messages(NUMBER).pop().unwrap().code;
    town.post(&format!("{id}/verify_code"), json!({ "code": code }))
        .await;
    assert_eq!(
        town.fields(&id, "code_verification_status").await["code_verification_status"],
        "VERIFIED"
    );
    assert_eq!(town.register(&id, "123456").await.status, 200);
}

#[tokio::test]
async fn a_shared_number_is_connected_in_two_accounts() {
    let town = Town::new().await;
    put(&town, json!({"account": WABA, "shared": true})).await;
    assert_eq!(town.listed(WABA, "status").await[0]["status"], "CONNECTED");
    assert_eq!(
        town.listed(SOURCE, "status").await[0]["status"],
        "CONNECTED"
    );
    assert_eq!(town.listed(SOURCE, "id").await.len(), 100);
}

#[tokio::test]
async fn the_long_and_the_short_form_are_one_line() {
    let town = Town::new().await;
    town.subscribe(WABA).await;
    let placing = json!({"display": "+225 68 12 34 56"});
    let state = town.put("numbers/2250768123456", placing).await.json();
    assert_eq!(state["forms"], json!(["22568123456"]));
    let shown = async |waba: &str| {
        let list = town.listed(waba, "display_phone_number").await;
        list.last().map(|row| row["display_phone_number"].clone())
    };
    assert_eq!(shown(SOURCE).await.unwrap(), "+225 68 12 34 56");
    let path = format!("{WABA}/phone_numbers");
    let long = json!({"cc": "225", "phone_number": "0768123456", "migrate_phone_number": true});
    let short = json!({"cc": "225", "phone_number": "68123456", "migrate_phone_number": true});
    let id = town.post(&path, long).await.json()["id"]
        .as_str()
        .unwrap()
        .to_owned();
    assert_eq!(town.post(&path, short).await.code(), (100, 2_388_012));
    assert_eq!(shown(WABA).await.unwrap(), "+225 68 12 34 56");
    town.request(&id, "SMS").await;
    assert_eq!(town.sandbox.messages("+22568123456").len(), 1);
    assert_eq!(town.sandbox.messages("+2250768123456").len(), 1);
    let ledger = town.get("/sandbox/ledger?number=22568123456").await.json();
    assert_eq!(ledger["entries"].as_array().unwrap().len(), 3);
    assert_eq!(ledger["entries"][0]["number"], "2250768123456");
}

#[tokio::test]
async fn every_form_of_the_field_can_be_said() {
    for (number, display, form) in [
        ("22997123456", "+229 97 12 34 56", None),
        ("2290197123456", "+229 97 12 34 56", None),
        ("24106031234", "+241 6 03 12 34", None),
        ("525541320000", "+52 1 55 4132 0000", None),
        ("5531984220000", "+55 31 8422-0000", None),
        ("5491123456789", "+54 11 2345-6789", Some("541123456789")),
    ] {
        let town = Town::new().await;
        let forms: Vec<&str> = form.into_iter().collect();
        let placing = json!({"display": display, "forms": forms});
        let state = town.put(&format!("numbers/{number}"), placing).await;
        assert_eq!(state.status, 200, "{number}: {}", state.body);
        assert_eq!(state.json()["lives_in"], SOURCE);
        let digits: String = display.chars().filter(char::is_ascii_digit).collect();
        let found = town.get(&format!("/sandbox/numbers/{digits}")).await.json();
        assert_eq!(found["number"], number);
    }
}

#[tokio::test]
async fn a_dead_twin_stands_before_or_after_the_live_node() {
    for (place, statuses) in [
        ("before", ["DELETED", "CONNECTED"]),
        ("after", ["CONNECTED", "DELETED"]),
    ] {
        let town = Town::new().await;
        let placing = json!({"account": WABA, "standing": "connected", "twin": {"place": place}});
        put(&town, placing).await;
        let list = town.listed(WABA, "status,display_phone_number").await;
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
        assert_eq!(town.request(id, "SMS").await.code().0, 33);
        assert_eq!(town.get(&format!("/v27.0/{id}")).await.status, 200);
    }
}

#[tokio::test]
async fn a_twin_can_come_with_the_live_node_and_look_as_it_likes() {
    let town = Town::new().await;
    let fields = json!({"status": "DISCONNECTED", "code_verification_status": "EXPIRED"});
    put(
        &town,
        json!({"when": "once_added", "twin": {"fields": fields}}),
    )
    .await;
    assert!(town.listed(WABA, "id").await.is_empty());
    let id = town.verify(NUMBER).await;
    let list = town.listed(WABA, "status,code_verification_status").await;
    assert_eq!(list[0]["status"], "DISCONNECTED");
    assert_eq!(list[0]["code_verification_status"], "EXPIRED");
    assert_eq!(list[1]["id"], id);
    assert_eq!(town.register(&id, "123456").await.status, 200);
}

#[tokio::test]
async fn what_a_number_does_not_have_is_refused_by_its_name() {
    let town = Town::new().await;
    town.put("numbers/4915112345678", json!({"forms": ["4915112345"]}))
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
        let answer = town.put("numbers/12025550100", placing.clone()).await;
        assert_eq!(answer.status, 400, "{placing}");
        assert!(answer.body.contains(named), "{placing}: {}", answer.body);
    }
    assert_eq!(town.put("numbers/12", json!({})).await.status, 400);
    let path = format!("{WABA}/phone_numbers");
    town.subscribe(WABA).await;
    assert_eq!(town.post(&path, added(NUMBER)).await.status, 200);
}
