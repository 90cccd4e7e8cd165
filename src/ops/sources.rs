//! Reads the gauges when `/metrics` is requested.

use std::time::Duration;

use tokio::sync::Mutex;
use tokio::time::timeout;

use super::{Condition, Readiness};
use crate::engine::{Engine, Population, Vitals};
use crate::store::Database;
use crate::telemetry::metrics::Gauges;
use crate::util::clock::Stopwatch;

/// TTL of the counts from the store.
const TTL: Duration = Duration::from_secs(15);
/// Timeout of reading them from a store that is in trouble.
const TIMEOUT: Duration = Duration::from_secs(2);

/// The components that gauges are read from.
#[derive(Debug)]
pub struct MetricSources {
    engine: Engine<Database>,
    store: Database,
    read: Mutex<Option<(Stopwatch, Population)>>,
}

impl MetricSources {
    /// Reads from this engine and this store.
    #[must_use]
    pub fn new(engine: Engine<Database>, store: Database) -> Self {
        Self {
            engine,
            store,
            read: Mutex::default(),
        }
    }

    /// How long the engine has been stuck, if it is.
    pub(super) fn stuck_for(&self) -> Option<Duration> {
        let engine = &self.engine;
        engine.is_stuck().then(|| engine.moved_ago())
    }

    /// The present values.
    pub(super) async fn gauges(&self, readiness: &Readiness) -> Gauges {
        let Population {
            states,
            overdue,
            waiting,
        } = self.population().await;
        let Vitals {
            busy,
            workers,
            moved_ago,
            oldest_due,
            clock_skew,
            low_budgets,
            waba_usage,
            stopped_apps,
            graph_failing,
            added_unregistered,
        } = self.engine.vitals();
        let name = |name: &str| name.to_ascii_lowercase();
        let connections = self.store.connections().map(|(idle, used)| {
            [("idle", idle), ("used", used)].map(|(what, count)| (what, count as u64))
        });
        let states = states.into_iter();
        let near_end = low_budgets.into_iter();
        Gauges {
            migrations: states
                .map(|(it, count)| (name(it.as_str()), count))
                .collect(),
            oldest_due_age: oldest_due,
            retention_overdue: overdue,
            longest_wait: waiting,
            waba_usage,
            stopped_apps,
            graph_failing,
            clock_skew: clock_skew
                .into_iter()
                .map(|(against, ahead)| (against, ahead.as_secs_f64()))
                .collect(),
            added_unregistered,
            budgets_near_end: near_end
                .map(|(it, count)| (name(it.as_str()), count))
                .collect(),
            store_connections: connections.into_iter().flatten().collect(),
            workers: vec![("busy", busy as u64), ("most", workers as u64)],
            last_claim_age: moved_ago,
            draining: readiness.is_lacking(Condition::Draining),
        }
    }

    /// Counts from the store, cached; the last ones while the store fails.
    async fn population(&self) -> Population {
        let mut read = self.read.lock().await;
        let is_old = read.as_ref().is_none_or(|(at, _)| at.elapsed() >= TTL);
        // The store's own monitoring logs a failed read.
        if is_old
            && let Ok(Ok(population)) = timeout(TIMEOUT, Box::pin(self.engine.population())).await
        {
            *read = Some((Stopwatch::start(), population));
        }
        read.as_ref()
            .map(|(_, population)| population.clone())
            .unwrap_or_default()
    }
}
