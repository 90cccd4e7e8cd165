//! Requests that are refused before an RPC begins, and the services without authentication.

use std::time::Duration;

use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use futures_util::StreamExt as _;
use tonic::Code;
use tonic::client::GrpcService as _;
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;
use tonic_types::StatusExt as _;

use super::{ApiHarness, ApiLimits, Reason, assert_reason, message};
use crate::config::Config;
use crate::proto::v1;

#[tokio::test]
async fn a_request_that_tonic_rejects_has_a_reason_too() {
    let api = ApiHarness::start().await;
    let large = v1::MigrateRequest {
        reference: "x".repeat(70_000),
        ..message("a", 3)
    };
    let large = api.migrate(large).await.unwrap_err();
    assert_reason(&large, Reason::MessageTooLarge);
    let info = large.get_details_error_info().unwrap();
    assert_eq!(info.metadata["max_message_bytes"], "65536");

    // Field 1 of this message is a number, not a string.
    let other = v1::Budget {
        call: 1,
        ..v1::Budget::default()
    };
    let call = |path, message: v1::Budget| {
        let mut client = tonic::client::Grpc::new(api.router.clone());
        async move {
            client.ready().await.unwrap();
            let codec: tonic_prost::ProstCodec<_, v1::GetStatusResponse> =
                tonic_prost::ProstCodec::default();
            let path = axum::http::uri::PathAndQuery::from_static(path);
            client
                .unary(tonic::Request::new(message), path, codec)
                .await
        }
    };
    let odd = call("/waba.migration.v1.MigrationService/GetStatus", other)
        .await
        .unwrap_err();
    assert_reason(&odd, Reason::MalformedMessage);
    for path in [
        "/waba.migration.v1.MigrationService/Teleport",
        "/other.Service/Do",
    ] {
        let unknown = call(path, v1::Budget::default()).await.unwrap_err();
        assert_reason(&unknown, Reason::Unimplemented);
    }
}

#[tokio::test]
async fn a_call_ends_at_its_deadline_and_what_was_accepted_stays_accepted() {
    let waiting = || v1::MigrateRequest {
        wait: Some(prost_types::Duration {
            seconds: 60,
            nanos: 0,
        }),
        ..message("a", 3)
    };
    let impatient = ApiLimits {
        request_timeout: Duration::from_secs(1),
        ..Config::defaults().server.api
    };
    // The engine does not run, so the call waits until its deadline.
    let mut asked = tonic::Request::new(waiting());
    asked
        .metadata_mut()
        .insert("grpc-timeout", "1S".parse().unwrap());
    for (limits, request) in [
        (Config::defaults().server.api, asked),
        (impatient, tonic::Request::new(waiting())),
    ] {
        let api = ApiHarness::with_limits(limits).await;
        let late = api.client().migrate(request).await.unwrap_err();
        assert_reason(&late, Reason::DeadlineExceeded);
        let again = api.migrate(message("a", 3)).await.unwrap();
        assert!(again.already_existed);
    }
}

#[tokio::test]
async fn a_watch_ends_at_the_deadline_of_its_caller_and_not_at_the_request_timeout() {
    let api = ApiHarness::with_limits(ApiLimits {
        request_timeout: Duration::from_secs(1),
        ..Config::defaults().server.api
    })
    .await;
    let migration = api.started(message("a", 3)).await;
    let mut request = tonic::Request::new(v1::WatchRequest {
        migration_id: migration.id,
        after_sequence: 0,
    });
    request
        .metadata_mut()
        .insert("grpc-timeout", "2S".parse().unwrap());
    let watch = api.client().watch(request).await.unwrap();
    let mut items: Vec<_> = watch.into_inner().collect().await;
    assert_reason(&items.pop().unwrap().unwrap_err(), Reason::DeadlineExceeded);
    assert!(!items.is_empty() && items.iter().all(Result::is_ok));
}

#[tokio::test]
async fn a_call_without_a_message_ends_at_the_request_timeout() {
    let api = ApiHarness::with_limits(ApiLimits {
        request_timeout: Duration::from_millis(100),
        ..Config::defaults().server.api
    })
    .await;
    let never = futures_util::stream::pending::<Result<Vec<u8>, std::io::Error>>();
    let request = Request::post("/waba.migration.v1.MigrationService/GetStatus")
        .header(header::CONTENT_TYPE, "application/grpc")
        .body(tonic::body::Body::new(Body::from_stream(never)))
        .unwrap();
    let answer = api.router.clone().call(request).await.unwrap();
    let late = tonic::Status::from_header_map(answer.headers()).unwrap();
    assert_reason(&late, Reason::DeadlineExceeded);
}

#[tokio::test]
async fn a_request_that_is_not_grpc_is_refused_as_rest() {
    let api = ApiHarness::start().await;
    for (path, content_type, expected) in [
        ("/other", "text/html", StatusCode::NOT_FOUND),
        (
            "/waba.migration.v1.MigrationService/Cancel",
            "text/plain",
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
        ),
        (
            "/waba.migration.v1.MigrationService/Cancel",
            "application/grpc-web",
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
        ),
    ] {
        let request = Request::post(path)
            .header(header::CONTENT_TYPE, content_type)
            .body(tonic::body::Body::new(Body::empty()))
            .unwrap();
        let answer = api.router.clone().call(request).await.unwrap();
        assert_eq!(answer.status(), expected, "{path} {content_type}");
    }
}

#[tokio::test]
async fn health_is_reported_by_name_and_overall() {
    let api = ApiHarness::start().await;
    let mut client = HealthClient::new(api.router.clone());
    let ask = |service: &str| HealthCheckRequest {
        service: service.to_owned(),
    };
    let names = ["", "waba.migration.v1.MigrationService"];
    for name in names {
        let status = client.check(ask(name)).await.unwrap().into_inner().status();
        assert_eq!(status, ServingStatus::Serving);
    }
    api.health.set_ready(false).await;
    for name in names {
        let status = client.check(ask(name)).await.unwrap().into_inner().status();
        assert_eq!(status, ServingStatus::NotServing);
    }
    let unknown = client.check(ask("other")).await.unwrap_err();
    assert_eq!(unknown.code(), Code::NotFound);
    assert_reason(&unknown, Reason::ServiceUnknown);
}

#[tokio::test]
async fn reflection_names_the_services() {
    use tonic_reflection::pb::v1::server_reflection_client::ServerReflectionClient;
    use tonic_reflection::pb::v1::server_reflection_request::MessageRequest;
    use tonic_reflection::pb::v1::server_reflection_response::MessageResponse;

    let api = ApiHarness::start().await;
    let ask = tonic_reflection::pb::v1::ServerReflectionRequest {
        host: String::new(),
        message_request: Some(MessageRequest::ListServices(String::new())),
    };
    let mut answers = ServerReflectionClient::new(api.router.clone())
        .server_reflection_info(futures_util::stream::iter([ask]))
        .await
        .unwrap()
        .into_inner();
    let answer = answers.message().await.unwrap().unwrap();
    let Some(MessageResponse::ListServicesResponse(list)) = answer.message_response else {
        panic!("{answer:?}");
    };
    let names: Vec<String> = list
        .service
        .into_iter()
        .map(|service| service.name)
        .collect();
    for name in [
        "waba.migration.v1.MigrationService",
        "grpc.health.v1.Health",
    ] {
        assert!(names.iter().any(|other| other == name), "{names:?}");
    }
}
