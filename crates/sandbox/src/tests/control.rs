//! The control API.

use serde_json::json;

use super::harness::{SandboxHarness, WABA, added};

#[tokio::test]
async fn the_control_api_shows_what_the_methods_return() {
    let harness = SandboxHarness::new().await;
    harness.verify("+12025550100").await;
    let inbox = harness
        .get("/sandbox/numbers/12025550100/messages")
        .await
        .json();
    assert_eq!(inbox["messages"][0]["method"], "SMS");
    let ledger = harness
        .get("/sandbox/ledger?number=12025550100")
        .await
        .json();
    let calls: Vec<_> = ledger["entries"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| entry["call"].clone())
        .collect();
    assert_eq!(calls, ["add_number", "request_code", "verify_code"]);
    let state = harness.get("/sandbox/numbers/12025550100").await.json();
    assert_eq!(state["scenario"], "happy_path");
    assert_eq!(state["accounts"].as_array().unwrap().len(), 2);
    assert_eq!(harness.get("/sandbox/numbers/4930123456").await.status, 404);
    assert_eq!(harness.get("/sandbox/nothing").await.status, 404);
    let table = harness.get("/sandbox/scenarios").await.json();
    assert_eq!(table["numbers"][0]["ends_as"], "SUCCEEDED");
}

#[tokio::test]
async fn numbers_are_fixed_placed_and_reset_over_http() {
    let harness = SandboxHarness::new().await;
    harness.subscribe(WABA).await;
    let path = format!("{WABA}/phone_numbers");
    assert_eq!(
        harness.post(&path, added("+12025550130")).await.code().1,
        2_388_001
    );
    let fixed = harness
        .send("POST", "/sandbox/numbers/12025550130/fix", "", "")
        .await
        .unwrap();
    assert_eq!(fixed.status, 200);
    assert_eq!(harness.post(&path, added("+12025550130")).await.status, 200);

    let placed = harness
        .send("PUT", "/sandbox/numbers/4930123456", "", "")
        .await
        .unwrap();
    assert_eq!(placed.json()["lives_in"], "104996122399160");

    let reset = harness
        .send("POST", "/sandbox/reset", "", "")
        .await
        .unwrap();
    assert_eq!(reset.status, 200);
    assert!(harness.sandbox.ledger().is_empty());
}

#[tokio::test]
async fn faults_are_injected_over_http() {
    let harness = SandboxHarness::new().await;
    let put = async |body: serde_json::Value| {
        harness
            .send("PUT", "/sandbox/faults", "", &body.to_string())
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
    let answer = harness
        .post(&format!("{WABA}/subscribed_apps"), json!({}))
        .await;
    assert_eq!((answer.status, answer.code().0), (500, 131_000));
    harness.subscribe(WABA).await;
    assert!(harness.sandbox.faults().is_empty());
}

#[tokio::test]
async fn a_web_page_of_another_site_can_neither_read_nor_change_anything() {
    let harness = SandboxHarness::new().await;
    harness.verify("+12025550100").await;
    let ask = async |head: &str| {
        let answer = harness
            .raw(&format!("{head}Connection: close\r\n\r\n"))
            .await;
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
    assert!(!harness.sandbox.ledger().is_empty());
    let own = ask("POST /sandbox/reset HTTP/1.1\r\nHost: localhost\r\n").await;
    assert!(own.starts_with("HTTP/1.1 200"), "{own}");
}

#[tokio::test]
async fn numbers_and_accounts_that_callers_create_are_bounded() {
    let harness = SandboxHarness::with(|options| options.most_objects = 400).await;
    harness.subscribe(WABA).await;
    let add = async |n: usize| {
        let number = added(&format!("+1202556{n:04}"));
        harness.post(&format!("{WABA}/phone_numbers"), number).await
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
    let account = harness.get("/v27.0/200000000099999").await;
    assert!(
        account.body.contains("POST /sandbox/reset"),
        "{}",
        account.body
    );
    for (path, body) in [
        ("numbers/4930123456", json!({})),
        ("accounts/200000000099998", json!({})),
    ] {
        let answer = harness.put(path, body).await;
        assert_eq!(answer.status, 400);
        assert!(
            answer.body.contains("POST /sandbox/reset"),
            "{}",
            answer.body
        );
    }
    // What exists keeps working.
    assert_eq!(harness.get(&format!("/v27.0/{WABA}")).await.status, 200);
    harness
        .send("POST", "/sandbox/reset", "", "")
        .await
        .unwrap();
    harness.subscribe(WABA).await;
    assert_eq!(add(0).await.status, 200);
}

#[tokio::test]
async fn faults_are_bounded_in_number() {
    let harness = SandboxHarness::new().await;
    let fault = json!({"kind": "html"});
    let many = json!(vec![fault.clone(); 1000]);
    assert_eq!(harness.put("faults", many).await.status, 200);
    let refused = harness.put("faults", fault).await;
    assert_eq!(refused.status, 400);
    assert!(
        refused.body.contains("DELETE /sandbox/faults"),
        "{}",
        refused.body
    );
}
