//! Entry points for fuzzing REST with untrusted input.

use std::error::Error as _;
use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes, HttpBody, to_bytes};
use axum::http::{HeaderMap, HeaderValue, Request, Response, Uri, header};
use axum::routing::any;
use futures_util::FutureExt as _;
use hyper::body::Frame;
use parking_lot::Mutex;
use prost::Message as _;
use tokio::runtime::{Builder, Runtime};
use tonic::{Code, Status};

use super::decode::{self, RestRequest};
use super::headers::{IDEMPOTENCY_KEY, LAST_EVENT_ID, PREFER};
use super::{OriginPolicy, grpc_call, routes};
use crate::api::ApiLimits;
use crate::api::contract::Contract;
use crate::proto::v1;

/// The default limits.
const LIMITS: ApiLimits = ApiLimits {
    max_message_bytes: 64 * 1024,
    request_timeout: Duration::from_secs(90),
    reflection: true,
    max_connections: 1024,
};

/// The response of the gRPC service behind REST.
#[derive(Debug, Clone, Default)]
pub struct GrpcResponse {
    /// The events of a stream: their sequences and their texts.
    pub events: Vec<(i64, String)>,
    /// The gRPC status code at the end.
    pub code: i32,
}

/// The outcome of a REST request.
#[derive(Debug)]
pub struct Exchanged {
    /// The response.
    pub answer: Response<Bytes>,
    /// The message that reached the gRPC service, if any.
    pub passed: Option<Vec<u8>>,
}

impl Exchanged {
    /// `after_sequence` of the message, if it is a request of Watch.
    #[must_use]
    pub fn after_sequence(&self) -> Option<i64> {
        let message = self.passed.as_deref()?;
        let request = v1::WatchRequest::decode(message).ok()?;
        Some(request.after_sequence)
    }
}

/// The gRPC service: its response, and the message that it received.
type GrpcService = Arc<Mutex<(GrpcResponse, Option<Vec<u8>>)>>;

/// Sends a request to REST, where the gRPC service behind it returns `response`.
#[must_use]
pub fn exchange(request: Request<Vec<u8>>, response: GrpcResponse) -> Option<Exchanged> {
    static PARTS: OnceLock<Option<(Runtime, Router, GrpcService)>> = OnceLock::new();
    let parts = PARTS.get_or_init(|| {
        let service = GrpcService::default();
        let shared = Arc::clone(&service);
        let handler = move |request| answered(Arc::clone(&shared), request);
        let grpc = Router::new().fallback(any(handler));
        let router = routes::routes(grpc, LIMITS, OriginPolicy::default()).ok()?;
        let runtime = Builder::new_current_thread().enable_time().build().ok()?;
        Some((runtime, router, service))
    });
    let (runtime, router, service) = parts.as_ref()?;
    *service.lock() = (response, None);
    let rest = grpc_call::GrpcRouter::new(router.clone());
    let answer = runtime.block_on(async {
        let answer = rest.pass(request.map(Body::from)).await;
        let (parts, body) = answer.into_parts();
        let body = to_bytes(body, usize::MAX).await.ok()?;
        Some(Response::from_parts(parts, body))
    })?;
    let passed = service.lock().1.take();
    Some(Exchanged { answer, passed })
}

/// The gRPC service. A message that fails while it is read gives its own status.
async fn answered(service: GrpcService, request: Request<Body>) -> Response<Body> {
    let message = match to_bytes(request.into_body(), usize::MAX).await {
        Ok(framed) => framed.get(grpc_call::PREFIX..).unwrap_or_default().to_vec(),
        Err(error) => {
            let source = error.source().and_then(|source| source.downcast_ref());
            let status: Status = source.cloned().unwrap_or_else(grpc_call::broken);
            return status.into_http();
        }
    };
    let mut service = service.lock();
    service.1 = Some(message);
    let framed = service.0.events.iter().filter_map(|(sequence, text)| {
        let event = v1::Event {
            sequence: *sequence,
            message: text.clone(),
            ..v1::Event::default()
        };
        let message = v1::WatchResponse { event: Some(event) };
        grpc_call::framed(&message.encode_to_vec()).ok()
    });
    let end = Status::new(Code::from_i32(service.0.code), "the end");
    Response::new(Body::new(Script {
        messages: framed.collect::<Vec<_>>().concat().into(),
        end: end.into_http::<()>().headers().clone().into(),
    }))
}

/// A body of messages followed by trailers.
struct Script {
    messages: Bytes,
    end: Option<HeaderMap>,
}

impl HttpBody for Script {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        let messages = std::mem::take(&mut self.messages);
        if !messages.is_empty() {
            return Poll::Ready(Some(Ok(Frame::data(messages))));
        }
        Poll::Ready(self.end.take().map(|end| Ok(Frame::trailers(end))))
    }
}

/// The message of a request whose path and headers have the content of the query.
pub(in crate::api) fn message(rpc: usize, query: &str, body: &[u8]) -> Result<Vec<u8>, Status> {
    static CONTRACT: OnceLock<Option<Contract>> = OnceLock::new();
    let contract = CONTRACT.get_or_init(|| Contract::read().ok()).as_ref();
    let unreadable = || Status::internal("the contract cannot be read");
    let rpcs = &contract.ok_or_else(unreadable)?.rpcs;
    let rpc = rpcs.get(rpc).ok_or_else(unreadable)?;
    let mut headers = HeaderMap::new();
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/json"),
    );
    if let Ok(value) = HeaderValue::from_str(query) {
        for name in [IDEMPOTENCY_KEY, LAST_EVENT_ID, PREFER] {
            headers.insert(name, value.clone());
        }
    }
    let request = RestRequest {
        path: rpc
            .path_fields()
            .map(|name| (name.to_owned(), query.to_owned()))
            .collect(),
        uri: format!("/?{query}").parse::<Uri>().unwrap_or_default(),
        headers,
        body: Body::from(body.to_vec()),
    };
    let names = OnceLock::new();
    let read = decode::message(rpc, request, LIMITS, &names).now_or_never();
    read.ok_or_else(unreadable)?
}
