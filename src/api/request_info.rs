//! Adds a `RequestInfo` with the trace id to every error of a gRPC response, wherever it comes
//! from: of an RPC, of the admission, of tonic, or of the end of a stream.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use axum::body::{Body, HttpBody};
use axum::response::Response;
use hyper::body::{Bytes, Frame, SizeHint};
use tonic::{Code, Status};
use tonic_types::StatusExt as _;

use super::status;

/// A body whose trailers get the `RequestInfo`, if they carry an error.
struct IdentifiedBody {
    body: Body,
    trace_id: String,
}

/// The error with a `RequestInfo`, unless it has one.
pub(super) fn add(status: &Status, trace_id: &str) -> Status {
    let mut details = status.get_error_details();
    if details.request_info().is_some() {
        return status.clone();
    }
    details.set_request_info(trace_id, "");
    let (message, metadata) = (status.message(), status.metadata().clone());
    Status::with_error_details_and_metadata(status.code(), message, details, metadata)
}

/// The gRPC response, with the trace id in its error.
pub(super) fn identify(response: Response, trace_id: &str) -> Response {
    let trace_id = trace_id.to_owned();
    match status::in_headers(&response) {
        Some(status) if status.code() != Code::Ok => {
            let status = add(&status, &trace_id);
            let (mut parts, body) = response.into_parts();
            // A status of this API always fits in headers.
            let _ = status.add_header(&mut parts.headers);
            parts.extensions.insert(status);
            Response::from_parts(parts, body)
        }
        _ => response.map(|body| Body::new(IdentifiedBody { body, trace_id })),
    }
}

impl HttpBody for IdentifiedBody {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let frame = ready!(Pin::new(&mut self.body).poll_frame(cx));
        Poll::Ready(frame.map(|frame| frame.map(|frame| self.identified(frame))))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl IdentifiedBody {
    fn identified(&self, mut frame: Frame<Bytes>) -> Frame<Bytes> {
        if let Some(trailers) = frame.trailers_mut()
            && let Some(status) = Status::from_header_map(trailers)
            && status.code() != Code::Ok
        {
            let _ = add(&status, &self.trace_id).add_header(trailers);
        }
        frame
    }
}
