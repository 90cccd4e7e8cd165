//! Metrics: counters are updated where something happens, gauges are read at each request.
//!
//! Process-wide, as a process has one operations port. Nothing is counted before [`install`], so a
//! service without that port has no cost. Each label value is from a fixed set: never an id, a
//! phone number or a text of Meta's.

mod families;
mod gauges;

use std::sync::OnceLock;
use std::time::Duration;

use prometheus::TextEncoder;

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
    if let Some(families) = FAMILIES.get() {
        families.rpcs.with_label_values(&[method, code]).inc();
        let durations = families.rpc_durations.with_label_values(&[method]);
        durations.observe(took.as_secs_f64());
    }
}

/// A step had this outcome.
pub fn step(step: &str, outcome: &'static str) {
    if let Some(families) = FAMILIES.get() {
        families.steps.with_label_values(&[step, outcome]).inc();
    }
}

/// A migration had a fault.
pub fn fault(reason: &'static str) {
    if let Some(families) = FAMILIES.get() {
        families.faults.with_label_values(&[reason]).inc();
    }
}

/// A migration left this state, after this time.
pub fn state_left(state: &str, after: Duration) {
    if let Some(families) = FAMILIES.get() {
        let durations = families.state_durations.with_label_values(&[state]);
        durations.observe(after.as_secs_f64());
    }
}

/// Meta was called.
pub fn graph_call(endpoint: &'static str, code: &str, took: Duration) {
    if let Some(families) = FAMILIES.get() {
        families
            .graph_calls
            .with_label_values(&[endpoint, code])
            .inc();
        let durations = families.graph_durations.with_label_values(&[endpoint]);
        durations.observe(took.as_secs_f64());
    }
}

/// Meta was called again in a step, after a fault.
pub fn graph_retry(endpoint: &'static str) {
    if let Some(families) = FAMILIES.get() {
        families.graph_retries.with_label_values(&[endpoint]).inc();
    }
}

/// A number of this route was registered, this long after it was added to its destination.
pub fn registered(route: &'static str, after: Duration) {
    if let Some(families) = FAMILIES.get() {
        let durations = families.added_to_registered.with_label_values(&[route]);
        durations.observe(after.as_secs_f64());
    }
}

/// A lease was lost while its migration was worked on.
pub fn lease_lost() {
    if let Some(families) = FAMILIES.get() {
        families.lease_losses.inc();
    }
}

/// Items were removed after their retention.
pub fn removed(what: &'static str, count: u64) {
    if let Some(families) = FAMILIES.get() {
        let counter = families.retention_removed.with_label_values(&[what]);
        counter.inc_by(count);
    }
}

/// A store operation ended.
pub fn store(operation: &'static str, took: Duration, failed: bool) {
    if let Some(families) = FAMILIES.get() {
        let durations = families.store_durations.with_label_values(&[operation]);
        durations.observe(took.as_secs_f64());
        if failed {
            families.store_errors.with_label_values(&[operation]).inc();
        }
    }
}
