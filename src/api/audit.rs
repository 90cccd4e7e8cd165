//! Who was refused what: one line of the log each, for whoever looks into it later. What was done stands in the events.
//!
//! A line never holds what somebody showed. Strangers can cause refusals without end, and callers in a loop nearly so: beyond
//! so many lines a second the others are only counted, and the next line says how many there were. Strangers' lines are
//! counted apart, so that they cannot drown the others.

use std::num::NonZeroU32;
use std::sync::{Arc, Mutex, PoisonError};

use axum::http::HeaderMap;
use jiff::Timestamp;
use tonic::{Code, Status};
use tonic_types::StatusExt as _;

use super::{Reason, access};
use crate::auth::{Bucket, Caller, Rate, Refusal};
use crate::migration::{Principal, TenantId};

/// Lines within a second, on the average, and at once.
const LINES: Rate = Rate {
    per_second: const { NonZeroU32::new(10).unwrap() },
    burst: const { NonZeroU32::new(100).unwrap() },
};

/// Writes down who was refused what. A clone is the same.
#[derive(Debug, Clone)]
pub(super) struct Audit {
    strangers: Lines,
    callers: Lines,
}

/// Lines of one kind.
#[derive(Debug, Clone)]
struct Lines(Arc<Mutex<Count>>);

#[derive(Debug)]
struct Count {
    room: Bucket,
    /// Refusals since the last line that got none.
    unsaid: u64,
}

impl Audit {
    pub(super) fn new(now: Timestamp) -> Self {
        let lines = || {
            let room = Bucket::full(LINES, now);
            Lines(Arc::new(Mutex::new(Count { room, unsaid: 0 })))
        };
        Self {
            strangers: lines(),
            callers: lines(),
        }
    }

    /// Somebody was not let in.
    pub(super) fn not_let_in(&self, rpc: &str, refusal: &Refusal, reason: Reason, now: Timestamp) {
        let Refusal {
            principal, tenant, ..
        } = refusal;
        let lines = match principal {
            Some(_) => &self.callers,
            None => &self.strangers,
        };
        lines.say(
            rpc,
            principal.as_ref(),
            tenant.as_ref(),
            reason.as_str(),
            None,
            now,
        );
    }

    /// A caller may not do what it asks for, or not now.
    pub(super) fn refused(&self, rpc: &str, caller: &Caller, reason: Reason, now: Timestamp) {
        self.about(rpc, caller, reason.as_str(), None, now);
    }

    /// A caller asked for something to be done, and this came of it.
    pub(super) fn answered(&self, rpc: &str, caller: &Caller, answer: &HeaderMap, now: Timestamp) {
        // What fails for our own sake nobody was refused.
        let ours = [Code::Ok, Code::Unavailable, Code::Internal];
        let refused =
            Status::from_header_map(answer).filter(|status| !ours.contains(&status.code()));
        let Some(info) = refused.and_then(|status| status.get_details_error_info()) else {
            return;
        };
        let migration = info.metadata.get("migration_id");
        self.about(
            rpc,
            caller,
            &info.reason,
            migration.map(String::as_str),
            now,
        );
    }

    fn about(
        &self,
        rpc: &str,
        caller: &Caller,
        reason: &str,
        migration: Option<&str>,
        now: Timestamp,
    ) {
        let (principal, tenant) = (Some(caller.principal()), Some(caller.tenant()));
        self.callers
            .say(rpc, principal, tenant, reason, migration, now);
    }
}

impl Lines {
    fn say(
        &self,
        rpc: &str,
        principal: Option<&Principal>,
        tenant: Option<&TenantId>,
        reason: &str,
        migration: Option<&str>,
        now: Timestamp,
    ) {
        let Some(unsaid) = self.room(now) else {
            return;
        };
        tracing::warn!(
            rpc.method = access::name(rpc),
            principal = principal.map(Principal::as_str),
            tenant.id = tenant.map(TenantId::as_str),
            migration.id = migration,
            reason,
            unsaid,
            "a call was refused"
        );
    }

    /// How many got no line before this one; `None` where this gets none either.
    fn room(&self, now: Timestamp) -> Option<u64> {
        let mut count = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if count.room.take(LINES, now).is_ok() {
            Some(std::mem::take(&mut count.unsaid))
        } else {
            count.unsaid = count.unsaid.saturating_add(1);
            None
        }
    }
}
