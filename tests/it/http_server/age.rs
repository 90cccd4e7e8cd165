//! Maximum connection age: the client moves to another connection, and calls in progress finish
//! first.

use std::time::Duration;

use axum::http::StatusCode;
use tokio_util::task::TaskTracker;
use tonic::Code;
use waba_migrator::http_server::Settings;
use waba_migrator::proto::v1::WatchRequest;

use super::clients::{Http2Client, request};
use super::harness::{PATIENCE, ServerHarness};
use crate::support::defaults;
use crate::support::service::{ServiceHarness, refusal};

fn ageing(grace: Duration) -> Settings {
    Settings {
        max_connection_age: Duration::from_millis(200),
        max_connection_age_grace: grace,
        ..defaults::http()
    }
}

#[tokio::test]
async fn a_client_moves_from_connection_to_connection_and_no_call_is_lost() {
    let server = ServerHarness::with(ageing(PATIENCE)).await;
    let (mut answered, mut caller) = (0, Http2Client::connect(&server).await);
    while server.peers() < 5 {
        match caller.get("/hello").await {
            Ok((status, _)) => {
                assert_eq!(status, StatusCode::OK);
                answered += 1;
            }
            Err(unsent) => {
                // GOAWAY arrived before the request was sent: gRPC clients retry it.
                assert!(unsent.is_canceled() || unsent.is_closed(), "{unsent:?}");
                caller = Http2Client::connect(&server).await;
            }
        }
    }
    assert_eq!(
        server.requests(),
        answered,
        "each request that was sent was answered"
    );
}

#[tokio::test]
async fn requests_in_progress_finish_before_the_connection_ends() {
    let server = ServerHarness::with(ageing(PATIENCE)).await;
    let mut old = Http2Client::connect(&server).await;
    let in_progress = TaskTracker::new().spawn(old.start("/gate"));
    server.until_waiting(1).await;
    // The connection accepts no more requests, and finishes those in progress.
    while old.get("/hello").await.is_ok() {}
    server.open_gate(1);
    let answer = in_progress.await.unwrap().unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
    drop(answer);
    old.until_closed().await;
}

#[tokio::test]
async fn a_request_that_takes_longer_than_the_grace_is_cut() {
    let server = ServerHarness::with(ageing(Duration::ZERO)).await;
    let mut old = Http2Client::connect(&server).await;
    assert!(old.send(request("/gate")).await.is_err());
    old.until_closed().await;
}

#[tokio::test]
async fn a_watch_on_an_aged_connection_ends_with_a_status_and_can_be_resumed() {
    let stack = ServiceHarness::with(&[
        ("server.max_connection_age", "3s"),
        ("server.max_connection_age_grace", "1s"),
    ])
    .await;
    let waiting = stack.migrate("+12025550100").await;
    let mut after = 0;
    // All streams use one connection, until it reaches its maximum age.
    let status = loop {
        let request = WatchRequest {
            migration_id: waiting.id.clone(),
            after_sequence: after,
        };
        let mut watch = stack
            .client
            .clone()
            .watch(request)
            .await
            .unwrap()
            .into_inner();
        let ended = loop {
            match watch.message().await {
                Ok(Some(message)) => after = message.event.unwrap().sequence,
                Ok(None) => panic!("the migration has not ended"),
                Err(status) => break status,
            }
        };
        if after == waiting.last_sequence {
            break ended;
        }
    };
    let (code, reason, details) = refusal(Err::<(), _>(status));
    assert_eq!(
        (code, reason.as_str()),
        (Code::Unavailable, "CONNECTION_AGED")
    );
    assert!(details.retry_info().is_some());
    assert_eq!(stack.status(&waiting.id).await.id, waiting.id);
}
