//! One span per request, with OpenTelemetry's attribute names: of HTTP for REST, of RPCs for gRPC.
//! Of the request it has the id of the migration only, of the caller the tenant and the principal.
//!
//! The span of a stream ends when its response begins, since a stream can last for days.

use std::fmt;
use std::sync::LazyLock;
use std::time::Duration;

use axum::extract::{MatchedPath, Request};
use axum::http::{HeaderName, HeaderValue, Method, StatusCode};
use axum::middleware::Next;
use axum::response::Response;
use parking_lot::Mutex;
use tonic::Code;
use tracing::field::{Empty, display};
use tracing::{Instrument as _, Span};

use super::call_context::{Audited, CallContext, CalledRpc};
use super::{request_info, rpc, status, transport};
use crate::http_server::Peer;
use crate::telemetry::{metrics, trace};
use crate::util::clock::Stopwatch;
use crate::util::rate_limit::RateLimit;

/// The header of every response with the trace id.
pub(super) const TRACE_ID: HeaderName = HeaderName::from_static("x-trace-id");

/// Maximum length of a method name in a span, in characters. No RPC of this service has a longer
/// one.
const MAX_METHOD_CHARS: usize = 100;
/// The method of an HTTP request with an unknown one, by OpenTelemetry's conventions.
const OTHER_METHOD: &str = "_OTHER";
/// Maximum lines about failed requests within [`WINDOW`], besides those of the audit log. Two
/// limits, so that no client hides failures of the service.
const FAILURES: u32 = 100;
const WINDOW: Duration = Duration::from_secs(10);

type FailureLines = LazyLock<Mutex<RateLimit>>;

static CLIENT_ERRORS: FailureLines = LazyLock::new(|| Mutex::new(RateLimit::new(FAILURES, WINDOW)));
static SERVER_ERRORS: FailureLines = LazyLock::new(|| Mutex::new(RateLimit::new(FAILURES, WINDOW)));

/// How a request ended, or its stream began.
#[derive(Debug, Clone, Copy)]
enum Outcome {
    Grpc(Code),
    Http(StatusCode),
}

/// Runs the request in its span, records its outcome, and adds the trace id to the response.
pub(super) async fn around(mut request: Request, next: Next) -> Response {
    let watch = Stopwatch::start();
    let is_grpc = transport::is_grpc(request.headers());
    let span = if is_grpc {
        of_grpc(&request)
    } else {
        of_http(&request)
    };
    let context = CallContext::default();
    // At once where nothing can continue another trace, so that every line has the trace id.
    if !trace::may_continue(request.headers()) {
        context.trace.begin(&span, None);
    }
    request.extensions_mut().insert(context.clone());
    let outer = span.clone();
    async move {
        let mut response = next.run(request).await;
        // For an authenticated caller, this has been done already.
        let trace_id = context.trace.begin(&outer, None);
        if let Ok(id) = HeaderValue::try_from(trace_id) {
            response.headers_mut().insert(TRACE_ID, id);
        }
        let outcome = if is_grpc {
            // A response without a status in its headers has begun well.
            let status = status::in_headers(&response);
            Outcome::Grpc(status.map_or(Code::Ok, |status| status.code()))
        } else {
            Outcome::Http(response.status())
        };
        outcome.record(&outer);
        outcome.log(context.rpc(), watch.elapsed());
        response
    }
    .instrument(span)
    .await
}

/// Measures an RPC, called over either transport, and adds the trace id to its error.
pub(super) async fn measured(request: Request, next: Next) -> Response {
    let name = rpc::name(rpc::at_path(request.uri().path()));
    let (context, watch) = (CallContext::of(request.extensions()), Stopwatch::start());
    let response = next.run(request).await;
    // A response without a status in its headers has begun well.
    let status = status::in_headers(&response).map_or(Code::Ok, |status| status.code());
    metrics::rpc(name, status::code_name(status), watch.elapsed());
    context.answered(CalledRpc {
        name,
        is_audited: response.extensions().get::<Audited>().is_some(),
    });
    request_info::identify(response, &context.trace_id())
}

