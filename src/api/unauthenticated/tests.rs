//! The services over a real router, with clients that ignore the protocol.

use std::convert::Infallible;

use axum::http::header;
use futures_util::{StreamExt as _, stream};
use hyper::body::Bytes;
use hyper::service::Service as _;
use hyper_util::service::TowerToHyperService;
use tonic::Status;
use tonic_reflection::pb::v1::ServerReflectionRequest;
use tonic_reflection::pb::v1::server_reflection_client::ServerReflectionClient;
use tonic_reflection::pb::v1::server_reflection_request::MessageRequest;
use tonic_types::StatusExt as _;

use super::*;
use crate::config::Config;

const REFLECT: &str = "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo";
const REFLECT_OLD: &str = "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo";
const CHECK: &str = "/grpc.health.v1.Health/Check";
const WATCH: &str = "/grpc.health.v1.Health/Watch";
const SHORT: Duration = Duration::from_millis(200);

async fn services(timeouts: Timeouts) -> Router {
    let health = HealthStatus::serving().await;
    with_timeouts(&health, Config::defaults().server.api, timeouts).unwrap()
}

/// A request with a body of these pieces. It ends after them, or never.
fn request(path: &str, pieces: Vec<Bytes>, ends: bool) -> Request {
    let sent = stream::iter(pieces).map(Ok::<_, Infallible>);
    let body = if ends {
        Body::from_stream(sent)
    } else {
        Body::from_stream(sent.chain(stream::pending()))
    };
    Request::post(path)
        .header(header::CONTENT_TYPE, "application/grpc")
        .body(body)
        .unwrap()
}

async fn call(router: &Router, request: Request) -> Response {
    let service = TowerToHyperService::new(router.clone());
    service.call(request).await.unwrap()
}

/// The status at the end of a response.
async fn end(response: Response) -> Status {
    if let Some(status) = Status::from_header_map(response.headers()) {
        return status;
    }
    let mut body = response.into_body();
    loop {
        let frame = std::future::poll_fn(|cx| std::pin::Pin::new(&mut body).poll_frame(cx)).await;
        if let Ok(trailers) = frame.expect("trailers").unwrap().into_trailers() {
            return Status::from_header_map(&trailers).unwrap();
        }
    }
}

fn reason(status: &Status) -> String {
    status.get_details_error_info().unwrap().reason
}

fn prefix(bytes: u32) -> Bytes {
    [&[0][..], &bytes.to_be_bytes()].concat().into()
}

#[tokio::test]
async fn a_message_that_is_too_long_is_refused_by_its_prefix() {
    let router = services(TIMEOUTS).await;
    for path in [REFLECT, REFLECT_OLD, CHECK, WATCH] {
        let long = request(path, vec![prefix(4 << 20)], false);
        let refused = end(call(&router, long).await).await;
        assert_eq!(reason(&refused), "MESSAGE_TOO_LARGE", "{path}");
        let info = refused.get_details_error_info().unwrap();
        assert_eq!(info.metadata["max_message_bytes"], "4096");
    }
}

#[tokio::test]
async fn a_call_without_a_complete_message_ends_at_the_idle_timeout() {
    let idle = Timeouts {
        idle: SHORT,
        total: Duration::from_mins(1),
    };
    let router = services(idle).await;
    for path in [REFLECT, REFLECT_OLD, CHECK, WATCH] {
        for pieces in [vec![], vec![prefix(100), Bytes::from_static(b"\x0a")]] {
            let ended = end(call(&router, request(path, pieces, false)).await).await;
            assert_eq!(reason(&ended), "DEADLINE_EXCEEDED", "{path}");
        }
    }
}

#[tokio::test]
async fn a_call_of_reflection_ends_at_the_total_timeout_however_much_it_sends() {
    let total = Timeouts {
        idle: Duration::from_mins(1),
        total: SHORT,
    };
    let router = services(total).await;
    let asked = stream::unfold((), |()| async {
        tokio::time::sleep(Duration::from_millis(10)).await;
        Some((list(), ()))
    });
    let mut client = ServerReflectionClient::new(router);
    let answers = client
        .server_reflection_info(Box::pin(asked))
        .await
        .unwrap();
    let mut answers: Vec<_> = answers.into_inner().collect().await;
    let ended = answers.pop().unwrap().unwrap_err();
    assert_eq!(reason(&ended), "DEADLINE_EXCEEDED");
    assert!(!answers.is_empty() && answers.iter().all(Result::is_ok));
}

