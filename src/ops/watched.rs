//! What the metrics are read from when somebody asks.

use std::time::Duration;

use tokio::sync::Mutex;
use tokio::time::timeout;

use super::{Part, Readiness};
use crate::engine::{Engine, Population, Vitals};
use crate::store::Database;
use crate::telemetry::metrics::Gauges;
use crate::util::clock::Stopwatch;

/// What is read from the store is believed for so long, however often somebody asks.
const BELIEVED_FOR: Duration = Duration::from_secs(15);
/// Whoever asks waits no longer for a store that is in trouble.
const PATIENCE: Duration = Duration::from_secs(2);

/// The parts of the service that metrics are read from.
#[derive(Debug)]
pub struct Watched {
    engine: Engine<Database>,
    store: Database,
    read: Mutex<Option<(Stopwatch, Population)>>,
}

impl Watched {
    /// These parts.
    #[must_use]
    pub fn new(engine: Engine<Database>, store: Database) -> Self {
        Self {
            engine,
            store,
            read: Mutex::default(),
        }
    }

    /// How long the engine has stood still, where that is longer than it ever should.
    pub(super) fn stuck_for(&self) -> Option<Duration> {
        let engine = &self.engine;
        engine.is_stuck().then(|| engine.moved_ago())
    }

    /// How things stand.
    pub(super) async fn gauges(&self, readiness: &Readiness) -> Gauges {
        let Population {
            states,
            oldest_due,
            overdue,
        } = self.population().await;
        let Vitals {
            busy,
            workers,
            moved_ago,
            near_end,
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
        let near_end = near_end.into_iter();
        Gauges {
            migrations: states
                .map(|(it, count)| (name(it.as_str()), count))
                .collect(),
            oldest_due_age: oldest_due,
            retention_overdue: overdue,
            waba_usage,
            stopped_apps,
            graph_failing,
            added_unregistered,
            budgets_near_end: near_end
                .map(|(it, count)| (name(it.as_str()), count))
                .collect(),
            store_connections: connections.into_iter().flatten().collect(),
            workers: vec![("busy", busy as u64), ("most", workers as u64)],
            last_claim_age: moved_ago,
            draining: readiness.is_lacking(Part::Draining),
        }
    }

    /// What is kept in the store, as it was a moment ago. Where the store does not say, as it was when it did.
    async fn population(&self) -> Population {
        let mut read = self.read.lock().await;
        let is_old = read
            .as_ref()
            .is_none_or(|(at, _)| at.elapsed() >= BELIEVED_FOR);
        // A reading that fails is told where all of the store's trouble is.
        if is_old
            && let Ok(Ok(population)) = timeout(PATIENCE, Box::pin(self.engine.population())).await
        {
            *read = Some((Stopwatch::start(), population));
        }
        read.as_ref()
            .map(|(_, population)| population.clone())
            .unwrap_or_default()
    }
}
