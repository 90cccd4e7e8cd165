//! Faults of the app and of Meta as a whole.

use serde_json::json;

use super::harness::{SandboxHarness, WABA};
use crate::Call;

#[tokio::test]
async fn a_blocked_app_can_call_nothing_until_it_is_unblocked() {
    let harness = SandboxHarness::new().await;
    let id = harness.verify("+12025550100").await;
    assert_eq!(
        harness.put("app", json!({"blocked": true})).await.status,
        200
    );
    for path in [
        format!("/v27.0/{WABA}"),
        format!("/v27.0/{WABA}/phone_numbers"),
        format!("/v27.0/{id}"),
        "/v27.0/debug_token?input_token=x".to_owned(),
    ] {
        let answer = harness.get(&path).await;
        assert_eq!((answer.status, answer.code()), (400, (200, 0)), "{path}");
        let error = &answer.json()["error"];
        assert_eq!(error["message"], "API access blocked.");
        assert_eq!(error["type"], "OAuthException");
    }
    assert_eq!(harness.register(&id, "123456").await.code().0, 200);
    let last = harness.sandbox.ledger().pop().unwrap();
    assert_eq!((last.call, last.effective), (Call::Register, false));
    assert_eq!(last.number.as_deref(), Some("12025550100"));
    harness.put("app", json!({"blocked": false})).await;
    assert_eq!(harness.register(&id, "123456").await.status, 200);
}

#[tokio::test]
async fn a_refusal_of_the_app_can_have_other_texts() {
    let harness = SandboxHarness::new().await;
    let other = json!({"blocked": true, "code": 10, "message": "(#10) No.", "status": 403});
    harness.put("app", other).await;
    let answer = harness.get(&format!("/v27.0/{WABA}")).await;
    assert_eq!((answer.status, answer.code().0), (403, 10));
    assert_eq!(answer.json()["error"]["message"], "(#10) No.");
    harness.put("app", json!({"accepts_terms": false})).await;
    let answer = harness.get(&format!("/v27.0/{WABA}")).await;
    assert_eq!(answer.code().0, 200);
    assert!(answer.body.contains("terms"));
    let shown = harness.get("/sandbox/app").await.json();
    assert_eq!(
        (&shown["accepts_terms"], &shown["blocked"]),
        (&json!(false), &json!(false))
    );
}

#[tokio::test]
async fn an_outage_is_an_error_a_page_or_a_dropped_connection() {
    let harness = SandboxHarness::new().await;
    let path = format!("/v27.0/{WABA}");
    harness.put("app", json!({"outage": "503"})).await;
    let answer = harness.get(&path).await;
    assert_eq!((answer.status, answer.code().0), (503, 2));
    harness.put("app", json!({"outage": "html"})).await;
    let answer = harness.get(&path).await;
    assert_eq!(answer.status, 502);
    assert!(answer.body.contains("<html>"));
    harness.put("app", json!({"outage": "drop"})).await;
    assert!(harness.send("GET", &path, "a-token", "").await.is_none());
    harness.put("app", json!({"outage": null})).await;
    assert_eq!(harness.get(&path).await.status, 200);
}

#[tokio::test]
async fn unknown_keys_of_the_app_are_refused_by_name() {
    let harness = SandboxHarness::new().await;
    for (app, named) in [
        (json!({"blockd": true}), "blockd"),
        (json!({"outage": "500"}), "500"),
        (json!({"message": "No."}), "blocked"),
        (json!({"language": "tlh"}), "tlh"),
    ] {
        let answer = harness.put("app", app.clone()).await;
        assert_eq!(answer.status, 400, "{app}");
        assert!(answer.body.contains(named), "{app}: {}", answer.body);
    }
    assert_eq!(harness.get(&format!("/v27.0/{WABA}")).await.status, 200);
}
