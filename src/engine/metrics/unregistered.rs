//! Numbers that Embedded Signup has added to their destination and that are not registered yet:
//! such a number may be out of service from the end of the signup until it is registered.
//!
//! Kept in memory by the process that found the number: a process that starts knows of none.

use std::collections::HashMap;
use std::time::Duration;

use jiff::Timestamp;
use parking_lot::Mutex;

use super::elapsed;
use crate::telemetry::metrics;
use domain::{Migration, MigrationId, Registration, Route};

/// Maximum numbers to keep track of. Further ones are not counted.
const CAPACITY: usize = 10_000;

/// Added numbers that are not registered, each with the time at which it was found.
#[derive(Debug, Default)]
pub(in crate::engine) struct UnregisteredNumbers {
    added_at: Mutex<HashMap<MigrationId, Timestamp>>,
}

impl UnregisteredNumbers {
    /// The migration was committed; `was` is its registration before.
    pub(in crate::engine) fn record(
        &self,
        was: Registration,
        migration: &Migration,
        now: Timestamp,
    ) {
        let Some(added_at) = migration.added_at else {
            return;
        };
        let route = migration.request.route;
        if migration.registration == Registration::Done && was != Registration::Done {
            metrics::registered(name(route), elapsed(added_at, now));
        }
        if route != Route::AddedNumber {
            return;
        }
        let mut known = self.added_at.lock();
        if migration.registration != Registration::NotDone || migration.state.is_terminal() {
            known.remove(&migration.id);
        } else if known.len() < CAPACITY {
            known.entry(migration.id).or_insert(added_at);
        }
    }

    /// Age of the number that has waited longest.
    pub(in crate::engine) fn oldest(&self, now: Timestamp) -> Duration {
        let known = self.added_at.lock();
        let oldest = known.values().min();
        oldest.map(|at| elapsed(*at, now)).unwrap_or_default()
    }
}

/// Names of the routes in metrics.
pub const ROUTES: [&str; 2] = ["otp", "added_number"];

const fn name(route: Route) -> &'static str {
    let [otp, added_number] = ROUTES;
    match route {
        Route::Otp => otp,
        Route::AddedNumber => added_number,
    }
}
