//! Which traces are sent: a part of them, and all in which something failed.
//!
//! A trace that its ratio leaves out is recorded all the same and kept here until the request, step or call that it began
//! with in this process has ended. Where any part of it failed, all of it is sent; else it is forgotten.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
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

use crate::util::clock::Stopwatch;

/// So many spans of traces that are left out are kept at most. Beyond it all are forgotten: some ended after what they began
/// with, and nobody waits for them.
const KEPT: usize = 8_192;

/// Decides by whatever began it: the caller, the request that a step follows, or else the ratio.
#[derive(Debug, Clone)]
pub(super) struct Part {
    ratio: Sampler,
    by_callers: Arc<ByCallers>,
}

/// Counts the traces that are sent because their callers say so.
#[derive(Debug)]
struct ByCallers {
    per_second: u32,
    within: Mutex<Second>,
}

/// What was counted in this second.
#[derive(Debug)]
struct Second {
    since: Stopwatch,
    traces: u32,
}

impl ByCallers {
    /// Whether there may be one more.
    fn one_more(&self) -> bool {
        let mut second = lock(&self.within);
        if second.since.elapsed() >= Duration::from_secs(1) {
            *second = Second::begin();
        }
        let may = second.traces < self.per_second;
        second.traces += u32::from(may);
        may
    }
}

impl Second {
    fn begin() -> Self {
        Self {
            since: Stopwatch::start(),
            traces: 0,
        }
    }
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
    /// Of those that begin here, this part; of those that callers want sent, a number a second.
    pub(super) fn new(ratio: f64, by_callers_per_second: u32) -> Self {
        Self {
            ratio: Sampler::TraceIdRatioBased(ratio),
            by_callers: Arc::new(ByCallers {
                per_second: by_callers_per_second,
                within: Mutex::new(Second::begin()),
            }),
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
        let within = parent.map(|parent| parent.span().span_context().clone());
        let within = within.filter(SpanContext::is_valid);
        let is_callers = within.as_ref().is_some_and(SpanContext::is_remote);
        let before = within.or_else(|| links.first().map(|link| link.span_context.clone()));
        let sampled = if let Some(before) = &before {
            before.is_sampled() && (!is_callers || self.by_callers.one_more())
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

fn lock<T>(kept: &Mutex<T>) -> MutexGuard<'_, T> {
    // Nothing in here can panic half-way, so what a panic left is whole.
    kept.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use opentelemetry::trace::SpanId;

    use super::*;

    fn is_sent(part: &Part, parent: &SpanContext) -> bool {
        let parent = Context::new().with_remote_span_context(parent.clone());
        let trace = TraceId::from_bytes([1; 16]);
        let sampled = part.should_sample(Some(&parent), trace, "rpc", &SpanKind::Server, &[], &[]);
        sampled.decision == SamplingDecision::RecordAndSample
    }

    #[test]
    fn callers_have_so_many_traces_a_second_sent() {
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
        let part = Part::new(0.0, 0);
        assert!(!is_sent(&part, &context(true)));
        assert!(
            is_sent(&part, &context(false)),
            "what is within is as its trace"
        );
        let part = Part::new(0.0, 3);
        let sent = (0..1000).filter(|_| is_sent(&part, &context(true))).count();
        // A second may end meanwhile.
        assert!((3..1000).contains(&sent), "{sent}");
    }
}
