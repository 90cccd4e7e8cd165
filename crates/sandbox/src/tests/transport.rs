//! What gets lost, byte by byte.

use std::time::Duration;

use super::town::{Town, WABA, added};
use crate::{Call, Fault, Kind};

#[tokio::test]
async fn a_lost_response_is_no_byte_at_all_and_yet_done() {
    let town = Town::new().await;
    town.subscribe(WABA).await;
    let body = added("+12025550170").to_string();
    let request = format!(
        "POST /v27.0/{WABA}/phone_numbers HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer t\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    // No `Connection: close`: it is the sandbox that closes.
    let bytes = tokio::time::timeout(Duration::from_secs(5), town.raw(&request))
        .await
        .unwrap();
    assert!(bytes.is_empty(), "{}", String::from_utf8_lossy(&bytes));
    let last = town.sandbox.ledger().pop().unwrap();
    assert!(last.effective);
    assert_eq!(last.answer, "dropped");
    assert!(last.phone_number_id.is_some());
}

#[tokio::test]
async fn a_lost_request_is_not_done() {
    let town = Town::new().await;
    town.subscribe(WABA).await;
    assert!(
        town.try_post(&format!("{WABA}/phone_numbers"), added("+12025550174"))
            .await
            .is_none()
    );
    assert!(!town.sandbox.ledger().pop().unwrap().effective);
    town.add("+12025550174").await;
}

#[tokio::test]
async fn odd_answers_are_as_odd_as_they_say() {
    let town = Town::new().await;
    town.subscribe(WABA).await;
    let path = format!("{WABA}/phone_numbers");
    let html = town.post(&path, added("+12025550182")).await;
    assert_eq!(html.status, 502);
    assert!(html.headers["content-type"].starts_with("text/html"));
    let empty = town.post(&path, added("+12025550184")).await;
    assert_eq!((empty.status, empty.body.as_str()), (200, ""));
    let text = town.post(&path, added("+12025550138")).await.json();
    assert!(text["error"]["error_data"].is_string());
    let fine = town.post(&path, added("+12025550186")).await;
    assert_eq!((fine.status, fine.code().0), (200, 131_000));
    let bare = town.post(&path, added("+12025550137")).await.json();
    assert_eq!(bare["error"].get("error_subcode"), None);
}

#[tokio::test]
async fn injected_faults_strike_where_and_as_often_as_they_should() {
    let town = Town::new().await;
    let id = town.verify("+12025550100").await;
    town.sandbox.inject(
        Fault::new(Kind::LostRequest)
            .on_call(Call::Register)
            .on_number("+1 202 555 0100")
            .times(2),
    );
    for _ in 0..2 {
        let body = serde_json::json!({"messaging_product": "whatsapp", "pin": "123456"});
        assert!(
            town.try_post(&format!("{id}/register"), body)
                .await
                .is_none()
        );
    }
    assert_eq!(town.register(&id, "123456").await.status, 200);
    assert!(town.sandbox.faults().is_empty());
}

#[tokio::test]
async fn shutting_down_does_not_wait_for_slow_answers() {
    let town = Town::with(|options| options.register_delay = Duration::from_hours(1)).await;
    let id = town.verify("+12025550162").await;
    let slow = town.register(&id, "123456");
    let stop = async {
        while !town
            .sandbox
            .ledger()
            .iter()
            .any(|entry| entry.call == Call::Register)
        {
            tokio::task::yield_now().await;
        }
        town.shutdown.cancel();
    };
    let (answer, ()) =
        tokio::time::timeout(Duration::from_secs(5), async { tokio::join!(slow, stop) })
            .await
            .unwrap();
    assert_eq!(answer.status, 200);
}
