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

#[tokio::test]
async fn a_web_page_of_another_site_changes_nothing_and_sees_nothing() {
    let town = Town::new().await;
    town.verify("+12025550100").await;
    let ask = async |head: &str| {
        let answer = town.raw(&format!("{head}Connection: close\r\n\r\n")).await;
        String::from_utf8(answer).unwrap()
    };
    for head in [
        "POST /sandbox/reset HTTP/1.1\r\nHost: localhost\r\nOrigin: https://evil.example\r\n",
        "POST /sandbox/reset HTTP/1.1\r\nHost: localhost\r\nOrigin: null\r\n",
        "GET /sandbox/ledger HTTP/1.1\r\nHost: evil.example\r\n",
        "GET /sandbox/nothing HTTP/1.1\r\nHost: evil.example\r\n",
    ] {
        let answer = ask(head).await;
        assert!(answer.starts_with("HTTP/1.1 403"), "{answer}");
    }
    assert!(!town.sandbox.ledger().is_empty());
    let own = ask("POST /sandbox/reset HTTP/1.1\r\nHost: localhost\r\n").await;
    assert!(own.starts_with("HTTP/1.1 200"), "{own}");
}

#[tokio::test]
async fn what_is_made_up_is_bounded_in_number() {
    let town = Town::with(|options| options.most_objects = 400).await;
    town.subscribe(WABA).await;
    let add = async |n: usize| {
        let number = added(&format!("+1202556{n:04}"));
        town.post(&format!("{WABA}/phone_numbers"), number).await
    };
    let mut added = 0;
    let refused = loop {
        let answer = add(added).await;
        if answer.status != 200 {
            break answer;
        }
        added += 1;
        assert!(added < 400);
    };
    assert!(
        refused.body.contains("POST /sandbox/reset"),
        "{}",
        refused.body
    );
    let account = town.get("/v27.0/200000000099999").await;
    assert!(
        account.body.contains("POST /sandbox/reset"),
        "{}",
        account.body
    );
    for (path, body) in [
        ("numbers/4930123456", json!({})),
        ("accounts/200000000099998", json!({})),
    ] {
        let answer = town.put(path, body).await;
        assert_eq!(answer.status, 400);
        assert!(
            answer.body.contains("POST /sandbox/reset"),
            "{}",
            answer.body
        );
    }
    // What is there goes on.
    assert_eq!(town.get(&format!("/v27.0/{WABA}")).await.status, 200);
    town.send("POST", "/sandbox/reset", "", "").await.unwrap();
    town.subscribe(WABA).await;
    assert_eq!(add(0).await.status, 200);
}

#[tokio::test]
async fn faults_are_bounded_in_number() {
    let town = Town::new().await;
    let fault = json!({"kind": "html"});
    let many = json!(vec![fault.clone(); 1000]);
    assert_eq!(town.put("faults", many).await.status, 200);
    let refused = town.put("faults", fault).await;
    assert_eq!(refused.status, 400);
    assert!(
        refused.body.contains("DELETE /sandbox/faults"),
        "{}",
        refused.body
    );
}
