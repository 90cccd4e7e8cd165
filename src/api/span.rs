//! One span an RPC, in OpenTelemetry's words. No field of a request is in it but the migration's id;
//! of the caller, its tenant and by what name it was let in.
//!
//! The span of a stream ends when the stream has begun: a stream can last for days.

use axum::extract::Request;
use axum::middleware::Next;
use axum::response::Response;
use tonic::{Code, Status};
use tracing::Instrument as _;
use tracing::field::Empty;

use super::access;
use crate::clock::Stopwatch;
use crate::telemetry::metrics;

/// A method of a longer name is none of ours, and would only fill the record.
const LONGEST_METHOD: usize = 100;

/// Puts a span around a request.
pub(super) async fn trace(request: Request, next: Next) -> Response {
    let path = request.uri().path();
    let method = path.strip_prefix('/').unwrap_or(path);
    let known = method.len() <= LONGEST_METHOD;
    let span = tracing::info_span!(
        "rpc",
        rpc.system.name = "grpc",
        rpc.method = if known { method } else { "_OTHER" },
        rpc.response.status_code = Empty,
        tenant.id = Empty,
        principal = Empty,
        migration.id = Empty,
    );
    let answered = span.clone();
    let (rpc, watch) = (access::name(access::asked_for(path)), Stopwatch::start());
    async move {
        let response = next.run(request).await;
        // Without a status in the headers the RPC went well: it comes after the answer.
        let status = Status::from_header_map(response.headers());
        let code = name(status.map_or(Code::Ok, |status| status.code()));
        answered.record("rpc.response.status_code", code);
        metrics::rpc(rpc, code, watch.elapsed());
        tracing::debug!("answered {code}");
        response
    }
    .instrument(span)
    .await
}

/// The name of a status code in the gRPC specification.
const fn name(code: Code) -> &'static str {
    match code {
        Code::Ok => "OK",
        Code::Cancelled => "CANCELLED",
        Code::Unknown => "UNKNOWN",
        Code::InvalidArgument => "INVALID_ARGUMENT",
        Code::DeadlineExceeded => "DEADLINE_EXCEEDED",
        Code::NotFound => "NOT_FOUND",
        Code::AlreadyExists => "ALREADY_EXISTS",
        Code::PermissionDenied => "PERMISSION_DENIED",
        Code::ResourceExhausted => "RESOURCE_EXHAUSTED",
        Code::FailedPrecondition => "FAILED_PRECONDITION",
        Code::Aborted => "ABORTED",
        Code::OutOfRange => "OUT_OF_RANGE",
        Code::Unimplemented => "UNIMPLEMENTED",
        Code::Internal => "INTERNAL",
        Code::Unavailable => "UNAVAILABLE",
        Code::DataLoss => "DATA_LOSS",
        Code::Unauthenticated => "UNAUTHENTICATED",
    }
}
