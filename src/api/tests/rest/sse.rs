//! Streams as server-sent events.

use axum::http::{Method, StatusCode};
use serde_json::{Value as Json, json};
use tokio_util::sync::CancellationToken;

use super::super::{ApiHarness, UNKNOWN_ID};
use super::RestResponse;

/// An event as an `EventSource` reports it: its name, id and data.
type SseEvent = (String, Option<u64>, Json);

/// The events of a stream, without comments.
fn events(answer: &RestResponse) -> Vec<SseEvent> {
    assert_eq!(answer.header("content-type"), Some("text/event-stream"));
    let blocks = answer.text().split("\n\n");
    blocks
        .filter(|block| !block.is_empty() && !block.starts_with(':'))
        .map(|block| {
            let field = |name: &str| {
                let mut lines = block.lines().filter_map(|line| line.split_once(": "));
                lines
                    .find(|(field, _)| *field == name)
                    .map(|(_, value)| value)
            };
            let name = field("event").unwrap_or("message").to_owned();
            let id = field("id").map(|id| id.parse().unwrap());
            (
                name,
                id,
                serde_json::from_str(field("data").unwrap()).unwrap(),
            )
        })
        .collect()
}

/// The path to watch a migration that has ended.
async fn ended(api: &ApiHarness) -> String {
    let id = api.started(super::super::message("a", 3)).await.id;
    let path = format!("/v1/migrations/{id}");
    api.post(&format!("{path}/cancel"), &json!({})).await;
    format!("{path}/watch")
}

#[tokio::test]
async fn a_stream_sends_each_event_with_its_sequence_and_then_its_end() {
    let api = ApiHarness::start().await;
    let path = ended(&api).await;
    let all = events(&api.get(&path).await);
    let ids: Vec<_> = all
        .iter()
        .map(|(name, id, _)| (name.as_str(), *id))
        .collect();
    assert_eq!(
        ids,
        [
            ("message", Some(1)),
            ("message", Some(2)),
            ("message", Some(3)),
            ("end", None)
        ]
    );
    assert_eq!(all[0].2["event"]["kind"], "EVENT_KIND_ACCEPTED");
    assert_eq!(all[2].2["event"]["state"], "STATE_CANCELED");

    let rest = events(&api.get(&format!("{path}?after_sequence=1")).await);
    assert_eq!(rest, all[1..]);
    let held = [("last-event-id", "1")];
    let again = api
        .rest(Method::GET, &format!("{path}?after_sequence=0"), &held, "")
        .await;
    assert_eq!(events(&again), all[1..]);
}

#[tokio::test]
async fn a_client_that_reconnects_after_the_end_is_stopped() {
    let api = ApiHarness::start().await;
    let path = ended(&api).await;
    let held = [("last-event-id", "3")];
    let answer = api.rest(Method::GET, &path, &held, "").await;
    assert_eq!(answer.status, StatusCode::NO_CONTENT);
    let first = events(&api.get(&format!("{path}?after_sequence=3")).await);
    assert_eq!(first, [("end".to_owned(), None, json!({}))]);
}

#[tokio::test]
async fn a_stream_that_cannot_begin_is_an_ordinary_error() {
    let api = ApiHarness::start().await;
    let unknown = api.get(&format!("/v1/migrations/{UNKNOWN_ID}/watch")).await;
    assert_eq!(unknown.reason(), (404, "MIGRATION_NOT_FOUND".to_owned()));
    let wrong = api
        .get("/v1/migrations/mig_1/watch?after_sequence=-1")
        .await;
    assert_eq!(wrong.reason(), (400, "INVALID_FIELDS".to_owned()));
    let held = [("last-event-id", "canary")];
    let path = ended(&api).await;
    let odd = api.rest(Method::GET, &path, &held, "").await;
    assert_eq!(odd.violations()[0].0, "Last-Event-ID");
}

#[tokio::test]
async fn a_stream_that_fails_reports_the_error_and_when_to_reconnect() {
    let api = ApiHarness::start().await;
    let id = api.started(super::super::message("a", 3)).await.id;
    let path = format!("/v1/migrations/{id}/watch");
    let watched = api.get(&path);
    let stopped = async {
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        let now = CancellationToken::new();
        now.cancel();
        api.engine.run(now).await;
    };
    let (answer, ()) = tokio::join!(watched, stopped);
    let (name, id, data) = events(&answer).pop().unwrap();
    assert_eq!((name.as_str(), id), ("status", None));
    assert_eq!(data["error"]["status"], "UNAVAILABLE");
    assert_eq!(data["error"]["details"][1]["reason"], "SHUTTING_DOWN");
    assert!(answer.text().contains("retry: 1000\n"), "{}", answer.text());
}
