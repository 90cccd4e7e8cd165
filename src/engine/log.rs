//! Tells the operator's log what became of a migration, and what could not be done: each committed event, without what a number or
//! a secret could stand in. Meta's own words are left out for that reason: they may quote what they were sent.

use crate::store;
use crate::telemetry::metrics;
use domain::{Event, EventKind, MigrationId};

/// Logs an event that was committed: what a step came to, and whose turn it is, as news or, where something is wrong, as a
/// warning; all else for debugging.
pub(super) fn event(id: MigrationId, event: &Event) {
    let (step, message) = (event.step.as_str(), event.message());
    let fault = event.kind.fault();
    match (&event.kind, fault) {
        (EventKind::StepFinished { .. } | EventKind::StateChanged { .. }, None) => {
            tracing::info!(migration.id = %id, migration.step = step, "{message}");
        }
        (EventKind::Delayed { .. } | EventKind::StateChanged { .. }, Some(fault)) => {
            let error = fault.graph_error.as_deref();
            tracing::warn!(
                migration.id = %id,
                migration.step = step,
                fault.reason = fault.reason.as_str(),
                graph.http_status = error.map(|error| error.http_status),
                graph.code = error.map(|error| error.code),
                graph.subcode = error.and_then(|error| error.subcode),
                graph.fbtrace_id = error.and_then(|error| error.fbtrace_id.as_deref()),
                "{message}"
            );
        }
        // What follows from a refusal is told in the next event.
        _ => tracing::debug!(migration.id = %id, migration.step = step, "{message}"),
    }
}

/// Logs, and counts, that a lease was lost.
pub(super) fn lease_lost(id: MigrationId) {
    metrics::lease_lost();
    tracing::warn!(migration.id = %id, "the lease was lost; another worker goes on");
}

/// Logs what the store's failure has prevented, of a migration where it was about one. Trouble of the database as a whole
/// prevents all the same again and again: it is told once, by whoever watches over the store.
pub(super) fn store_failed(error: &store::Error, id: Option<MigrationId>, prevented: &str) {
    let id = id.map(tracing::field::display);
    if error.is_of_the_database() {
        tracing::debug!(migration.id = id, %error, "{prevented}");
    } else {
        tracing::error!(migration.id = id, %error, "{prevented}");
    }
}
