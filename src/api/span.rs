//! One span per RPC, with OpenTelemetry's attribute names. Of the request it has the id of the
//! migration only, of the caller the tenant and the principal.
//!
//! The span of a stream ends when its response begins, since a stream can last for days.

use axum::extract::Request;
use axum::middleware::Next;
use axum::response::Response;
use tonic::Code;
use tracing::Instrument as _;
use tracing::field::Empty;

use super::{rpc, status};
use crate::telemetry::{metrics, trace};
use crate::util::clock::Stopwatch;

/// Maximum length of a method name in a span, in characters. No RPC of this service has a longer
/// one.
const MAX_METHOD_CHARS: usize = 100;

/// Runs the request in its span, and records its outcome.
pub(super) async fn around(request: Request, next: Next) -> Response {
    let path = request.uri().path();
    let method = path.strip_prefix('/').unwrap_or(path);
    let is_short = method.len() <= MAX_METHOD_CHARS;
    let (rpc, watch) = (rpc::name(rpc::at_path(path)), Stopwatch::start());
    // At the level ERROR, so that every line that is logged within it has its trace id.
    let span = tracing::error_span!(
        "rpc",
        // Untrusted clients must not create span names.
        otel.name = if rpc == rpc::OTHER { rpc } else { method },
        otel.kind = "server",
        otel.status_code = Empty,
        rpc.system.name = "grpc",
        rpc.method = if is_short { method } else { rpc::OTHER },
        rpc.response.status_code = Empty,
        error.r#type = Empty,
        tenant.id = Empty,
        principal = Empty,
        migration.id = Empty,
    );
    let outer = span.clone();
    async move {
        let response = next.run(request).await;
        // For an authenticated caller, this has been done already.
        trace::begin(&outer, None);
        // A response without a status in its headers has begun well.
        let status = status::in_headers(&response).map_or(Code::Ok, |status| status.code());
        let code = status::code_name(status);
        outer.record("rpc.response.status_code", code);
        if is_server_error(status) {
            outer.record("otel.status_code", "ERROR");
            outer.record("error.type", code);
        }
        let took = watch.elapsed();
        metrics::rpc(rpc, code, took);
        let took_ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
        // Reads are too frequent for this level, refusals are in the audit log, and server errors
        // are logged where they occur.
        if status == Code::Ok && rpc::changes(rpc) {
            tracing::info!(took_ms, "answered {code}");
        } else {
            tracing::debug!(took_ms, "answered {code}");
        }
        response
    }
    .instrument(span)
    .await
}

/// Whether the code is an error of the server, by OpenTelemetry's conventions.
const fn is_server_error(code: Code) -> bool {
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
