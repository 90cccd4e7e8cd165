//! Metrics: counters are updated where something happens, gauges are read at each request.
//!
//! Process-wide, as a process has one operations port. Nothing is counted before [`install`], so a
//! service without that port has no cost. Each label value is from a fixed set: never an id, a
//! phone number or a text of Meta's.

mod families;
mod gauges;

use std::sync::OnceLock;
use std::time::Duration;

use prometheus::{HistogramVec, TextEncoder};

use families::Families;
pub use families::LabelValues;
pub use gauges::Gauges;

static FAMILIES: OnceLock<Families> = OnceLock::new();

/// The metrics cannot be set up.
#[derive(Debug, thiserror::Error)]
#[error("the metrics cannot be set up")]
pub struct Error(#[from] prometheus::Error);

/// Starts counting. Counters with these label values are zero from the start.
pub fn install(labels: &LabelValues<'_>) -> Result<(), Error> {
    if FAMILIES.get().is_none() {
        let families = Families::new()?;
        families.init(labels);
        // A concurrent call has installed the same.
        let _ = FAMILIES.set(families);
    }
    Ok(())
}

/// The content type of what [`render`] returns.
pub const CONTENT_TYPE: &str = prometheus::TEXT_FORMAT;

/// Every metric in the Prometheus text format, with these gauges.
pub fn render(gauges: &Gauges) -> Result<String, Error> {
    let Some(families) = FAMILIES.get() else {
        return Ok(String::new());
    };
    gauges.set(families);
    Ok(TextEncoder::new().encode_to_string(&families.registry.gather())?)
}

/// An RPC was answered, or its stream started.
pub fn rpc(method: &'static str, code: &'static str, took: Duration) {
    update(|metrics| {
        metrics.rpcs.with_label_values(&[method, code]).inc();
        observe(&metrics.rpc_durations, method, took);
    });
}

/// A step had this outcome.
pub fn step(step: &str, outcome: &'static str) {
    update(|metrics| metrics.steps.with_label_values(&[step, outcome]).inc());
}

/// A migration had a fault.
pub fn fault(reason: &'static str) {
    update(|metrics| metrics.faults.with_label_values(&[reason]).inc());
}

/// A migration left this state, after this time.
pub fn state_left(state: &str, after: Duration) {
    update(|metrics| observe(&metrics.state_durations, state, after));
}

/// A migration reached this final state, this long after it was started.
pub fn migration_ended(state: &str, after: Duration) {
    update(|metrics| observe(&metrics.migration_durations, state, after));
}

/// Meta was called.
pub fn graph_call(endpoint: &'static str, code: &str, took: Duration) {
    update(|metrics| {
        metrics
            .graph_calls
            .with_label_values(&[endpoint, code])
            .inc();
        observe(&metrics.graph_durations, endpoint, took);
    });
}

/// Meta was called again in a step, after a fault.
pub fn graph_retry(endpoint: &'static str) {
    update(|metrics| metrics.graph_retries.with_label_values(&[endpoint]).inc());
}

/// A number of this route was registered, this long after it was added to its destination.
pub fn registered(route: &'static str, after: Duration) {
    update(|metrics| observe(&metrics.added_to_registered, route, after));
}

/// A lease was lost while its migration was worked on.
pub fn lease_lost() {
    update(|metrics| metrics.lease_losses.inc());
}

/// Items were removed after their retention.
pub fn removed(what: &'static str, count: u64) {
    update(|metrics| {
        metrics
            .retention_removed
            .with_label_values(&[what])
            .inc_by(count);
    });
}

/// A store operation ended.
pub fn store(operation: &'static str, took: Duration, failed: bool) {
    update(|metrics| {
        observe(&metrics.store_durations, operation, took);
        if failed {
            metrics.store_errors.with_label_values(&[operation]).inc();
        }
    });
}

fn update(change: impl FnOnce(&Families)) {
    if let Some(families) = FAMILIES.get() {
        change(families);
    }
}

fn observe(durations: &HistogramVec, label: &str, took: Duration) {
    durations
        .with_label_values(&[label])
        .observe(took.as_secs_f64());
}
