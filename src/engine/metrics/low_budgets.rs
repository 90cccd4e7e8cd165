//! Numbers of which at most one more limited call may be made: for metrics.
//!
//! Kept in memory, by the process that made the call that brought it there: the store would have to walk along every call of
//! three days. A process that starts knows of none.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;

use domain::{GraphCall, Machine, Migration, PhoneNumber, TenantId};

/// So many are remembered. Of more, the later ones are not counted.
const REMEMBERED: usize = 10_000;

type Known = HashMap<(TenantId, PhoneNumber, GraphCall), Timestamp>;

/// Numbers whose budgets are nearly spent, each with the time until when.
#[derive(Debug, Default)]
pub(in crate::engine) struct NearEnd {
    known: Mutex<Known>,
}

impl NearEnd {
    /// A limited call of this migration was made.
    pub(in crate::engine) fn note(&self, machine: &Machine, migration: &Migration, now: Timestamp) {
        for (call, until) in machine.low_budgets(migration, now) {
            let Some(until) = until else { continue };
            let number = migration.request.phone_number.clone();
            let mut known = self.lock();
            if known.len() >= REMEMBERED {
                known.retain(|_, until| *until > now);
            }
            if known.len() < REMEMBERED {
                known.insert((migration.tenant.clone(), number, call), until);
            }
        }
    }

    /// How many there are, by call.
    pub(in crate::engine) fn count(&self, now: Timestamp) -> Vec<(GraphCall, u64)> {
        let mut known = self.lock();
        known.retain(|_, until| *until > now);
        [
            GraphCall::RequestCode,
            GraphCall::VerifyCode,
            GraphCall::Register,
        ]
        .into_iter()
        .map(|call| {
            let those = known.keys().filter(|(_, _, other)| *other == call);
            (call, those.count() as u64)
        })
        .collect()
    }

    fn lock(&self) -> MutexGuard<'_, Known> {
        // Nothing in here can panic half-way, so a poisoned map is a whole one.
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
