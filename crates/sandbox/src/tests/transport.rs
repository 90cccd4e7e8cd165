//! Lost and damaged responses, byte by byte.

use std::time::Duration;

use super::harness::{SandboxHarness, WABA, added};
use crate::{Call, Fault, Kind};

#[tokio::test]
async fn a_lost_response_sends_no_byte_but_the_call_is_performed() {
    let harness = SandboxHarness::new().await;
    harness.subscribe(WABA).await;
    let body = added("+12025550170").to_string();
    let request = format!(
        "POST /v27.0/{WABA}/phone_numbers HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer t\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    // No `Connection: close`: it is the sandbox that closes.
    let bytes = tokio::time::timeout(Duration::from_secs(5), harness.raw(&request))
        .await
        .unwrap();
    assert!(bytes.is_empty(), "{}", String::from_utf8_lossy(&bytes));
    let last = harness.sandbox.ledger().pop().unwrap();
    assert!(last.effective);
    assert_eq!(last.answer, "dropped");
    assert!(last.phone_number_id.is_some());
}

#[tokio::test]
async fn a_lost_request_is_not_performed() {
    let harness = SandboxHarness::new().await;
    harness.subscribe(WABA).await;
    assert!(
        harness
            .try_post(&format!("{WABA}/phone_numbers"), added("+12025550174"))
            .await
            .is_none()
    );
    assert!(!harness.sandbox.ledger().pop().unwrap().effective);
    harness.add("+12025550174").await;
}

#[tokio::test]
async fn damaged_responses_are_as_documented() {
    let harness = SandboxHarness::new().await;
    harness.subscribe(WABA).await;
    let path = format!("{WABA}/phone_numbers");
    let html = harness.post(&path, added("+12025550182")).await;
    assert_eq!(html.status, 502);
    assert!(html.headers["content-type"].starts_with("text/html"));
    let empty = harness.post(&path, added("+12025550184")).await;
    assert_eq!((empty.status, empty.body.as_str()), (200, ""));
    let text = harness.post(&path, added("+12025550138")).await.json();
    assert!(text["error"]["error_data"].is_string());
    let fine = harness.post(&path, added("+12025550186")).await;
    assert_eq!((fine.status, fine.code().0), (200, 131_000));
    let bare = harness.post(&path, added("+12025550137")).await.json();
    assert_eq!(bare["error"].get("error_subcode"), None);
}

#[tokio::test]
async fn injected_faults_apply_to_the_right_calls_the_right_number_of_times() {
    let harness = SandboxHarness::new().await;
    let id = harness.verify("+12025550100").await;
    harness.sandbox.inject(
        Fault::new(Kind::LostRequest)
            .on_call(Call::Register)
            .on_number("+1 202 555 0100")
            .times(2),
    );
    for _ in 0..2 {
        let body = serde_json::json!({"messaging_product": "whatsapp", "pin": "123456"});
        assert!(
            harness
                .try_post(&format!("{id}/register"), body)
                .await
                .is_none()
        );
    }
    assert_eq!(harness.register(&id, "123456").await.status, 200);
    assert!(harness.sandbox.faults().is_empty());
}

#[tokio::test]
async fn shutdown_does_not_wait_for_delayed_responses() {
    let harness =
        SandboxHarness::with(|options| options.register_delay = Duration::from_hours(1)).await;
    let id = harness.verify("+12025550162").await;
    let slow = harness.register(&id, "123456");
    let stop = async {
        while !harness
            .sandbox
            .ledger()
            .iter()
            .any(|entry| entry.call == Call::Register)
        {
            tokio::task::yield_now().await;
        }
        harness.shutdown.cancel();
    };
    let (answer, ()) =
        tokio::time::timeout(Duration::from_secs(5), async { tokio::join!(slow, stop) })
            .await
            .unwrap();
    assert_eq!(answer.status, 200);
}
