//! Connections grow old: a client moves to another, and what it had under way is done first.

use std::time::Duration;

use axum::http::StatusCode;
use tokio_util::task::TaskTracker;
use tonic::Code;
use waba_migrator::http_server::Settings;
use waba_migrator::proto::v1::WatchRequest;

use super::clients::{Caller, request};
use super::harness::{PATIENCE, Stand};
use crate::e2e::stack::{Stack, refusal};
use crate::support::defaults;

fn ageing(grace: Duration) -> Settings {
    Settings {
        max_connection_age: Duration::from_millis(200),
        max_connection_age_grace: grace,
        ..defaults::http()
    }
}

#[tokio::test]
async fn a_client_moves_from_connection_to_connection_and_no_call_is_lost() {
    let stand = Stand::with(ageing(PATIENCE)).await;
    let (mut answered, mut caller) = (0, Caller::connect(&stand).await);
    while stand.peers() < 5 {
        match caller.get("/hello").await {
            Ok((status, _)) => {
                assert_eq!(status, StatusCode::OK);
                answered += 1;
            }
            Err(unsent) => {
                // It learned that the connection takes no more before it had sent this one: clients of gRPC try again.
                assert!(unsent.is_canceled() || unsent.is_closed(), "{unsent:?}");
                caller = Caller::connect(&stand).await;
            }
        }
    }
    assert_eq!(stand.requests(), answered, "what was sent was answered");
}

#[tokio::test]
async fn what_is_under_way_is_done_before_the_connection_ends() {
    let stand = Stand::with(ageing(PATIENCE)).await;
    let mut old = Caller::connect(&stand).await;
    let under_way = TaskTracker::new().spawn(old.start("/gate"));
    stand.until_waiting(1).await;
    // The connection takes nothing more, and is still there for what it took.
    while old.get("/hello").await.is_ok() {}
    stand.open_gate(1);
    let answer = under_way.await.unwrap().unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
    drop(answer);
    old.until_closed().await;
}

#[tokio::test]
async fn what_takes_longer_than_the_grace_is_cut() {
    let stand = Stand::with(ageing(Duration::ZERO)).await;
    let mut old = Caller::connect(&stand).await;
    assert!(old.send(request("/gate")).await.is_err());
    old.until_closed().await;
}

#[tokio::test]
async fn a_watch_ends_with_a_word_when_its_connection_has_grown_old_and_is_taken_up_again() {
    let stack = Stack::with(&[
        ("server.max_connection_age", "3s"),
        ("server.max_connection_age_grace", "1s"),
    ])
    .await;
    let waiting = stack.migrate("+12025550100").await;
    let mut after = 0;
    // Its connection is the same for each of them until it grows old.
    let word = loop {
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
    let (code, reason, details) = refusal(Err::<(), _>(word));
    assert_eq!(
        (code, reason.as_str()),
        (Code::Unavailable, "CONNECTION_AGED")
    );
    assert!(details.retry_info().is_some());
    assert_eq!(stack.status(&waiting.id).await.id, waiting.id);
}