#[tokio::test]
async fn a_call_of_reflection_cannot_send_more_than_the_maximum_in_total() {
    let router = services(TIMEOUTS).await;
    let asked = stream::repeat_with(|| ServerReflectionRequest {
        host: "x".repeat(4000),
        ..list()
    });
    let mut client = ServerReflectionClient::new(router);
    let answers = client.server_reflection_info(asked).await.unwrap();
    let mut answers: Vec<_> = answers.into_inner().collect().await;
    let ended = answers.pop().unwrap().unwrap_err();
    assert_eq!(reason(&ended), "MESSAGE_TOO_LARGE");
    assert!(answers.len() <= 16, "{}", answers.len());
}

fn list() -> ServerReflectionRequest {
    ServerReflectionRequest {
        host: String::new(),
        message_request: Some(MessageRequest::ListServices(String::new())),
    }
}

#[tokio::test]
async fn the_longest_regular_response_fits() {
    let mut client = ServerReflectionClient::new(services(TIMEOUTS).await);
    let asked = [
        "waba.migration.v1.MigrationService",
        "grpc.health.v1.Health",
        "grpc.reflection.v1.ServerReflection",
    ];
    let asked = asked.map(|symbol| ServerReflectionRequest {
        message_request: Some(MessageRequest::FileContainingSymbol(symbol.to_owned())),
        ..list()
    });
    let answers = client.server_reflection_info(stream::iter(asked)).await;
    let answers: Vec<_> = answers.unwrap().into_inner().collect().await;
    assert_eq!(answers.len(), 3);
    assert!(answers.iter().all(Result::is_ok), "{answers:?}");
}

#[tokio::test]
async fn calls_beyond_the_limit_are_refused_at_once_and_a_permit_is_free_when_its_call_ends() {
    let router = services(TIMEOUTS).await;
    let open = async |path| call(&router, request(path, vec![], false)).await;
    let mut lasting = Vec::new();
    for _ in 0..MAX_REFLECTIONS_PER_CONNECTION {
        lasting.push(open(REFLECT).await);
    }
    for path in [REFLECT, REFLECT_OLD] {
        let refused = end(open(path).await).await;
        assert_eq!(reason(&refused), "TOO_MANY_STREAMS");
        assert!(refused.get_details_retry_info().is_some());
    }
    // Health has limits of its own.
    let check = || call(&router, request(CHECK, vec![prefix(0)], true));
    assert_eq!(end(check().await).await.code(), tonic::Code::Ok);
    let mut watches = Vec::new();
    for _ in 0..MAX_WATCHES_PER_CONNECTION {
        watches.push(call(&router, request(WATCH, vec![prefix(0)], true)).await);
    }
    let refused = end(call(&router, request(WATCH, vec![prefix(0)], true)).await).await;
    assert_eq!(reason(&refused), "TOO_MANY_STREAMS");
    assert_eq!(end(check().await).await.code(), tonic::Code::Ok);
    lasting.clear();
    watches.clear();
    // The request body is dropped a moment after the response.
    let again = async {
        while Status::from_header_map(open(REFLECT).await.headers()).is_some() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), again)
        .await
        .expect("its permit is not free again");
    let again = call(&router, request(WATCH, vec![prefix(0)], true)).await;
    assert!(Status::from_header_map(again.headers()).is_none());
}

#[tokio::test]
async fn reflection_can_be_disabled() {
    let health = HealthStatus::serving().await;
    let limits = ApiLimits {
        reflection: false,
        ..Config::defaults().server.api
    };
    let router = routes(&health, limits).unwrap();
    let answer = call(&router, request(REFLECT, vec![], true)).await;
    assert_eq!(
        answer.status(),
        axum::http::StatusCode::NOT_FOUND,
        "there is no such route"
    );
    let checked = call(&router, request(CHECK, vec![prefix(0)], true)).await;
    assert_eq!(end(checked).await.code(), tonic::Code::Ok);
}
