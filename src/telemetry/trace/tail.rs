//! Which traces are sent: a part of them, and all in which something failed.
//!
//! A trace that its ratio leaves out is recorded all the same and kept here until the request, step or call that it began
//! with in this process has ended. Where any part of it failed, all of it is sent; else it is forgotten.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
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

/// So many spans of traces that are left out are kept at most. Beyond it all are forgotten: some ended after what they began
/// with, and nobody waits for them.
const KEPT: usize = 8_192;

/// Decides by whatever began it: the caller, the request that a step follows, or else the ratio.
#[derive(Debug, Clone)]
pub(super) struct Part {
    ratio: Sampler,
}

/// Holds back what is left out until it is known whether anything failed.
#[derive(Debug)]
pub(super) struct Tail {
    next: BatchSpanProcessor,
    kept: Mutex<Kept>,
}

#[derive(Debug, Default)]
struct Kept {
    traces: HashMap<TraceId, Vec<SpanData>>,
    spans: usize,
}

impl Part {
    /// Of those that begin here, this part.
    pub(super) fn new(ratio: f64) -> Self {
        Self {
            ratio: Sampler::TraceIdRatioBased(ratio),
        }
    }
}

impl ShouldSample for Part {
    fn should_sample(
        &self,
        parent: Option<&Context>,
        trace: TraceId,
        name: &str,
        kind: &SpanKind,
        attributes: &[KeyValue],
        links: &[Link],
    ) -> SamplingResult {
        let before = parent.map(|parent| parent.span().span_context().clone());
        let before = before.filter(SpanContext::is_valid);
        let before = before.or_else(|| links.first().map(|link| link.span_context.clone()));
        let sampled = if let Some(before) = &before {
            before.is_sampled()
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

impl Tail {
    pub(super) fn new(next: BatchSpanProcessor) -> Self {
        Self {
            next,
            kept: Mutex::default(),
        }
    }
}

impl SpanProcessor for Tail {
    fn on_start(&self, _: &mut Span, _: &Context) {}

    fn on_end(&self, span: SpanData) {
        if span.span_context.is_sampled() {
            return self.next.on_end(span);
        }
        let ended = lock(&self.kept).take(span);
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

impl Kept {
    /// Keeps a span. Where it is the one that its trace began with here, answers all that there is of it.
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
        if self.spans >= KEPT {
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

fn lock(kept: &Mutex<Kept>) -> MutexGuard<'_, Kept> {
    // Nothing in here can panic half-way, so what a panic left is whole.
    kept.lock().unwrap_or_else(PoisonError::into_inner)
}
