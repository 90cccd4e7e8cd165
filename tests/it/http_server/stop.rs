//! The wire is asked to stop, and the service around it.

use axum::http::StatusCode;
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_util::task::TaskTracker;
use tonic::transport::Channel;
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;

use super::clients::{Caller, PREFACE, until_closed};
use super::harness::{PATIENCE, Stand};
use crate::e2e::stack::{Stack, refusal};
use crate::support::defaults;

#[tokio::test]
async fn a_stop_closes_the_listener_and_finishes_what_is_under_way() {
    let stand = Stand::with(defaults::http()).await;
    let mut silent = stand.connect().await;
    let idle = {
        let mut idle = Caller::connect(&stand).await;
        idle.get("/hello").await.unwrap();
        idle
    };
    let mut busy = Caller::connect(&stand).await;
    let under_way = TaskTracker::new().spawn(busy.start("/gate"));
    stand.until_waiting(1).await;

    stand.stop.cancel();
    until_closed(&mut silent).await;
    idle.until_closed().await;
    while busy.get("/hello").await.is_ok() {}
    assert!(TcpStream::connect(stand.address).await.is_err());
    assert!(!stand.task.is_finished());

    stand.open_gate(1);
    let answer = under_way.await.unwrap().unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
    drop(answer);
    timeout(PATIENCE, stand.task).await.unwrap().unwrap();
}

#[tokio::test]
async fn who_does_not_wait_for_the_last_of_them_cuts_them() {
    let stand = Stand::with(defaults::http()).await;
    let busy = Caller::connect(&stand).await;
    let under_way = TaskTracker::new().spawn(busy.start("/gate"));
    let mut deaf = stand.connect().await;
    deaf.write_all(PREFACE).await.unwrap();
    stand.until_waiting(1).await;
    stand.stop.cancel();
    stand.task.abort();
    assert!(under_way.await.unwrap().is_err());
    busy.until_closed().await;
    until_closed(&mut deaf).await;
}

#[tokio::test]
async fn who_watches_the_health_of_a_service_does_not_hold_up_its_end() {
    let mut stack = Stack::with(&[("server.shutdown_grace", "10m")]).await;
    let url = stack.service.url.clone();
    let endpoint = Channel::from_shared(url).unwrap();
    let mut watch = HealthClient::new(endpoint.connect().await.unwrap())
        .watch(HealthCheckRequest::default())
        .await
        .unwrap()
        .into_inner();
    let mut status = async || watch.message().await.map(|told| told.unwrap().status());
    assert_eq!(status().await.unwrap(), ServingStatus::Serving);
    timeout(PATIENCE, stack.stop())
        .await
        .expect("it waits for whoever watches");
    assert_eq!(status().await.unwrap(), ServingStatus::NotServing);
    let (_, reason, _) = refusal(status().await);
    assert_eq!(reason, "SHUTTING_DOWN");
}
