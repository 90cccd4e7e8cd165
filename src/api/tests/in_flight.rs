//! Limits of calls and streams in flight per tenant.

use axum::body::{Body, HttpBody as _};
use axum::http::{Method, Request, header};
use tokio::task::JoinSet;
use tokio::time::{Duration, timeout};
use tonic::client::GrpcService as _;
use tonic_types::StatusExt as _;

use super::*;
use crate::store::{Filter, Page};
use domain::TenantId;

const PATIENCE: Duration = Duration::from_secs(30);

/// An API with these limits of calls and streams in flight.
async fn limited(calls: u32, watches: u32) -> ApiHarness {
    let in_flight = InFlightLimits {
        calls: calls.try_into().unwrap(),
        watches: watches.try_into().unwrap(),
        reads: NonZeroU32::MIN,
    };
    let who = auth::Settings::default();
    ApiHarness::build(in_flight, Config::defaults().server.api, who, &[])
        .await
        .0
}

/// Calls that wait until they are dropped, since the engine does not run.
async fn waiting(api: &ApiHarness, count: u8) -> JoinSet<()> {
    let mut calls = JoinSet::new();
    for number in 0..count {
        let mut client = api.client();
        let request = v1::MigrateRequest {
            wait: Some(prost_types::Duration {
                seconds: 60,
                nanos: 0,
            }),
            ..message(&format!("waits {number}"), number)
        };
        calls.spawn(async move {
            let _ = client.migrate(request).await;
        });
    }
    let (tenant, filter) = (TenantId::default_tenant(), Filter::default());
    let page = Page {
        size: 10,
        after: None,
        findings: false,
    };
    let begun = async {
        loop {
            let listing = api.engine.list(&tenant, &filter, page).await.unwrap();
            if listing.migrations.len() == usize::from(count) {
                break;
            }
            tokio::task::yield_now().await;
        }
    };
    timeout(PATIENCE, begun).await.unwrap();
    calls
}

async fn listed(api: &ApiHarness) -> Result<usize, Status> {
    let request = v1::ListMigrationsRequest::default();
    let answer = api.client().list_migrations(request).await?;
    Ok(answer.into_inner().migrations.len())
}

#[tokio::test]
async fn calls_that_wait_count_until_they_have_ended() {
    let api = limited(2, 1).await;
    let mut calls = waiting(&api, 2).await;
    let refused = listed(&api).await.unwrap_err();
    assert_reason(&refused, Reason::TooManyInFlight);
    let details = refused.get_error_details();
    assert_eq!(
        details.error_info().unwrap().metadata["calls_in_flight"],
        "2"
    );
    assert!(details.retry_info().is_some() && details.quota_failure().is_some());
    // Streams are counted separately, and a stream that ended no longer counts.
    for _ in 0..3 {
        let request = v1::WatchRequest {
            migration_id: UNKNOWN_ID.to_owned(),
            after_sequence: 0,
        };
        let watch = api.client().watch(request).await.unwrap();
        let items: Vec<_> = watch.into_inner().collect().await;
        assert_reason(items[0].as_ref().unwrap_err(), Reason::MigrationNotFound);
    }
    calls.shutdown().await;
    assert_eq!(listed(&api).await.unwrap(), 2);
}

#[tokio::test]
async fn a_refusal_is_delayed_but_not_beyond_the_clients_deadline() {
    let api = limited(1, 1).await;
    let _calls = waiting(&api, 1).await;
    let mut request = tonic::Request::new(v1::ListMigrationsRequest::default());
    let deadline = "200m".parse().unwrap();
    request.metadata_mut().insert("grpc-timeout", deadline);
    let refused = api.client().list_migrations(request).await.unwrap_err();
    assert_reason(&refused, Reason::TooManyInFlight);
}

#[tokio::test]
async fn a_response_counts_until_the_client_has_received_it() {
    let api = limited(1, 1).await;
    let grpc = (
        Method::POST,
        "/waba.migration.v1.MigrationService/ListMigrations",
        vec![0; 5],
    );
    for (method, path, body) in [grpc, (Method::GET, "/v1/migrations", Vec::new())] {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::CONTENT_TYPE, "application/grpc")
            .body(tonic::body::Body::new(Body::from(body)))
            .unwrap();
        let answer = api.router.clone().call(request).await.unwrap();
        let mut body = Box::pin(answer.into_body());
        let frame = std::future::poll_fn(|cx| body.as_mut().poll_frame(cx)).await;
        let piece = frame.unwrap().unwrap().into_data().unwrap();
        drop(body);
        let refused = listed(&api).await.unwrap_err();
        assert_reason(&refused, Reason::TooManyInFlight);
        drop(piece);
        listed(&api).await.unwrap();
    }
}

#[tokio::test]
async fn an_incomplete_request_does_not_block_the_reads_of_others() {
    // One read at a time.
    let api = limited(10, 1).await;
    let never = futures_util::stream::pending::<Result<Vec<u8>, std::io::Error>>();
    let request = Request::post("/waba.migration.v1.MigrationService/ListMigrations")
        .header(header::CONTENT_TYPE, "application/grpc")
        .body(tonic::body::Body::new(Body::from_stream(never)))
        .unwrap();
    let mut router = api.router.clone();
    let mut calls = JoinSet::new();
    calls.spawn(async move { router.call(request).await.map(drop) });
    tokio::task::yield_now().await;
    let read = timeout(PATIENCE, listed(&api)).await;
    assert_eq!(read.unwrap().unwrap(), 0);
    assert!(calls.try_join_next().is_none());
}
