//! All metrics, by name.

use prometheus::core::Collector;
use prometheus::{
    Gauge, GaugeVec, HistogramOpts, HistogramVec, IntCounter, IntCounterVec, Opts, Registry,
    exponential_buckets,
};

use super::Error;

const NAMESPACE: &str = "waba_migrator";

/// From 0.1 ms to 1.6 s.
const STORE_SECONDS: (f64, f64, usize) = (0.0001, 2.0, 15);
/// From 1 ms to 65 s.
const CALL_SECONDS: (f64, f64, usize) = (0.001, 2.0, 17);
/// From 1 s to 2 weeks.
const STATE_SECONDS: [f64; 12] = [
    1.0,
    10.0,
    60.0,
    300.0,
    900.0,
    3_600.0,
    14_400.0,
    43_200.0,
    86_400.0,
    259_200.0,
    604_800.0,
    1_209_600.0,
];

/// The label values that are known at the start.
#[derive(Debug, Clone)]
pub struct LabelValues<'a> {
    /// RPCs.
    pub methods: Vec<&'a str>,
    /// Steps.
    pub steps: Vec<String>,
    /// Outcomes of a step.
    pub outcomes: Vec<&'a str>,
    /// Reasons of faults.
    pub faults: Vec<&'a str>,
    /// States of a migration.
    pub states: Vec<String>,
    /// Final states of a migration.
    pub final_states: Vec<String>,
    /// Calls to Meta.
    pub endpoints: Vec<&'a str>,
    /// Store operations.
    pub operations: Vec<&'a str>,
    /// Routes of verification.
    pub routes: Vec<&'a str>,
    /// What is removed after its retention.
    pub removed: Vec<&'a str>,
    /// Clocks that the system clock is compared with.
    pub clocks: Vec<&'a str>,
}

/// The metrics.
pub(super) struct Families {
    pub(super) registry: Registry,
    pub(super) rpcs: IntCounterVec,
    pub(super) rpc_durations: HistogramVec,
    pub(super) steps: IntCounterVec,
    pub(super) faults: IntCounterVec,
    pub(super) migrations: GaugeVec,
    pub(super) state_durations: HistogramVec,
    pub(super) migration_durations: HistogramVec,
    pub(super) longest_wait: Gauge,
    pub(super) oldest_due_age: Gauge,
    pub(super) retention_removed: IntCounterVec,
    pub(super) retention_overdue: Gauge,
    pub(super) graph_calls: IntCounterVec,
    pub(super) graph_durations: HistogramVec,
    pub(super) graph_retries: IntCounterVec,
    pub(super) graph_waba_usage: GaugeVec,
    pub(super) graph_stopped_apps: GaugeVec,
    pub(super) graph_failing: Gauge,
    pub(super) clock_skew: GaugeVec,
    pub(super) added_to_registered: HistogramVec,
    pub(super) added_unregistered: Gauge,
    pub(super) budgets_near_end: GaugeVec,
    pub(super) lease_losses: IntCounter,
    pub(super) store_durations: HistogramVec,
    pub(super) store_errors: IntCounterVec,
    pub(super) store_connections: GaugeVec,
    pub(super) workers: GaugeVec,
    pub(super) last_claim_age: Gauge,
    pub(super) draining: Gauge,
}

impl Families {
    #[rustfmt::skip] // A table: one metric a line.
    pub(super) fn new() -> Result<Self, Error> {
        let registry = Registry::new();
        let of = Maker { registry: &registry };
        let build = of.gauges("build_info", "The running release: always 1.", &["version", "commit", "rustc"])?;
        build.with_label_values(&[env!("CARGO_PKG_VERSION"), env!("WABA_MIGRATOR_COMMIT"), env!("WABA_MIGRATOR_RUSTC")]).set(1.0);
        Ok(Self {
            rpcs: of.counters("rpcs_total", "RPCs by method and status code. A stream is counted when it starts.", &["method", "code"])?,
            rpc_durations: of.durations("rpc_duration_seconds", "Response time of RPCs, including the wait that they asked for.", "method", calls()?)?,
            steps: of.counters("steps_total", "Outcomes of migration steps.", &["step", "outcome"])?,
            faults: of.counters("faults_total", "Faults of migrations: docs/faults.md.", &["reason"])?,
            migrations: of.gauges("migrations", "Migrations by state, counted up to 10000 of each: more are reported as 10000.", &["state"])?,
            state_durations: of.durations("migration_state_duration_seconds", "Time that migrations spent in the state that they left.", "state", STATE_SECONDS.to_vec())?,
            migration_durations: of.durations("migration_duration_seconds", "Time from the start of migrations until their final state.", "state", STATE_SECONDS.to_vec())?,
            longest_wait: of.gauge("longest_wait_for_person_seconds", "How long the migration that has waited longest for a code or for a remedy has not changed.")?,
            oldest_due_age: of.gauge("oldest_due_age_seconds", "How long the oldest due migration has waited to be claimed.")?,
            retention_removed: of.counters("retention_removed_total", "Items removed after their retention.", &["what"])?,
            retention_overdue: of.gauge("retention_overdue_seconds", "How long the oldest item has exceeded its retention.")?,
            graph_calls: of.counters("graph_calls_total", "Calls to Meta by endpoint and result: ok, Meta's error code, or a failure without one.", &["endpoint", "code"])?,
            graph_durations: of.durations("graph_call_duration_seconds", "Duration of calls to Meta.", "endpoint", calls()?)?,
            graph_retries: of.counters("graph_retries_total", "Calls to Meta that were made again after a fault in the same step.", &["endpoint"])?,
            graph_waba_usage: of.gauges("graph_waba_usage", "WABAs by the share of their limits at Meta that they have used, in percent; limited: not called for now.", &["bucket"])?,
            graph_stopped_apps: of.gauges("graph_stopped_apps", "Meta apps that are not called for now, since Meta refuses all their calls, by reason.", &["reason"])?,
            graph_failing: of.gauge("graph_failing_seconds", "How long Meta has been failing for all calls: 0 while it answers.")?,
            clock_skew: of.gauges("clock_skew_seconds", "How far the system clock is ahead of another clock, as measured last; negative: behind.", &["against"])?,
            added_to_registered: of.durations("added_to_registered_seconds", "Time from adding a number to its destination until its registration.", "route", STATE_SECONDS.to_vec())?,
            added_unregistered: of.gauge("added_unregistered_age_seconds", "How long the oldest number that Embedded Signup has added has waited to be registered.")?,
            budgets_near_end: of.gauges("budgets_near_end", "Numbers for which this process made a limited call and that have at most one call left.", &["budget"])?,
            lease_losses: of.counter("lease_losses_total", "Migrations that this process could not finish because its lease had ended: another process took them over.")?,
            store_durations: of.durations("store_duration_seconds", "Duration of store operations.", "operation", stores()?)?,
            store_errors: of.counters("store_errors_total", "Failed store operations.", &["operation"])?,
            store_connections: of.gauges("store_connections", "Connections to PostgreSQL.", &["state"])?,
            workers: of.gauges("engine_workers", "Workers in use, and their maximum.", &["state"])?,
            last_claim_age: of.gauge("engine_last_claim_age_seconds", "How long ago the engine claimed work.")?,
            draining: of.gauge("draining", "1 while the service stops.")?,
            registry,
        })
    }

