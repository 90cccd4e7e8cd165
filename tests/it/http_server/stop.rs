//! Shutdown of the HTTP server and of the service.

use axum::http::StatusCode;
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_util::task::TaskTracker;
use tonic::transport::Channel;
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;

use super::clients::{Http2Client, PREFACE, until_closed};
use super::harness::{PATIENCE, ServerHarness};
use crate::support::defaults;
use crate::support::service::{ServiceHarness, refusal};

#[tokio::test]
async fn shutdown_closes_the_listener_and_finishes_requests_in_progress() {
    let server = ServerHarness::with(defaults::http()).await;
    let mut silent = server.connect().await;
    let idle = {
        let mut idle = Http2Client::connect(&server).await;
        idle.get("/hello").await.unwrap();
        idle
    };
    let mut busy = Http2Client::connect(&server).await;
    let in_progress = TaskTracker::new().spawn(busy.start("/gate"));
    server.until_waiting(1).await;

    server.stop.cancel();
    until_closed(&mut silent).await;
    idle.until_closed().await;
    while busy.get("/hello").await.is_ok() {}
    assert!(TcpStream::connect(server.address).await.is_err());
    assert!(!server.task.is_finished());

    server.open_gate(1);
    let answer = in_progress.await.unwrap().unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
    drop(answer);
    timeout(PATIENCE, server.task).await.unwrap().unwrap();
}

#[tokio::test]
async fn dropping_the_server_cuts_the_remaining_connections() {
    let server = ServerHarness::with(defaults::http()).await;
    let busy = Http2Client::connect(&server).await;
    let in_progress = TaskTracker::new().spawn(busy.start("/gate"));
    let mut deaf = server.connect().await;
    deaf.write_all(PREFACE).await.unwrap();
    server.until_waiting(1).await;
    server.stop.cancel();
    server.task.abort();
    assert!(in_progress.await.unwrap().is_err());
    busy.until_closed().await;
    until_closed(&mut deaf).await;
}

#[tokio::test]
async fn a_health_watch_does_not_delay_shutdown() {
    let mut stack = ServiceHarness::with(&[("server.shutdown_grace", "10m")]).await;
    let url = stack.url().to_owned();
    let endpoint = Channel::from_shared(url).unwrap();
    let mut watch = HealthClient::new(endpoint.connect().await.unwrap())
        .watch(HealthCheckRequest::default())
        .await
        .unwrap()
        .into_inner();
    let mut status = async || {
        watch
            .message()
            .await
            .map(|message| message.unwrap().status())
    };
    assert_eq!(status().await.unwrap(), ServingStatus::Serving);
    timeout(PATIENCE, stack.stop())
        .await
        .expect("shutdown waits for the watch");
    assert_eq!(status().await.unwrap(), ServingStatus::NotServing);
    let (_, reason, _) = refusal(status().await);
    assert_eq!(reason, "SHUTTING_DOWN");
}
