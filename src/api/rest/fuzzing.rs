//! Entry points for fuzzing: what becomes of whatever a caller may send to the REST endpoints.

use std::error::Error as _;
use std::pin::Pin;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::task::{Context, Poll};

use axum::Router;
use axum::body::{Body, Bytes, HttpBody, to_bytes};
use axum::http::{HeaderMap, HeaderValue, Request, Response, Uri, header};
use axum::routing::any;
use futures_util::FutureExt as _;
use hyper::body::Frame;
use prost::Message as _;
use tokio::runtime::{Builder, Runtime};
use tonic::{Code, Status};

use super::decode::{self, Asked};
use super::headers::{IDEMPOTENCY_KEY, LAST_EVENT_ID, PREFER};
use super::{Pages, grpc_call, routes};
use crate::api::Limits;
use crate::api::contract::Contract;
use crate::proto::v1;

/// What the service behind the REST endpoints answers.
#[derive(Debug, Clone, Default)]
pub struct Told {
    /// The events of a stream: their sequences and their texts.
    pub events: Vec<(i64, String)>,
    /// The gRPC code that it ends with.
    pub code: i32,
}

/// What came of a request.
#[derive(Debug)]
pub struct Exchanged {
    /// The answer.
    pub answer: Response<Bytes>,
    /// The message that the service behind was sent, if it was sent one.
    pub passed: Option<Vec<u8>>,
}

impl Exchanged {
    /// The sequence after which the service behind was asked for events, where it was asked to watch.
    #[must_use]
    pub fn after_sequence(&self) -> Option<i64> {
        let message = self.passed.as_deref()?;
        let asked = v1::WatchRequest::decode(message).ok()?;
        Some(asked.after_sequence)
    }
}

/// The service behind: what it answers, and what it was sent.
type Behind = Arc<Mutex<(Told, Option<Vec<u8>>)>>;

/// Has the REST endpoints answer a request, where the service behind them answers `told`.
#[must_use]
pub fn exchange(request: Request<Vec<u8>>, told: Told) -> Option<Exchanged> {
    static PARTS: OnceLock<Option<(Runtime, Router, Behind)>> = OnceLock::new();
    let parts = PARTS.get_or_init(|| {
        let behind = Behind::default();
        let answering = Arc::clone(&behind);
        let service = move |request| answered(Arc::clone(&answering), request);
        let grpc = Router::new().fallback(any(service));
        let router = routes::routes(grpc, Limits::default(), Pages::default()).ok()?;
        let runtime = Builder::new_current_thread().enable_time().build().ok()?;
        Some((runtime, router, behind))
    });
    let (runtime, router, behind) = parts.as_ref()?;
    *behind.lock().unwrap_or_else(PoisonError::into_inner) = (told, None);
    let service = grpc_call::Inner::new(router.clone());
    let answer = runtime.block_on(async {
        let answer = service.pass(request.map(Body::from)).await;
        let (parts, body) = answer.into_parts();
        let body = to_bytes(body, usize::MAX).await.ok()?;
        Some(Response::from_parts(parts, body))
    })?;
    let passed = behind
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .1
        .take();
    Some(Exchanged { answer, passed })
}

/// Answers as the gRPC service does: a message that cannot be read with its own status.
async fn answered(behind: Behind, request: Request<Body>) -> Response<Body> {
    let message = match to_bytes(request.into_body(), usize::MAX).await {
        Ok(framed) => framed.get(grpc_call::PREFIX..).unwrap_or_default().to_vec(),
        Err(error) => {
            let source = error.source().and_then(|source| source.downcast_ref());
            let status: Status = source.cloned().unwrap_or_else(grpc_call::broken);
            return status.into_http();
        }
    };
    let mut behind = behind.lock().unwrap_or_else(PoisonError::into_inner);
    behind.1 = Some(message);
    let framed = behind.0.events.iter().filter_map(|(sequence, text)| {
        let event = v1::Event {
            sequence: *sequence,
            message: text.clone(),
            ..v1::Event::default()
        };
        let message = v1::WatchResponse { event: Some(event) };
        grpc_call::framed(&message.encode_to_vec()).ok()
    });
    let end = Status::new(Code::from_i32(behind.0.code), "the end");
    Response::new(Body::new(Script {
        messages: framed.collect::<Vec<_>>().concat().into(),
        end: end.into_http::<()>().headers().clone().into(),
    }))
}

/// A body of messages, and then of trailers.
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

/// The message that a request stands for. Its path, and the headers that say something of it, hold what the query does.
pub(in crate::api) fn message(rpc: usize, query: &str, body: &[u8]) -> Result<Vec<u8>, Status> {
    static CONTRACT: OnceLock<Option<Contract>> = OnceLock::new();
    let contract = CONTRACT.get_or_init(|| Contract::read().ok()).as_ref();
    let damaged = || Status::internal("the contract is damaged");
    let rpcs = &contract.ok_or_else(damaged)?.rpcs;
    let rpc = rpcs.get(rpc).ok_or_else(damaged)?;
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
    let asked = Asked {
        path: rpc
            .in_path()
            .map(|name| (name.to_owned(), query.to_owned()))
            .collect(),
        uri: format!("/?{query}").parse::<Uri>().unwrap_or_default(),
        headers,
        body: Body::from(body.to_vec()),
    };
    let read = decode::read(rpc, asked, Limits::default()).now_or_never();
    read.ok_or_else(damaged)?
}