// Both spans are at the level ERROR, so that every line that is logged within has the trace id.

fn of_grpc(request: &Request) -> Span {
    let path = request.uri().path();
    let method = path.strip_prefix('/').unwrap_or(path);
    let rpc = rpc::name(rpc::at_path(path));
    let is_short = method.len() <= MAX_METHOD_CHARS;
    tracing::error_span!(
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
    )
}

/// Without the path and the query, which can hold whatever a client wrote there.
fn of_http(request: &Request) -> Span {
    let method = known(request.method());
    let route = request.extensions().get::<MatchedPath>();
    let route = route.map(MatchedPath::as_str);
    let peer = request.extensions().get::<Peer>();
    let name = match (method, route) {
        (OTHER_METHOD, _) => "HTTP".to_owned(),
        (method, Some(route)) => format!("{method} {route}"),
        (method, None) => method.to_owned(),
    };
    tracing::error_span!(
        "http",
        otel.name = name,
        otel.kind = "server",
        otel.status_code = Empty,
        http.request.method = method,
        http.route = route,
        http.response.status_code = Empty,
        url.scheme = peer.map_or("http", Peer::scheme),
        error.r#type = Empty,
        tenant.id = Empty,
        principal = Empty,
        migration.id = Empty,
    )
}

/// The name of an HTTP method. An unknown one is untrusted input.
fn known(method: &Method) -> &str {
    let is_known = [
        Method::GET,
        Method::HEAD,
        Method::POST,
        Method::PUT,
        Method::PATCH,
        Method::DELETE,
        Method::OPTIONS,
        Method::TRACE,
        Method::CONNECT,
    ]
    .contains(method);
    if is_known {
        method.as_str()
    } else {
        OTHER_METHOD
    }
}

impl Outcome {
    const fn is_server_error(self) -> bool {
        match self {
            // By OpenTelemetry's conventions.
            Self::Grpc(code) => matches!(
                code,
                Code::Unknown
                    | Code::DeadlineExceeded
                    | Code::Unimplemented
                    | Code::Internal
                    | Code::Unavailable
                    | Code::DataLoss
            ),
            Self::Http(status) => status.as_u16() >= 500,
        }
    }

    fn is_failure(self) -> bool {
        match self {
            Self::Grpc(code) => code != Code::Ok,
            Self::Http(status) => status.as_u16() >= 400,
        }
    }

    fn record(self, span: &Span) {
        match self {
            Self::Grpc(code) => {
                span.record("rpc.response.status_code", status::code_name(code));
            }
            Self::Http(status) => {
                span.record("http.response.status_code", status.as_u16());
            }
        }
        if self.is_server_error() {
            span.record("otel.status_code", "ERROR");
            span.record("error.type", display(self));
        }
    }

    /// Logs one line. Reads are too frequent for the level `info`. What the audit log has is not
    /// repeated; every other failure has a line here, so that its trace id can be found.
    fn log(self, rpc: Option<CalledRpc>, took: Duration) {
        let took_ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
        let is_audited = rpc.is_some_and(|rpc| rpc.is_audited);
        let changes = rpc.is_some_and(|rpc| rpc::changes(rpc.name));
        if self.is_failure() && !is_audited {
            let limit = if self.is_server_error() {
                &SERVER_ERRORS
            } else {
                &CLIENT_ERRORS
            };
            if let Some(suppressed) = limit.lock().admit() {
                tracing::info!(took_ms, suppressed, "answered {self}");
            }
        } else if changes && !self.is_failure() {
            tracing::info!(took_ms, "answered {self}");
        } else {
            tracing::debug!(took_ms, "answered {self}");
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Grpc(code) => f.write_str(status::code_name(*code)),
            Self::Http(status) => f.write_str(status.as_str()),
        }
    }
}
