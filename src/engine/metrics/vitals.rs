//! Condition of the engine, for metrics and health checks.

use std::sync::atomic::Ordering;
use std::time::Duration;

use jiff::SignedDuration;

use super::elapsed;
use crate::engine::Engine;
use crate::store::{self, Store};
use domain::{GraphCall, State};

/// Minimum time without an iteration after which the claim loop counts as stuck. One iteration
/// makes two statements, and the store answers or fails well within this time.
const STUCK: Duration = Duration::from_mins(1);

/// Condition of this process's engine, without a query.
#[derive(Debug, Clone)]
pub struct Vitals {
    /// Migrations in progress.
    pub busy: usize,
    /// Maximum migrations in progress.
    pub workers: usize,
    /// Time since the last iteration of the claim loop.
    pub moved_ago: Duration,
    /// How long the oldest due migration has waited to be claimed, as far as this process knows.
    pub oldest_due: Duration,
    /// How far the system clock is ahead of other clocks, as far as it was measured.
    pub clock_skew: Vec<(&'static str, SignedDuration)>,
    /// Numbers with at most one call left in a budget, by call.
    pub low_budgets: Vec<(GraphCall, u64)>,
    /// WABAs by how much of their limits they have used.
    pub waba_usage: Vec<(&'static str, u64)>,
    /// Meta apps whose calls are stopped, by reason.
    pub stopped_apps: Vec<(&'static str, u64)>,
    /// How long Meta has been failing for all migrations; zero if it answers.
    pub graph_failing: Duration,
    /// Age of the oldest number that Embedded Signup has added and that is not registered.
    pub added_unregistered: Duration,
}

/// Counts from the store, over all processes.
#[derive(Debug, Clone, Default)]
pub struct Population {
    /// Migrations by state, as [`Store::population`] counts them.
    pub states: Vec<(State, u64)>,
    /// How long the oldest record is overdue for removal.
    pub overdue: Duration,
    /// Time since the last change of the migration that has waited longest for a person.
    pub waiting: Duration,
}

impl<S: Store> Engine<S> {
    /// Condition of this process's engine.
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
        let (busy, workers) = parts.slots.usage();
        Vitals {
            busy,
            workers,
            moved_ago: self.moved_ago(),
            oldest_due: parts.lateness.oldest(),
            clock_skew: self.clock_skew(),
            low_budgets: parts.low_budgets.count(now),
            waba_usage: usage.to_vec(),
            stopped_apps: stopped_apps.to_vec(),
            graph_failing: failing_since
                .map(|since| elapsed(since, now))
                .unwrap_or_default(),
            added_unregistered: parts.unregistered.oldest(now),
        }
    }

    /// Time since the last iteration of the claim loop, whether or not the store answered it.
    #[must_use]
    pub fn moved_ago(&self) -> Duration {
        let moved_at = Duration::from_millis(self.parts.moved_at.load(Ordering::Relaxed));
        self.parts.watch.elapsed().saturating_sub(moved_at)
    }

    /// Whether the claim loop has made no iteration for much longer than it ever should. A store
    /// that fails or does not answer cannot cause that, since its statements have deadlines: only
    /// the process itself can be at fault.
    #[must_use]
    pub fn is_stuck(&self) -> bool {
        self.moved_ago() > (self.parts.settings.poll.saturating_mul(3)).max(STUCK)
    }

    /// Counts the store.
    pub async fn population(&self) -> Result<Population, store::Error> {
        let parts = &self.parts;
        let states = parts.store.population().await?;
        let now = parts.clock.now();
        let oldest = parts.store.oldest().await?;
        let retention = &parts.settings.retention;
        let overdue = retention.overdue(oldest.migration, oldest.with_pin, now);
        Ok(Population {
            states,
            overdue: Duration::try_from(overdue).unwrap_or_default(),
            waiting: oldest
                .waiting
                .map(|since| elapsed(since, now))
                .unwrap_or_default(),
        })
    }

    /// Records an iteration of the claim loop.
    pub(in crate::engine) fn moves(&self) {
        let now = u64::try_from(self.parts.watch.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.parts.moved_at.store(now, Ordering::Relaxed);
    }
}
