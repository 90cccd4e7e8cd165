//! Counts what happened to migrations, commit by commit: only what was committed is counted.

mod lateness;
mod low_budgets;
mod unregistered;
mod vitals;

use std::time::Duration;

use jiff::Timestamp;

use super::Engine;
use crate::store::Store;
use crate::telemetry::metrics;
use domain::{Event, EventKind, Migration, Registration, State};

pub(super) use lateness::Lateness;
pub(super) use low_budgets::LowBudgets;
pub use unregistered::ROUTES;
pub(super) use unregistered::UnregisteredNumbers;
pub use vitals::{Population, Vitals};

const ADVANCED: &str = "advanced";
const WAITING: &str = "waiting";
const RETRY: &str = "retry";
const FAULT: &str = "fault";

/// Outcomes of a step: it is done; another actor's turn came; it is retried; someone must act, or
/// it has failed.
pub const OUTCOMES: [&str; 4] = [ADVANCED, WAITING, RETRY, FAULT];

/// A migration as it was committed last, as far as metrics need it.
#[derive(Debug, Clone, Copy)]
pub(super) struct CommittedState {
    state: State,
    since: Timestamp,
    registration: Registration,
}

impl CommittedState {
    pub(super) const fn of(migration: &Migration) -> Self {
        Self {
            state: migration.state,
            since: migration.state_since,
            registration: migration.registration,
        }
    }
}

impl<S: Store> Engine<S> {
    /// Counts the commit of these events to a migration whose state was `before`.
    pub(super) fn measure(&self, before: CommittedState, migration: &Migration, events: &[Event]) {
        let parts = &self.parts;
        let now = parts.clock.now();
        let mut counted = None;
        for event in events {
            if let Some(outcome) = outcome(event) {
                metrics::step(&event.step.as_str().to_ascii_lowercase(), outcome);
            }
            // A refusal and its consequence are one fault.
            if let Some(reason) = event.kind.fault().map(|fault| fault.reason)
                && counted.replace(reason) != Some(reason)
            {
                metrics::fault(reason.as_str());
            }
            if event.kind.call_sent().is_some() {
                parts.low_budgets.record(&parts.machine, migration, now);
            }
        }
        parts
            .unregistered
            .record(before.registration, migration, now);
        if before.state != migration.state {
            let name = before.state.as_str().to_ascii_lowercase();
            metrics::state_left(&name, elapsed(before.since, migration.state_since));
            if migration.state.is_terminal() {
                let name = migration.state.as_str().to_ascii_lowercase();
                let took = elapsed(migration.created_at, migration.state_since);
                metrics::migration_ended(&name, took);
            }
        }
    }
}

/// Outcome of a step, if the event is one.
const fn outcome(event: &Event) -> Option<&'static str> {
    match &event.kind {
        EventKind::StepFinished { .. } => Some(ADVANCED),
        EventKind::Delayed { .. } => Some(RETRY),
        EventKind::StateChanged { fault: Some(_), .. } => Some(FAULT),
        EventKind::StateChanged { fault: None, .. } => match event.state {
            State::WaitingForCode | State::WaitingForCutover => Some(WAITING),
            _ => None,
        },
        _ => None,
    }
}

/// The time between two moments; zero if the clock was set back between them.
fn elapsed(from: Timestamp, to: Timestamp) -> Duration {
    Duration::try_from(to.duration_since(from)).unwrap_or_default()
}
