//! Sampling of traces: a share of them, and all with a failure.
//!
//! A trace that is not sampled at its start is recorded and kept until its first span in this
//! process ends. If any of its spans failed, all of them are sent; otherwise they are dropped.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use opentelemetry::trace::{
    Link, SpanContext, SpanKind, Status, TraceContextExt as _, TraceFlags, TraceId, TraceState,
};
use opentelemetry::{Context, KeyValue};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{
    BatchSpanProcessor, Sampler, SamplingDecision, SamplingResult, ShouldSample, Span, SpanData,
    SpanProcessor,
};
use parking_lot::Mutex;

use crate::util::rate_limit::RateLimit;

/// Maximum spans kept of traces that are not sampled. Beyond it all are dropped: some have ended
/// after the first span of their trace, and would stay for ever.
const MAX_SPANS: usize = 8_192;

/// Samples by the decision of the caller, or of the request that a step follows, or else by ratio.
#[derive(Debug, Clone)]
pub(super) struct HeadSampler {
    ratio: Sampler,
    /// Traces that are sent because their callers sample them.
    by_callers: Arc<Mutex<RateLimit>>,
}

/// Keeps the spans that are not sampled until it is known whether one of their trace failed.
#[derive(Debug)]
pub(super) struct TailSampler {
    next: BatchSpanProcessor,
    pending: Mutex<PendingTraces>,
}

#[derive(Debug, Default)]
struct PendingTraces {
    traces: HashMap<TraceId, Vec<SpanData>>,
    spans: usize,
}

impl HeadSampler {
    /// Samples this ratio of the traces that start here, and a number per second of those that
    /// callers sample.
    pub(super) fn new(ratio: f64, by_callers_per_second: u32) -> Self {
        Self {
            ratio: Sampler::TraceIdRatioBased(ratio),
            by_callers: Arc::new(Mutex::new(RateLimit::new(
                by_callers_per_second,
                Duration::from_secs(1),
            ))),
        }
    }
}

impl ShouldSample for HeadSampler {
    fn should_sample(
        &self,
        parent: Option<&Context>,
        trace: TraceId,
        name: &str,
        kind: &SpanKind,
        attributes: &[KeyValue],
        links: &[Link],
    ) -> SamplingResult {
        let within = parent.map(|parent| parent.span().span_context().clone());
        let within = within.filter(SpanContext::is_valid);
        let is_callers = within.as_ref().is_some_and(SpanContext::is_remote);
        let before = within.or_else(|| links.first().map(|link| link.span_context.clone()));
        let sampled = if let Some(before) = &before {
            before.is_sampled() && (!is_callers || self.by_callers.lock().admit().is_some())
        } else {
            let ratio = &self.ratio;
            let asked = ratio.should_sample(parent, trace, name, kind, attributes, links);
            asked.decision == SamplingDecision::RecordAndSample
        };
        SamplingResult {
            decision: if sampled {
                SamplingDecision::RecordAndSample
            } else {
                SamplingDecision::RecordOnly
            },
            attributes: Vec::new(),
            trace_state: before.map_or(TraceState::NONE, |it| it.trace_state().clone()),
        }
    }
}

impl TailSampler {
    pub(super) fn new(next: BatchSpanProcessor) -> Self {
        Self {
            next,
            pending: Mutex::default(),
        }
    }
}

impl SpanProcessor for TailSampler {
    fn on_start(&self, _: &mut Span, _: &Context) {}

    fn on_end(&self, span: SpanData) {
        if span.span_context.is_sampled() {
            return self.next.on_end(span);
        }
        let ended = self.pending.lock().take(span);
        if ended.iter().any(failed) {
            for span in ended {
                self.next.on_end(sampled(span));
            }
        }
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.next.force_flush()
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.next.shutdown_with_timeout(timeout)
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.next.set_resource(resource);
    }
}

impl PendingTraces {
    /// Keeps a span. For the first span of its trace in this process, returns all spans of the
    /// trace.
    fn take(&mut self, span: SpanData) -> Vec<SpanData> {
        let trace = span.span_context.trace_id();
        let is_first = span.parent_span_is_remote
            || span.parent_span_id == opentelemetry::trace::SpanId::INVALID;
        if is_first {
            let mut all = self.traces.remove(&trace).unwrap_or_default();
            self.spans = self.spans.saturating_sub(all.len());
            all.push(span);
            return all;
        }
        if self.spans >= MAX_SPANS {
            *self = Self::default();
        }
        self.spans = self.spans.saturating_add(1);
        self.traces.entry(trace).or_default().push(span);
        Vec::new()
    }
}

fn failed(span: &SpanData) -> bool {
    matches!(span.status, Status::Error { .. })
}

fn sampled(mut span: SpanData) -> SpanData {
    let context = &span.span_context;
    span.span_context = SpanContext::new(
        context.trace_id(),
        context.span_id(),
        context.trace_flags() | TraceFlags::SAMPLED,
        context.is_remote(),
        context.trace_state().clone(),
    );
    span
}

#[cfg(test)]
mod tests {
    use opentelemetry::trace::SpanId;

    use super::*;

    fn is_sent(sampler: &HeadSampler, parent: &SpanContext) -> bool {
        let parent = Context::new().with_remote_span_context(parent.clone());
        let trace = TraceId::from_bytes([1; 16]);
        let result =
            sampler.should_sample(Some(&parent), trace, "rpc", &SpanKind::Server, &[], &[]);
        result.decision == SamplingDecision::RecordAndSample
    }

    #[test]
    fn traces_sampled_by_callers_are_limited_per_second() {
        let context = |is_remote| {
            let (trace, span) = (TraceId::from_bytes([1; 16]), SpanId::from_bytes([1; 8]));
            SpanContext::new(
                trace,
                span,
                TraceFlags::SAMPLED,
                is_remote,
                TraceState::NONE,
            )
        };
        let sampler = HeadSampler::new(0.0, 0);
        assert!(!is_sent(&sampler, &context(true)));
        assert!(
            is_sent(&sampler, &context(false)),
            "a span within is sampled like its trace"
        );
        let sampler = HeadSampler::new(0.0, 3);
        let sent = (0..1000)
            .filter(|_| is_sent(&sampler, &context(true)))
            .count();
        // A second may end meanwhile.
        assert!((3..1000).contains(&sent), "{sent}");
    }
}
