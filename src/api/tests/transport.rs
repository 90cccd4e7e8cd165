//! What is refused before an RPC begins, and the services beside the migration service.

use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use tonic::Code;
use tonic::client::GrpcService as _;
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;
use tonic_types::StatusExt as _;

use super::{Door, Reason, assert_reason, message};
use crate::proto::v1;

#[tokio::test]
async fn what_the_transport_refuses_is_explained_too() {
    let door = Door::open().await;
    let large = v1::MigrateRequest {
        reference: "x".repeat(70_000),
        ..message("a", 3)
    };
    let large = door.migrate(large).await.unwrap_err();
    assert_reason(&large, Reason::MessageTooLarge);
    let info = large.get_details_error_info().unwrap();
    assert_eq!(info.metadata["max_message_bytes"], "65536");

    // Field 1 of this message is a number, not a text.
    let other = v1::Budget {
        call: 1,
        ..v1::Budget::default()
    };
    let call = |path, message: v1::Budget| {
        let mut client = tonic::client::Grpc::new(door.router.clone());
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
async fn what_is_not_grpc_gets_a_plain_answer() {
    let door = Door::open().await;
    for (path, content_type, expected) in [
        ("/", "text/html", StatusCode::NOT_FOUND),
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
        let answer = door.router.clone().call(request).await.unwrap();
        assert_eq!(answer.status(), expected, "{path} {content_type}");
    }
}

#[tokio::test]
async fn health_is_told_by_name_and_overall() {
    let door = Door::open().await;
    let mut client = HealthClient::new(door.router.clone());
    let ask = |service: &str| HealthCheckRequest {
        service: service.to_owned(),
    };
    let names = ["", "waba.migration.v1.MigrationService"];
    for name in names {
        let status = client.check(ask(name)).await.unwrap().into_inner().status();
        assert_eq!(status, ServingStatus::Serving);
    }
    door.health.set_ready(false).await;
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

    let door = Door::open().await;
    let ask = tonic_reflection::pb::v1::ServerReflectionRequest {
        host: String::new(),
        message_request: Some(MessageRequest::ListServices(String::new())),
    };
    let mut answers = ServerReflectionClient::new(door.router.clone())
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
