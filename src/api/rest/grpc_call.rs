//! Calls the gRPC router in the same process, with requests as they would arrive over the network.

use std::future::poll_fn;
use std::pin::Pin;

use axum::Router;
use axum::body::{Body, Bytes, HttpBody as _};
use axum::http::{Extensions, HeaderMap, HeaderName, HeaderValue, Request, header};
use axum::response::Response;
use futures_util::stream;
use hyper::service::Service as _;
use hyper_util::service::TowerToHyperService;
use prost::bytes::{Buf as _, BufMut as _, BytesMut};
use tonic::{Code, Status};

use super::headers;
use crate::api::Reason;
use crate::api::call_context::CallContext;
use crate::api::contract::Rpc;
use crate::api::docs_links::DocsLinks;
use crate::api::etag::EntityTag;
use crate::api::status::{self, StatusBuilder};
use crate::auth::{InFlightGuard, ReadSlot};
use crate::http_server::Peer;

/// The headers that are passed on, since they mean the same over gRPC.
const PASSED_ON: [HeaderName; 5] = [
    header::AUTHORIZATION,
    headers::API_KEY,
    headers::TRACEPARENT,
    headers::TRACESTATE,
    header::USER_AGENT,
];
/// Length of the prefix of each gRPC message, in bytes: the compression flag and the length.
pub(super) const PREFIX: usize = 5;

/// The gRPC router. Cheap to clone.
#[derive(Debug, Clone)]
pub(super) struct GrpcRouter(TowerToHyperService<Router>);

/// The messages of a gRPC response, and how it ended.
#[derive(Debug)]
pub(super) struct Messages {
    /// Counts the response as in flight for its tenant: it is kept until the REST response was
    /// sent.
    pub(super) counted: Option<InFlightGuard>,
    /// The entity tag in the message, if it has one.
    pub(super) etag: Option<EntityTag>,
    /// Is released when all messages have been read.
    _turn: Option<ReadSlot>,
    body: Body,
    buffer: BytesMut,
    /// The status, once known.
    end: Option<Status>,
}

impl GrpcRouter {
    pub(super) fn new(grpc: Router) -> Self {
        Self(TowerToHyperService::new(grpc.with_state(())))
    }

    /// Passes on a gRPC request.
    pub(super) async fn pass(&self, request: Request<Body>) -> Response {
        match self.0.call(request).await {
            Ok(response) => response,
            Err(never) => match never {},
        }
    }

    /// Calls an RPC. The message is the body of the call, so it is read only after the caller was
    /// authenticated, and within the time limit of a call. An error in it comes back as the status.
    pub(super) async fn call(
        &self,
        rpc: &Rpc,
        rest_headers: &HeaderMap,
        extensions: &Extensions,
        message: impl Future<Output = Result<Vec<u8>, Status>> + Send + 'static,
    ) -> Messages {
        let framed = async move { framed(&message.await?) };
        let mut request = Request::new(Body::from_stream(stream::once(framed)));
        *request.method_mut() = axum::http::Method::POST;
        *request.uri_mut() = rpc.grpc.clone();
        let headers = request.headers_mut();
        headers.insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/grpc"),
        );
        for name in PASSED_ON {
            for value in rest_headers.get_all(&name) {
                headers.append(&name, value.clone());
            }
        }
        if let Some(peer) = extensions.get::<Peer>() {
            request.extensions_mut().insert(peer.clone());
        }
        let context = CallContext::of(extensions);
        request.extensions_mut().insert(context);
        let links = DocsLinks::of(extensions);
        request.extensions_mut().insert(links);
        let response = self.pass(request).await;
        let end = status::in_headers(&response);
        let (mut parts, body) = response.into_parts();
        Messages {
            counted: parts.extensions.remove(),
            etag: parts.extensions.remove(),
            _turn: parts.extensions.remove(),
            body,
            buffer: BytesMut::new(),
            end,
        }
    }
}

impl Messages {
    /// The next message. `None` after the last one of a call that succeeded.
    pub(super) async fn next(&mut self) -> Option<Result<Bytes, Status>> {
        loop {
            if let Some(message) = self.buffered() {
                return Some(Ok(message));
            }
            if let Some(end) = self.end.take() {
                self.body = Body::empty();
                self.end = Some(Status::ok(""));
                return (end.code() != Code::Ok).then_some(Err(end));
            }
            let frame = poll_fn(|cx| Pin::new(&mut self.body).poll_frame(cx)).await;
            match frame.map(|frame| frame.map(hyper::body::Frame::into_data)) {
                Some(Ok(Ok(data))) => self.buffer.extend_from_slice(&data),
                Some(Ok(Err(other))) => {
                    let trailers = other.into_trailers().unwrap_or_default();
                    self.end = Status::from_header_map(&trailers);
                }
                // The response broke off.
                Some(Err(_)) | None => self.end = Some(broken()),
            }
        }
    }

    /// The next message, if all of it is in the buffer.
    fn buffered(&mut self) -> Option<Bytes> {
        let length = self.buffer.get(1..PREFIX)?.try_into().ok()?;
        let length = usize::try_from(u32::from_be_bytes(length)).ok()?;
        if self.buffer.len() < PREFIX + length {
            return None;
        }
        self.buffer.advance(PREFIX);
        Some(self.buffer.split_to(length).freeze())
    }
}

/// A message with its prefix.
pub(super) fn framed(message: &[u8]) -> Result<Bytes, Status> {
    let length = u32::try_from(message.len()).map_err(|_| broken())?;
    let mut framed = BytesMut::with_capacity(PREFIX + message.len());
    framed.put_u8(0);
    framed.put_u32(length);
    framed.extend_from_slice(message);
    Ok(framed.freeze())
}

/// The status where the gRPC router violates its own protocol.
pub(super) fn broken() -> Status {
    tracing::error!("the gRPC response to a REST call is invalid");
    StatusBuilder::new(Reason::Internal).build()
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use super::*;

    #[tokio::test]
    async fn messages_are_read_from_pieces_of_any_size_and_a_cut_is_an_error() {
        let sent = [
            framed(b"one").unwrap(),
            framed(b"").unwrap(),
            framed(b"three").unwrap(),
        ];
        for size in [1, 2, 7, 100] {
            let whole = sent.concat();
            let pieces: Vec<_> = whole
                .chunks(size)
                .map(|piece| Ok::<_, Infallible>(Bytes::copy_from_slice(piece)))
                .collect();
            let mut messages = Messages {
                counted: None,
                etag: None,
                _turn: None,
                body: Body::from_stream(stream::iter(pieces)),
                buffer: BytesMut::new(),
                end: None,
            };
            for expected in ["one", "", "three"] {
                assert_eq!(messages.next().await.unwrap().unwrap(), expected);
            }
            let cut = messages.next().await.unwrap().unwrap_err();
            assert_eq!(cut.code(), Code::Internal);
            assert!(messages.next().await.is_none());
        }
    }
}
