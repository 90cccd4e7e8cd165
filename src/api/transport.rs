//! Errors of the transport: a request that tonic rejects by itself gets the same kind of error as
//! one that an RPC rejects.
//!
//! tonic answers such a request with a status without details. Statuses of the RPCs always have
//! details, so the two cannot be confused.

use axum::BoxError;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, header};
use axum::middleware::Next;
use axum::response::Response;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;
use tonic::{Code, Status};

use super::status::{self, RETRY_SOON, StatusBuilder};
use super::stream_end::{self, EndableBody};
use super::{ApiLimits, Reason, deadline};
use crate::http_server::Peer;

/// Enforces deadlines, and adds the details to statuses of tonic.
pub(super) async fn explain(
    State((limits, stopping)): State<(ApiLimits, CancellationToken)>,
    request: Request,
    next: Next,
) -> Response {
    let deadline = deadline::timeout(request.headers());
    let to_first_byte = deadline.map_or(limits.request_timeout, |deadline| {
        deadline.min(limits.request_timeout)
    });
    let peer = request.extensions().get::<Peer>().cloned();
    let early_end = stream_end::early_end(peer, deadline.map(sleep), stopping);
    let Ok(response) = timeout(to_first_byte, next.run(request)).await else {
        return explained(&Status::deadline_exceeded(""), limits).into_http();
    };
    match status::in_headers(&response) {
        Some(status) if status.code() != Code::Ok && status.details().is_empty() => {
            explained(&status, limits).into_http()
        }
        _ => response.map(|body| Body::new(EndableBody::new(body, early_end))),
    }
}

/// Answers gRPC requests for unknown services.
pub(super) async fn unknown(State(limits): State<ApiLimits>) -> Response {
    explained(&Status::unimplemented(""), limits).into_http()
}

/// The error of a request body where the process has no memory left for it: the reader of the body
/// answers with it.
#[must_use]
pub fn request_bytes_exhausted() -> BoxError {
    let status = StatusBuilder::new(Reason::TooManyRequestBytes).retry_after(RETRY_SOON);
    status.build().into()
}

/// The status in the error of a request body, if it is one of this API.
pub(super) fn status_of(error: axum::Error) -> Option<Status> {
    let status = Status::try_from_error(error.into()).ok()?;
    (!status.details().is_empty()).then_some(status)
}

/// Whether it is a gRPC request. A web page can send a form to this port, but this content type
/// only after a CORS preflight.
pub(super) fn is_grpc(headers: &HeaderMap) -> bool {
    headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.strip_prefix("application/grpc"))
        // Not grpc-web, which frames messages differently.
        .is_some_and(|rest| rest.is_empty() || rest.starts_with(['+', ';']))
}

/// The status with details, and with the code of the gRPC specification where tonic uses another.
fn explained(status: &Status, limits: ApiLimits) -> Status {
    let explained = match status.code() {
        Code::OutOfRange | Code::ResourceExhausted => StatusBuilder::new(Reason::MessageTooLarge)
            .metadata("max_message_bytes", &limits.max_message_bytes),
        Code::DeadlineExceeded => StatusBuilder::new(Reason::DeadlineExceeded),
        Code::Unimplemented => StatusBuilder::new(Reason::Unimplemented),
        // From the health service.
        Code::NotFound => StatusBuilder::new(Reason::ServiceUnknown),
        // The message has an unknown flag, or does not match the contract.
        Code::Internal | Code::InvalidArgument => StatusBuilder::new(Reason::MalformedMessage),
        // The client disconnected, or reset the stream.
        Code::Cancelled | Code::Unknown | Code::Unavailable => {
            StatusBuilder::new(Reason::MalformedMessage)
                .message("The message was not received completely.")
        }
        _ => {
            tracing::warn!(error = %status, "the transport refused a request");
            StatusBuilder::new(Reason::Internal)
        }
    };
    let mut explained = explained.build();
    *explained.metadata_mut() = status.metadata().clone();
    explained
}
