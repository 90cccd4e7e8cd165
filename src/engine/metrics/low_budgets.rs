//! Numbers with at most one call left in a budget.
//!
//! Kept in memory by the process that made the last call: the store would have to scan every call
//! of three days. A process that starts knows of none.

use std::collections::HashMap;

use jiff::Timestamp;
use parking_lot::Mutex;

use domain::{GraphCall, Machine, Migration, PhoneNumber, TenantId};

/// Maximum numbers to keep track of. Further ones are not counted.
const CAPACITY: usize = 10_000;

/// Numbers with at most one call left in a budget, each with the time until when.
#[derive(Debug, Default)]
pub(in crate::engine) struct LowBudgets {
    known: Mutex<HashMap<(TenantId, PhoneNumber, GraphCall), Timestamp>>,
}

impl LowBudgets {
    /// A limited call of this migration was made.
    pub(in crate::engine) fn record(
        &self,
        machine: &Machine,
        migration: &Migration,
        now: Timestamp,
    ) {
        for (call, until) in machine.low_budgets(migration, now) {
            let Some(until) = until else { continue };
            let number = migration.request.phone_number.clone();
            let mut known = self.known.lock();
            if known.len() >= CAPACITY {
                known.retain(|_, until| *until > now);
            }
            if known.len() < CAPACITY {
                known.insert((migration.tenant.clone(), number, call), until);
            }
        }
    }

    /// Number of low budgets, by call.
    pub(in crate::engine) fn count(&self, now: Timestamp) -> Vec<(GraphCall, u64)> {
        let mut known = self.known.lock();
        known.retain(|_, until| *until > now);
        let calls = Machine::LIMITED_CALLS.into_iter();
        let counted = calls.map(|call| {
            let of_call = known.keys().filter(|(_, _, other)| *other == call);
            (call, of_call.count() as u64)
        });
        counted.collect()
    }
}
