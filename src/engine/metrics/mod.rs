//! Counts what became of migrations, commit by commit: what is counted was kept.

mod low_budgets;
mod unregistered;
mod vitals;

use std::time::Duration;

use jiff::Timestamp;

use super::Engine;
use crate::store::Store;
use crate::telemetry::metrics;
use domain::{Event, EventKind, Migration, Registration, State};

pub(super) use low_budgets::NearEnd;
pub(super) use unregistered::Gap;
pub use unregistered::ROUTES;
pub use vitals::{Population, Vitals};

const ADVANCED: &str = "advanced";
const WAITING: &str = "waiting";
const RETRY: &str = "retry";
const FAULT: &str = "fault";

/// What a step can come to: it is done; somebody else's turn came; it is tried again; somebody must act, or it has failed.
pub const OUTCOMES: [&str; 4] = [ADVANCED, WAITING, RETRY, FAULT];

/// How a migration stood when it was committed last.
#[derive(Debug, Clone, Copy)]
pub(super) struct Standing {
    state: State,
    since: Timestamp,
    registration: Registration,
}

impl Standing {
    /// As it stands.
    pub(super) const fn of(migration: &Migration) -> Self {
        Self {
            state: migration.state,
            since: migration.state_since,
            registration: migration.registration,
        }
    }
}

impl<S: Store> Engine<S> {
    /// Counts what was committed to a migration that stood like this before.
    pub(super) fn measure(&self, before: Standing, migration: &Migration, events: &[Event]) {
        let parts = &self.parts;
        let now = parts.clock.now();
        let mut told = None;
        for event in events {
            if let Some(outcome) = outcome(event) {
                metrics::step(&event.step.as_str().to_ascii_lowercase(), outcome);
            }
            // A refusal and what follows from it are one fault.
            if let Some(reason) = event.kind.fault().map(|fault| fault.reason)
                && told.replace(reason) != Some(reason)
            {
                metrics::fault(reason.as_str());
            }
            if event.kind.call_sent().is_some() {
                parts.near_end.note(&parts.machine, migration, now);
            }
        }
        parts.gap.note(before.registration, migration, now);
        if before.state != migration.state {
            let after = migration.state_since.duration_since(before.since);
            let after = Duration::try_from(after).unwrap_or_default();
            metrics::state_left(&before.state.as_str().to_ascii_lowercase(), after);
        }
    }
}

/// What a step came to, where the event says so.
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
