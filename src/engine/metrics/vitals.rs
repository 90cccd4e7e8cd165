//! How the engine stands: for whoever looks on.

use std::sync::atomic::Ordering;
use std::time::Duration;

use jiff::Timestamp;

use crate::engine::Engine;
use crate::store::{self, Store};
use domain::{GraphCall, State};

/// The claim loop has stopped when it has not moved for this time, however often it is to. One turn of it asks the store twice, and the
/// store answers, or fails, well within this.
const STUCK: Duration = Duration::from_mins(1);

/// How the engine of this process stands. Known without asking anybody.
#[derive(Debug, Clone)]
pub struct Vitals {
    /// Migrations that are worked on.
    pub busy: usize,
    /// How many may be.
    pub workers: usize,
    /// How long ago the claim loop moved.
    pub moved_ago: Duration,
    /// Numbers with at most one limited call left, by call.
    pub near_end: Vec<(GraphCall, u64)>,
    /// WABAs by how much of their limits they have used.
    pub waba_usage: Vec<(&'static str, u64)>,
    /// Meta apps whose calls are stopped, by reason.
    pub stopped_apps: Vec<(&'static str, u64)>,
    /// How long Meta has been failing for all; nothing where it answers.
    pub graph_failing: Duration,
    /// How long the number has waited longest to be registered, of those that Embedded Signup has added.
    pub added_unregistered: Duration,
}

/// What is kept in the store, for all processes.
#[derive(Debug, Clone, Default)]
pub struct Population {
    /// Migrations by state, as [`Store::population`] counts them.
    pub states: Vec<(State, u64)>,
    /// How long the oldest migration that is due has waited to be claimed.
    pub oldest_due: Duration,
    /// For how long what ended first has outstayed its retention.
    pub overdue: Duration,
}

impl<S: Store> Engine<S> {
    /// How the engine of this process stands.
    #[must_use]
    pub fn vitals(&self) -> Vitals {
        let parts = &self.parts;
        let now = parts.clock.now();
        let mut usage = parts.graphs.meta.usage(now);
        let mut stopped_apps = parts.graphs.meta.stopped_apps(now);
        if let Some(sandbox) = &parts.graphs.sandbox {
            for ((_, sum), (_, more)) in usage.iter_mut().zip(sandbox.usage(now)) {
                *sum = sum.saturating_add(more);
            }
            for ((_, sum), (_, more)) in stopped_apps.iter_mut().zip(sandbox.stopped_apps(now)) {
                *sum = sum.saturating_add(more);
            }
        }
        let failing_since = parts.graphs.meta.failing_since(now);
        let (busy, workers) = parts.slots.taken();
        Vitals {
            busy,
            workers,
            moved_ago: self.moved_ago(),
            near_end: parts.near_end.count(now),
            waba_usage: usage.to_vec(),
            stopped_apps: stopped_apps.to_vec(),
            graph_failing: failing_since
                .map(|since| Duration::try_from(now.duration_since(since)).unwrap_or_default())
                .unwrap_or_default(),
            added_unregistered: parts.gap.oldest(now),
        }
    }

    /// How long ago the claim loop moved: it asked the store for work, whether or not the store answered.
    #[must_use]
    pub fn moved_ago(&self) -> Duration {
        let moved_at = Duration::from_millis(self.parts.moved_at.load(Ordering::Relaxed));
        self.parts.watch.elapsed().saturating_sub(moved_at)
    }

    /// Whether the claim loop has not moved for much longer than it ever should. A store that fails, or says nothing, does not hold
    /// it up for so long: it is asked again and again. Only the process itself can be at fault.
    #[must_use]
    pub fn is_stuck(&self) -> bool {
        self.moved_ago() > (self.parts.settings.poll.saturating_mul(3)).max(STUCK)
    }

    /// What is kept in the store.
    pub async fn population(&self) -> Result<Population, store::Error> {
        let parts = &self.parts;
        let states = parts.store.population().await?;
        let now = parts.clock.now();
        let due: Option<Timestamp> = parts.store.next_due(now).await?;
        let waits = due.map(|at| Duration::try_from(now.duration_since(at)).unwrap_or_default());
        let oldest = parts.store.oldest().await?;
        let retention = &parts.settings.retention;
        let overdue = retention.overdue(oldest.migration, oldest.with_pin, now);
        Ok(Population {
            states,
            oldest_due: waits.unwrap_or_default(),
            overdue: Duration::try_from(overdue).unwrap_or_default(),
        })
    }

    /// The claim loop moves.
    pub(in crate::engine) fn moves(&self) {
        let now = u64::try_from(self.parts.watch.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.parts.moved_at.store(now, Ordering::Relaxed);
    }
}
