//! One span an RPC, in OpenTelemetry's words. No field of a request is in it but the migration's id;
//! of the caller, its tenant and by what name it was let in.
//!
//! The span of a stream ends when the stream has begun: a stream can last for days.

use axum::extract::Request;
use axum::middleware::Next;
use axum::response::Response;
use tonic::Code;
use tracing::Instrument as _;
use tracing::field::Empty;

use super::{access, status};
use crate::telemetry::{metrics, trace};
use crate::util::clock::Stopwatch;

/// A method of a longer name is none of ours, and would only fill the record.
const LONGEST_METHOD: usize = 100;

/// Puts a span around a request.
pub(super) async fn around(request: Request, next: Next) -> Response {
    let path = request.uri().path();
    let method = path.strip_prefix('/').unwrap_or(path);
    let known = method.len() <= LONGEST_METHOD;
    let (rpc, watch) = (access::name(access::asked_for(path)), Stopwatch::start());
    // At the level of errors, so that whatever is logged within it says of which trace it is.
    let span = tracing::error_span!(
        "rpc",
        // Strangers cannot make names up.
        otel.name = if rpc == access::OTHER { rpc } else { method },
        otel.kind = "server",
        otel.status_code = Empty,
        rpc.system.name = "grpc",
        rpc.method = if known { method } else { access::OTHER },
        rpc.response.status_code = Empty,
        error.r#type = Empty,
        tenant.id = Empty,
        principal = Empty,
        migration.id = Empty,
    );
    let answered = span.clone();
    async move {
        let response = next.run(request).await;
        // That of an authenticated caller has begun already.
        trace::begin(&answered, None);
        // A response without a status in its headers has begun well.
        let status = status::in_headers(&response).map_or(Code::Ok, |status| status.code());
        let code = status::code_name(status);
        answered.record("rpc.response.status_code", code);
        if is_ours(status) {
            answered.record("otel.status_code", "ERROR");
            answered.record("error.type", code);
        }
        let took = watch.elapsed();
        metrics::rpc(rpc, code, took);
        let took_ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
        // What reads comes in its thousands, what is refused has its line in the audit, and what fails for our own sake where
        // that was noticed.
        if status == Code::Ok && access::changes(rpc) {
            tracing::info!(took_ms, "answered {code}");
        } else {
            tracing::debug!(took_ms, "answered {code}");
        }
        response
    }
    .instrument(span)
    .await
}

/// Whether a call that was answered like this failed for our own sake, as OpenTelemetry tells it.
const fn is_ours(code: Code) -> bool {
    matches!(
        code,
        Code::Unknown
            | Code::DeadlineExceeded
            | Code::Unimplemented
            | Code::Internal
            | Code::Unavailable
            | Code::DataLoss
    )
}
