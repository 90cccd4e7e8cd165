//! Gauges, which are read at each request for metrics.

use std::time::Duration;

use prometheus::GaugeVec;

use super::families::Families;

/// The values of the gauges. Unknown ones are left out.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Gauges {
    /// Migrations by state.
    pub migrations: Vec<(String, u64)>,
    /// How long the oldest due migration has waited.
    pub oldest_due_age: Duration,
    /// How long the oldest item has exceeded its retention.
    pub retention_overdue: Duration,
    /// How long the migration that has waited longest for a person has waited.
    pub longest_wait: Duration,
    /// WABAs by the share of their limits that they have used.
    pub waba_usage: Vec<(&'static str, u64)>,
    /// Meta apps whose calls are stopped, by reason.
    pub stopped_apps: Vec<(&'static str, u64)>,
    /// How long Meta has been failing for all calls.
    pub graph_failing: Duration,
    /// How far the system clock is ahead of other clocks, seconds, by clock.
    pub clock_skew: Vec<(&'static str, f64)>,
    /// How long the oldest added number has waited to be registered.
    pub added_unregistered: Duration,
    /// Numbers with at most one attempt left, by budget.
    pub budgets_near_end: Vec<(String, u64)>,
    /// Connections to the store by state.
    pub store_connections: Vec<(&'static str, u64)>,
    /// Workers in use, and their maximum.
    pub workers: Vec<(&'static str, u64)>,
    /// How long ago the engine claimed work.
    pub last_claim_age: Duration,
    /// Whether the service stops.
    pub draining: bool,
}

impl Gauges {
    pub(super) fn set(&self, to: &Families) {
        all(&to.migrations, &self.migrations);
        all(&to.graph_waba_usage, &self.waba_usage);
        all(&to.graph_stopped_apps, &self.stopped_apps);
        to.graph_failing.set(self.graph_failing.as_secs_f64());
        for (against, ahead) in &self.clock_skew {
            to.clock_skew.with_label_values(&[*against]).set(*ahead);
        }
        to.added_unregistered
            .set(self.added_unregistered.as_secs_f64());
        all(&to.budgets_near_end, &self.budgets_near_end);
        all(&to.store_connections, &self.store_connections);
        all(&to.workers, &self.workers);
        to.oldest_due_age.set(self.oldest_due_age.as_secs_f64());
        to.retention_overdue
            .set(self.retention_overdue.as_secs_f64());
        to.longest_wait.set(self.longest_wait.as_secs_f64());
        to.last_claim_age.set(self.last_claim_age.as_secs_f64());
        to.draining.set(f64::from(u8::from(self.draining)));
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "Prometheus has no other numbers, and none here is that large"
)]
fn all(family: &GaugeVec, values: &[(impl AsRef<str>, u64)]) {
    for (label, value) in values {
        family
            .with_label_values(&[label.as_ref()])
            .set(*value as f64);
    }
}