    /// Creates the counters at zero, so that a rate includes the first event.
    pub(super) fn init(&self, known: &LabelValues<'_>) {
        for method in &known.methods {
            self.rpcs.with_label_values(&[*method, "OK"]);
            self.rpc_durations.with_label_values(&[*method]);
        }
        for (step, outcome) in known
            .steps
            .iter()
            .flat_map(|step| known.outcomes.iter().map(move |outcome| (step, outcome)))
        {
            self.steps.with_label_values(&[step.as_str(), *outcome]);
        }
        for reason in &known.faults {
            self.faults.with_label_values(&[*reason]);
        }
        for state in &known.states {
            self.state_durations.with_label_values(&[state]);
        }
        for state in &known.final_states {
            self.migration_durations.with_label_values(&[state]);
        }
        for endpoint in &known.endpoints {
            self.graph_calls.with_label_values(&[*endpoint, "ok"]);
            self.graph_durations.with_label_values(&[*endpoint]);
            self.graph_retries.with_label_values(&[*endpoint]);
        }
        for route in &known.routes {
            self.added_to_registered.with_label_values(&[*route]);
        }
        for what in &known.removed {
            self.retention_removed.with_label_values(&[*what]);
        }
        for clock in &known.clocks {
            self.clock_skew.with_label_values(&[*clock]);
        }
        for operation in &known.operations {
            self.store_durations.with_label_values(&[*operation]);
            self.store_errors.with_label_values(&[*operation]);
        }
    }
}

/// Creates and registers metrics.
struct Maker<'a> {
    registry: &'a Registry,
}

impl Maker<'_> {
    fn counter(&self, name: &str, help: &str) -> Result<IntCounter, Error> {
        self.kept(IntCounter::with_opts(opts(name, help))?)
    }

    fn counters(&self, name: &str, help: &str, labels: &[&str]) -> Result<IntCounterVec, Error> {
        self.kept(IntCounterVec::new(opts(name, help), labels)?)
    }

    fn gauge(&self, name: &str, help: &str) -> Result<Gauge, Error> {
        self.kept(Gauge::with_opts(opts(name, help))?)
    }

    fn gauges(&self, name: &str, help: &str, labels: &[&str]) -> Result<GaugeVec, Error> {
        self.kept(GaugeVec::new(opts(name, help), labels)?)
    }

    fn durations(
        &self,
        name: &str,
        help: &str,
        label: &str,
        buckets: Vec<f64>,
    ) -> Result<HistogramVec, Error> {
        let opts = HistogramOpts {
            common_opts: opts(name, help),
            buckets,
        };
        self.kept(HistogramVec::new(opts, &[label])?)
    }

    fn kept<C: Collector + Clone + 'static>(&self, collector: C) -> Result<C, Error> {
        self.registry.register(Box::new(collector.clone()))?;
        Ok(collector)
    }
}

fn opts(name: &str, help: &str) -> Opts {
    Opts::new(name, help).namespace(NAMESPACE)
}

fn calls() -> Result<Vec<f64>, Error> {
    let (start, factor, count) = CALL_SECONDS;
    Ok(exponential_buckets(start, factor, count)?)
}

fn stores() -> Result<Vec<f64>, Error> {
    let (start, factor, count) = STORE_SECONDS;
    Ok(exponential_buckets(start, factor, count)?)
}
