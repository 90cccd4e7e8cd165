//! The sandbox's own pages.

use serde_json::json;

use super::town::{Town, WABA, added};

#[tokio::test]
async fn the_pages_show_what_the_accessors_show() {
    let town = Town::new().await;
    town.verify("+12025550100").await;
    let inbox = town
        .get("/sandbox/numbers/12025550100/messages")
        .await
        .json();
    assert_eq!(inbox["messages"][0]["method"], "SMS");
    let ledger = town.get("/sandbox/ledger?number=12025550100").await.json();
    let calls: Vec<_> = ledger["entries"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| entry["call"].clone())
        .collect();
    assert_eq!(calls, ["add_number", "request_code", "verify_code"]);
    let state = town.get("/sandbox/numbers/12025550100").await.json();
    assert_eq!(state["scenario"], "happy_path");
    assert_eq!(state["accounts"].as_array().unwrap().len(), 2);
    assert_eq!(town.get("/sandbox/numbers/4930123456").await.status, 404);
    assert_eq!(town.get("/sandbox/nothing").await.status, 404);
    let table = town.get("/sandbox/scenarios").await.json();
    assert_eq!(table["numbers"][0]["ends_as"], "SUCCEEDED");
}

#[tokio::test]
async fn mending_and_placing_and_resetting() {
    let town = Town::new().await;
    town.subscribe(WABA).await;
    let path = format!("{WABA}/phone_numbers");
    assert_eq!(
        town.post(&path, added("+12025550130")).await.code().1,
        2_388_001
    );
    let mended = town
        .send("POST", "/sandbox/numbers/12025550130/mend", "", "")
        .await
        .unwrap();
    assert_eq!(mended.status, 200);
    assert_eq!(town.post(&path, added("+12025550130")).await.status, 200);

    let placed = town
        .send("PUT", "/sandbox/numbers/4930123456", "", "")
        .await
        .unwrap();
    assert_eq!(placed.json()["lives_in"], "104996122399160");

    let reset = town.send("POST", "/sandbox/reset", "", "").await.unwrap();
    assert_eq!(reset.status, 200);
    assert!(town.sandbox.ledger().is_empty());
}

#[tokio::test]
async fn faults_are_put_in_the_way_over_http() {
    let town = Town::new().await;
    let put = async |body: serde_json::Value| {
        town.send("PUT", "/sandbox/faults", "", &body.to_string())
            .await
            .unwrap()
    };
    let fault = json!({"number": "*", "call": "subscribe", "kind": "error", "code": 131_000, "status": 500, "times": 1});
    assert_eq!(put(fault).await.status, 200);
    assert_eq!(
        put(json!({"kind": "delay_ms", "delay_ms": 1})).await.status,
        200
    );
    assert_eq!(put(json!({"kind": "no_such_kind"})).await.status, 400);
    assert_eq!(
        put(json!({"kind": "html", "call": "no_such_call"}))
            .await
            .status,
        400
    );
    let answer = town
        .post(&format!("{WABA}/subscribed_apps"), json!({}))
        .await;
    assert_eq!((answer.status, answer.code().0), (500, 131_000));
    town.subscribe(WABA).await;
    assert!(town.sandbox.faults().is_empty());
}
