//! Who was refused what: one line of the log each, for whoever looks into it later. What was done stands in the events.
//!
//! A line never holds what somebody showed. Clients that are not authenticated can cause refusals without end, and callers in a
//! loop nearly so: beyond a number of lines a second the others are only counted, and the next line says how many there were. Each
//! tenant's refusals are counted apart, and those of no tenant as well, so that none of them hides another's.

use std::collections::HashMap;
use std::num::NonZeroU32;
use std::sync::{Arc, Mutex, PoisonError};

use axum::response::Response;
use jiff::Timestamp;
use tonic::Code;

use super::status::{self, Details};
use super::{Reason, access};
use crate::auth::{Bucket, Caller, Rate, Refusal, Why};
use domain::{Principal, TenantId};

/// Lines within a second, on the average, and at once.
const LINES: Rate = Rate {
    per_second: const { NonZeroU32::new(10).unwrap() },
    burst: const { NonZeroU32::new(100).unwrap() },
};

/// So many tenants are counted apart. Of more, those go that have been quiet.
const TENANTS: usize = 1024;

/// Writes down who was refused what. A clone is the same.
#[derive(Debug, Clone)]
pub(super) struct Audit(Arc<Mutex<Lines>>);

/// The lines of each tenant, and of no tenant.
#[derive(Debug)]
struct Lines {
    of: HashMap<TenantId, Count>,
    of_none: Count,
}

#[derive(Debug)]
struct Count {
    room: Bucket,
    /// Refusals since the last line that got none.
    unsaid: u64,
}

/// What was refused.
struct Refused<'a> {
    rpc: &'a str,
    principal: Option<&'a Principal>,
    tenant: Option<&'a TenantId>,
    reason: &'a str,
    migration: Option<&'a str>,
}

impl Audit {
    pub(super) fn new(now: Timestamp) -> Self {
        Self(Arc::new(Mutex::new(Lines::new(now))))
    }

    /// A client was not authenticated.
    pub(super) fn not_let_in(&self, rpc: &str, refusal: &Refusal, reason: Reason, now: Timestamp) {
        let refused = Refused {
            rpc,
            principal: refusal.principal.as_ref(),
            tenant: refusal.tenant.as_ref(),
            reason: reason.as_str(),
            migration: None,
        };
        // The name of a tenant that does not exist is the client's choice.
        let of = match refusal.why {
            Why::NoTenant => None,
            _ => refused.tenant,
        };
        self.say(&refused, of, now);
    }

    /// A caller may not do what it asks for, or not now.
    pub(super) fn refused(&self, rpc: &str, caller: &Caller, reason: Reason, now: Timestamp) {
        self.about(rpc, caller, reason.as_str(), None, now);
    }

    /// A caller asked for something to be done, and this came of it.
    pub(super) fn answered(&self, rpc: &str, caller: &Caller, answer: &Response, now: Timestamp) {
        // What fails for our own sake nobody was refused.
        let ours = [Code::Ok, Code::Unavailable, Code::Internal];
        let refused = status::in_headers(answer).filter(|status| !ours.contains(&status.code()));
        let Some(details) = refused.as_ref().map(Details::of) else {
            return;
        };
        if let Some(reason) = details.reason {
            let migration = details.migration_id.as_deref();
            self.about(rpc, caller, reason.as_str(), migration, now);
        }
    }

    fn about(
        &self,
        rpc: &str,
        caller: &Caller,
        reason: &str,
        migration: Option<&str>,
        now: Timestamp,
    ) {
        let refused = Refused {
            rpc,
            principal: Some(caller.principal()),
            tenant: Some(caller.tenant()),
            reason,
            migration,
        };
        self.say(&refused, refused.tenant, now);
    }

    /// Says it, where there is room among the lines `of` that tenant.
    fn say(&self, refused: &Refused<'_>, of: Option<&TenantId>, now: Timestamp) {
        let mut lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(unsaid) = lines.of(of, now).room(now) else {
            return;
        };
        drop(lines);
        tracing::warn!(
            rpc.method = access::name(refused.rpc),
            principal = refused.principal.map(Principal::as_str),
            tenant.id = refused.tenant.map(TenantId::as_str),
            migration.id = refused.migration,
            reason = refused.reason,
            unsaid,
            "a call was refused"
        );
    }
}

impl Lines {
    fn new(now: Timestamp) -> Self {
        Self {
            of: HashMap::new(),
            of_none: Count::new(now),
        }
    }

    /// Those of this tenant; of no tenant where there is none, or no room for another.
    fn of(&mut self, tenant: Option<&TenantId>, now: Timestamp) -> &mut Count {
        let Some(tenant) = tenant else {
            return &mut self.of_none;
        };
        if !self.of.contains_key(tenant) {
            self.make_room(now);
            if self.of.len() >= TENANTS {
                return &mut self.of_none;
            }
        }
        let new = || Count::new(now);
        self.of.entry(tenant.clone()).or_insert_with(new)
    }

    /// Forgets tenants that have been quiet, where there are as many as may be. What had no line is counted with those of none.
    fn make_room(&mut self, now: Timestamp) {
        if self.of.len() < TENANTS {
            return;
        }
        let unsaid = &mut self.of_none.unsaid;
        self.of.retain(|_, count| {
            let is_quiet = count.room.is_full(LINES, now);
            if is_quiet {
                *unsaid = unsaid.saturating_add(count.unsaid);
            }
            !is_quiet
        });
    }
}

impl Count {
    fn new(now: Timestamp) -> Self {
        Self {
            room: Bucket::full(LINES, now),
            unsaid: 0,
        }
    }

    /// How many got no line before this one; `None` where this gets none either.
    fn room(&mut self, now: Timestamp) -> Option<u64> {
        if self.room.take(LINES, now).is_ok() {
            Some(std::mem::take(&mut self.unsaid))
        } else {
            self.unsaid = self.unsaid.saturating_add(1);
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;

    #[test]
    fn a_noisy_tenant_uses_up_no_lines_but_its_own() {
        let now = Timestamp::UNIX_EPOCH;
        let mut lines = Lines::new(now);
        let (acme, bakery) = ("acme".parse().unwrap(), "bakery".parse().unwrap());
        let mut said = |of: Option<&TenantId>| lines.of(of, now).room(now);
        while said(Some(&acme)).is_some() {}
        assert_eq!(said(Some(&bakery)), Some(0));
        assert_eq!(said(None), Some(0));
        while said(None).is_some() {}
        assert_eq!(said(Some(&bakery)), Some(0));
    }

    #[test]
    fn tenants_are_bounded_in_number_and_none_of_their_refusals_is_forgotten() {
        let start = Timestamp::UNIX_EPOCH;
        let mut lines = Lines::new(start);
        let tenant = |n: usize| format!("t{n}").parse::<TenantId>().unwrap();
        let mut said = 0;
        let mut refuse = |lines: &mut Lines, n, now| {
            let unsaid = lines.of(Some(&tenant(n)), now).room(now);
            said += unsaid.map_or(0, |unsaid| unsaid + 1);
        };
        for _ in 0..150 {
            refuse(&mut lines, 0, start);
        }
        for n in 1..=TENANTS {
            refuse(&mut lines, n, start);
        }
        assert_eq!(lines.of.len(), TENANTS);
        let later = start + SignedDuration::from_mins(1);
        refuse(&mut lines, TENANTS + 1, later);
        assert_eq!(lines.of.len(), 1, "the others have been quiet");
        said += lines.of_none.room(later).unwrap();
        assert_eq!(said, 150 + u64::try_from(TENANTS).unwrap() + 1);
    }
}
