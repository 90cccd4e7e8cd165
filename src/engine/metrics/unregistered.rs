//! Numbers that stand in their destination and are not registered yet, of those that Embedded Signup has added: such a number may
//! be out of service from the end of the signup until it is registered.
//!
//! Kept in memory, by the process that found the number: a process that starts knows of none.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;

use crate::telemetry::metrics;
use domain::{Migration, MigrationId, Registration, Route};

/// Maximum number that are kept track of. Of more, the later ones are not seen.
const REMEMBERED: usize = 10_000;

/// Added numbers that are not registered, each with the time at which it was found.
#[derive(Debug, Default)]
pub(in crate::engine) struct Gap {
    open: Mutex<HashMap<MigrationId, Timestamp>>,
}

impl Gap {
    /// This was committed.
    pub(in crate::engine) fn note(&self, was: Registration, migration: &Migration, now: Timestamp) {
        let Some(added_at) = migration.added_at else {
            return;
        };
        let is_registered = migration.registration == Registration::Done;
        if is_registered && was != Registration::Done {
            let took = Duration::try_from(now.duration_since(added_at)).unwrap_or_default();
            metrics::registered(route(migration.request.route), took);
        }
        if migration.request.route != Route::AddedNumber {
            return;
        }
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if migration.registration != Registration::NotDone || migration.state.is_terminal() {
            open.remove(&migration.id);
        } else if open.len() < REMEMBERED {
            open.entry(migration.id).or_insert(added_at);
        }
    }

    /// How long the number waits that has waited longest.
    pub(in crate::engine) fn oldest(&self, now: Timestamp) -> Duration {
        let open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let oldest = open.values().min();
        oldest
            .map(|at| Duration::try_from(now.duration_since(*at)).unwrap_or_default())
            .unwrap_or_default()
    }
}

/// Names of the routes in metrics.
pub const ROUTES: [&str; 2] = ["otp", "added_number"];

const fn route(route: Route) -> &'static str {
    let [otp, added_number] = ROUTES;
    match route {
        Route::Otp => otp,
        Route::AddedNumber => added_number,
    }
}
