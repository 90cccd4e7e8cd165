//! The W3C trace context of a request, and of a span.

use std::collections::HashMap;
use std::sync::{Arc, OnceLock};

use axum::http::HeaderMap;
use opentelemetry::Context;
use opentelemetry::propagation::TextMapPropagator as _;
use opentelemetry::trace::{
    SpanContext, SpanId, TraceContextExt as _, TraceFlags, TraceId, TraceState,
};
use opentelemetry_http::HeaderExtractor;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use tracing::{Dispatch, Span};
use tracing_opentelemetry::OpenTelemetrySpanExt as _;
use tracing_subscriber::Registry;
use tracing_subscriber::registry::{Extensions, LookupSpan as _};

use crate::util::{clock, random};

const TRACEPARENT: &str = "traceparent";

/// The context of a span, kept in its extensions: that of a request or a step.
#[derive(Debug, Clone)]
struct SpanTraceContext(SpanContext);

/// The trace of one request. It exists whatever is logged, sampled or exported. Cheap to clone;
/// clones share it.
#[derive(Debug, Clone, Default)]
pub struct RequestTrace(Arc<OnceLock<SpanContext>>);

impl RequestTrace {
    /// The trace id, in hexadecimal. Starts the trace in `span`, unless it has started.
    ///
    /// The request of an authenticated caller continues the trace of its headers, and is sampled as
    /// they say. Every other request starts a trace of its own.
    #[expect(clippy::must_use_candidate, reason = "the first call starts the trace")]
    pub fn begin(&self, span: &Span, authenticated: Option<&HeaderMap>) -> String {
        let context = self.0.get_or_init(|| {
            let context = started(span, authenticated);
            know(span, context.clone());
            context
        });
        context.trace_id().to_string()
    }
}

/// Whether the request may continue a trace of its caller, once the caller is authenticated.
#[must_use]
pub fn may_continue(headers: &HeaderMap) -> bool {
    headers.contains_key(TRACEPARENT)
}

fn started(span: &Span, authenticated: Option<&HeaderMap>) -> SpanContext {
    let caller = authenticated.map_or_else(Context::new, |headers| {
        TraceContextPropagator::new()
            .extract_with_context(&Context::new(), &HeaderExtractor(headers))
    });
    let theirs = caller.span().span_context().clone();
    // Fails if nothing is exported.
    let _ = span.set_parent(caller);
    let ours = span.context().span().span_context().clone();
    let context = [ours, theirs].into_iter().find(SpanContext::is_valid);
    context.unwrap_or_else(fresh)
}

/// Starts the root span of work that a request has started; `origin` is what [`begun_by`] returned
/// for the request.
pub fn follow(span: &Span, origin: Option<&str>) {
    let origin = origin.and_then(read);
    if let Some(origin) = &origin {
        span.add_link(origin.clone());
    }
    let ours = span.context().span().span_context().clone();
    let context = Some(ours).filter(SpanContext::is_valid).or(origin);
    if let Some(context) = context {
        know(span, context);
    }
}

/// The W3C `traceparent` of the request in progress.
#[must_use]
pub fn begun_by() -> Option<String> {
    let current = Span::current();
    let context = current.with_subscriber(|(id, dispatch)| {
        let span = dispatch.downcast_ref::<Registry>()?.span(id)?;
        span.scope().find_map(|span| {
            let extensions = span.extensions();
            extensions
                .get::<SpanTraceContext>()
                .map(|known| known.0.clone())
        })
    });
    let context = context.flatten()?;
    Some(format!(
        "00-{}-{}-{:02x}",
        context.trace_id(),
        context.span_id(),
        context.trace_flags().to_u8()
    ))
}

/// The trace id of the span with these extensions.
pub(crate) fn id_of(extensions: &Extensions<'_>) -> Option<TraceId> {
    extensions
        .get::<SpanTraceContext>()
        .map(|known| known.0.trace_id())
}

fn know(span: &Span, context: SpanContext) {
    span.with_subscriber(|(id, dispatch): (_, &Dispatch)| {
        let registry = dispatch.downcast_ref::<Registry>();
        if let Some(span) = registry.and_then(|registry| registry.span(id)) {
            span.extensions_mut().replace(SpanTraceContext(context));
        }
    });
}

/// A new context that is not exported.
fn fresh() -> SpanContext {
    SpanContext::new(
        TraceId::from_bytes(clock::new_id().into_bytes()),
        SpanId::from_bytes(*random::bytes().unwrap_or_default()),
        TraceFlags::default(),
        false,
        TraceState::NONE,
    )
}

fn read(traceparent: &str) -> Option<SpanContext> {
    let carrier = HashMap::from([(TRACEPARENT.to_owned(), traceparent.to_owned())]);
    let context = TraceContextPropagator::new().extract_with_context(&Context::new(), &carrier);
    Some(context.span().span_context().clone()).filter(SpanContext::is_valid)
}

#[cfg(test)]
mod tests {
    use tracing_subscriber::util::SubscriberInitExt as _;

    use super::*;

    const CALLER: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067bb0c9902b7-01";

    fn begun(traceparent: Option<&str>, authenticated: bool) -> String {
        let span = tracing::error_span!("rpc");
        let mut headers = HeaderMap::new();
        headers.extend(traceparent.map(|value| {
            let name = axum::http::HeaderName::from_static(TRACEPARENT);
            (name, value.parse().unwrap())
        }));
        let trace = RequestTrace::default();
        let id = trace.begin(&span, authenticated.then_some(&headers));
        // It has begun.
        assert_eq!(trace.begin(&span, None), id);
        let within = span.in_scope(|| tracing::error_span!("within"));
        let parent = within.in_scope(begun_by).unwrap();
        assert_eq!(parent[3..35], id);
        parent
    }

    #[test]
    fn a_request_continues_its_authenticated_callers_trace_or_begins_one() {
        let _log = tracing_subscriber::registry().set_default();
        assert_eq!(begun_by(), None);
        assert_eq!(begun(Some(CALLER), true), CALLER);
        let (one, other) = (begun(None, true), begun(Some("00-nonsense"), true));
        assert_ne!(one, other);
        for fresh in [one, other, begun(Some(CALLER), false)] {
            assert!(read(&fresh).is_some() && fresh.ends_with("-00"), "{fresh}");
            assert!(!CALLER.contains(&fresh[3..35]), "{fresh}");
        }
    }
    #[test]
    fn a_request_has_a_trace_id_although_no_span_is_recorded() {
        let (one, other) = (RequestTrace::default(), RequestTrace::default());
        let id = one.begin(&Span::none(), None);
        assert!(TraceId::from_hex(&id).is_ok_and(|id| id != TraceId::INVALID));
        assert_eq!(one.clone().begin(&Span::none(), None), id);
        assert_ne!(other.begin(&Span::none(), None), id);
    }
}
