//! Logs what happened to migrations and what failed. Events are logged once committed, without
//! text that may contain a number or a secret: Meta's own text is left out, since it may quote what
//! it was sent.

use super::holds::Hold;
use crate::store::{self, WorkerId};
use crate::telemetry::metrics;
use domain::{Event, EventKind, GraphCall, MigrationId};

/// Logs a committed event: finished steps and changes of state as info, or as a warning if there is
/// a fault; everything else as debug.
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
        // The consequence of a refusal is logged with the next event.
        _ => tracing::debug!(migration.id = %id, migration.step = step, "{message}"),
    }
}

/// Logs that a call is held back.
pub(super) fn held(id: MigrationId, call: GraphCall, hold: &Hold) {
    let reason = hold.why.as_ref().map(|fault| fault.reason.as_str());
    tracing::info!(
        migration.id = %id,
        graph.call = call.as_str(),
        fault.reason = reason,
        until = %hold.until,
        "a call is held: the clock is wrong, or the database has failed over"
    );
}

/// Logs that the worker of this process was lost.
pub(super) fn worker_lost(id: WorkerId) {
    tracing::warn!(
        worker.id = %id,
        "the worker was lost: its lease was not renewed in time; the process joins again"
    );
}

/// Logs and counts a lost lease.
pub(super) fn lease_lost(id: MigrationId) {
    metrics::lease_lost();
    tracing::warn!(migration.id = %id, "the lease was lost; another worker continues");
}

/// Logs what a store failure prevented. A failure of the database as a whole prevents everything
/// again and again: the store's health monitor logs it once, so it is only debug here.
pub(super) fn store_failed(error: &store::Error, id: Option<MigrationId>, prevented: &str) {
    let id = id.map(tracing::field::display);
    if error.is_of_the_database() {
        tracing::debug!(migration.id = id, %error, "{prevented}");
    } else {
        tracing::error!(migration.id = id, %error, "{prevented}");
    }
}
