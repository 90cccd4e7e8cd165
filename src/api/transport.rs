//! What the transport refuses by itself: it gets the same kind of answer as what the RPCs refuse.
//!
//! tonic answers messages that it cannot take with a bare status. Here each of them gets its `ErrorInfo`. A bare status
//! is always tonic's: those of the RPCs carry details.

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
use super::stream_end::{Ends, Lasting};
use super::{Limits, Reason, deadline};
use crate::http_server::Peer;

/// Lets requests through for as long as they may take, and explains bare statuses on their way back.
pub(super) async fn explain(
    State((limits, stopping)): State<(Limits, CancellationToken)>,
    request: Request,
    next: Next,
) -> Response {
    let patience = deadline::patience(request.headers());
    let longest = limits.request_timeout;
    let deadline = patience.map_or(longest, |patience| patience.min(longest));
    let ends = Ends {
        peer: request.extensions().get::<Peer>().cloned(),
        patience: patience.map(sleep),
        stopping,
    };
    let Ok(response) = timeout(deadline, next.run(request)).await else {
        return explained(&Status::deadline_exceeded(""), limits).into_http();
    };
    match status::in_headers(&response) {
        Some(status) if status.code() != Code::Ok && status.details().is_empty() => {
            explained(&status, limits).into_http()
        }
        _ => response.map(|body| Body::new(Lasting::new(body, ends.word()))),
    }
}

/// Answers what no service here answers.
pub(super) async fn unknown(State(limits): State<Limits>) -> Response {
    explained(&Status::unimplemented(""), limits).into_http()
}

/// The error of a request body for which the process has no room: what reads the body answers with it.
#[must_use]
pub fn no_room() -> BoxError {
    let answer = StatusBuilder::new(Reason::TooManyRequestBytes).retry_after(RETRY_SOON);
    answer.build().into()
}

/// The status that the error of a request body is, where it is one of ours.
pub(super) fn status_of(error: axum::Error) -> Option<Status> {
    let status = Status::try_from_error(error.into()).ok()?;
    (!status.details().is_empty()).then_some(status)
}

/// Whether it is a gRPC request: a web page can send any form to this port, but not this content type without being asked first.
pub(super) fn is_grpc(headers: &HeaderMap) -> bool {
    headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.strip_prefix("application/grpc"))
        // Not grpc-web, whose messages are framed in another way.
        .is_some_and(|rest| rest.is_empty() || rest.starts_with(['+', ';']))
}

/// The same status with an `ErrorInfo`, and the code that the gRPC specification has for it where tonic's is another.
fn explained(status: &Status, limits: Limits) -> Status {
    let answer = match status.code() {
        Code::OutOfRange | Code::ResourceExhausted => StatusBuilder::new(Reason::MessageTooLarge)
            .metadata("max_message_bytes", &limits.max_message_bytes),
        Code::DeadlineExceeded => StatusBuilder::new(Reason::DeadlineExceeded),
        Code::Unimplemented => StatusBuilder::new(Reason::Unimplemented),
        // Of the health service.
        Code::NotFound => StatusBuilder::new(Reason::ServiceUnknown),
        // A message that is cut off, has an unknown flag or is not what the contract says.
        Code::Internal | Code::InvalidArgument => StatusBuilder::new(Reason::MalformedMessage),
        _ => {
            tracing::warn!(error = %status, "the transport refused a request");
            StatusBuilder::new(Reason::Internal)
        }
    };
    let mut explained = answer.build();
    *explained.metadata_mut() = status.metadata().clone();
    explained
}
