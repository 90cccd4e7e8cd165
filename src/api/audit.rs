//! The audit log of refused calls, one line each. What was done is in the events of migrations.
//!
//! A line holds no credentials. Unauthenticated clients can cause refusals without end, and so nearly
//! can callers in a loop: lines over a rate are counted only, and the next line reports the number.
//! Each tenant has a rate of its own, as have calls without a tenant, so that none hides another's.

use std::collections::HashMap;
use std::num::NonZeroU32;
use std::sync::Arc;

use axum::response::Response;
use jiff::Timestamp;
use parking_lot::Mutex;
use tonic::Code;

use super::status::{self, Details};
use super::{Reason, rpc};
use crate::auth::{AuthError, AuthErrorKind, Caller, Rate, TokenBucket};
use domain::{Principal, TenantId};

/// Rate of lines, of one tenant.
const LINE_RATE: Rate = Rate {
    per_second: const { NonZeroU32::new(10).unwrap() },
    burst: const { NonZeroU32::new(100).unwrap() },
};

/// Maximum tenants with a rate of their own. Above it, those without recent refusals are dropped.
const MAX_TENANTS: usize = 1024;

/// The audit log of refused calls. Cheap to clone; clones share state.
#[derive(Debug, Clone)]
pub(super) struct Audit(Arc<Mutex<LineLimits>>);

/// The line limits of each tenant, and of calls without a tenant.
#[derive(Debug)]
struct LineLimits {
    tenants: HashMap<TenantId, LineLimit>,
    no_tenant: LineLimit,
}

#[derive(Debug)]
struct LineLimit {
    bucket: TokenBucket,
    /// Refusals that were not logged since the last line.
    unsaid: u64,
}

/// A refused call.
struct Refused<'a> {
    rpc: &'a str,
    principal: Option<&'a Principal>,
    tenant: Option<&'a TenantId>,
    reason: &'a str,
    migration: Option<&'a str>,
}

impl Audit {
    pub(super) fn new(now: Timestamp) -> Self {
        Self(Arc::new(Mutex::new(LineLimits::new(now))))
    }

    /// A client was not authenticated.
    pub(super) fn unauthenticated(
        &self,
        rpc: &str,
        refusal: &AuthError,
        reason: Reason,
        now: Timestamp,
    ) {
        let refused = Refused {
            rpc,
            principal: refusal.principal.as_ref(),
            tenant: refusal.tenant.as_ref(),
            reason: reason.as_str(),
            migration: None,
        };
        // The name of a tenant that does not exist is the client's choice.
        let of = match refusal.kind {
            AuthErrorKind::NoTenant => None,
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
        let mut lines = self.0.lock();
        let Some(unsaid) = lines.of(of, now).room(now) else {
            return;
        };
        drop(lines);
        tracing::warn!(
            rpc.method = rpc::name(refused.rpc),
            principal = refused.principal.map(Principal::as_str),
            tenant.id = refused.tenant.map(TenantId::as_str),
            migration.id = refused.migration,
            reason = refused.reason,
            unsaid,
            "a call was refused"
        );
    }
}

impl LineLimits {
    fn new(now: Timestamp) -> Self {
        Self {
            tenants: HashMap::new(),
            no_tenant: LineLimit::new(now),
        }
    }

    /// Those of this tenant; of no tenant where there is none, or no room for another.
    fn of(&mut self, tenant: Option<&TenantId>, now: Timestamp) -> &mut LineLimit {
        let Some(tenant) = tenant else {
            return &mut self.no_tenant;
        };
        if !self.tenants.contains_key(tenant) {
            self.make_room(now);
            if self.tenants.len() >= MAX_TENANTS {
                return &mut self.no_tenant;
            }
        }
        let new = || LineLimit::new(now);
        self.tenants.entry(tenant.clone()).or_insert_with(new)
    }

    /// Forgets tenants that have been quiet, where there are as many as may be. What had no line is counted with those of none.
    fn make_room(&mut self, now: Timestamp) {
        if self.tenants.len() < MAX_TENANTS {
            return;
        }
        let unsaid = &mut self.no_tenant.unsaid;
        self.tenants.retain(|_, count| {
            let is_quiet = count.bucket.is_full(LINE_RATE, now);
            if is_quiet {
                *unsaid = unsaid.saturating_add(count.unsaid);
            }
            !is_quiet
        });
    }
}

impl LineLimit {
    fn new(now: Timestamp) -> Self {
        Self {
            bucket: TokenBucket::full(LINE_RATE, now),
            unsaid: 0,
        }
    }

    /// How many got no line before this one; `None` where this gets none either.
    fn room(&mut self, now: Timestamp) -> Option<u64> {
        if self.bucket.take(LINE_RATE, now).is_ok() {
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
        let mut lines = LineLimits::new(now);
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
        let mut lines = LineLimits::new(start);
        let tenant = |n: usize| format!("t{n}").parse::<TenantId>().unwrap();
        let mut said = 0;
        let mut refuse = |lines: &mut LineLimits, n, now| {
            let unsaid = lines.of(Some(&tenant(n)), now).room(now);
            said += unsaid.map_or(0, |unsaid| unsaid + 1);
        };
        for _ in 0..150 {
            refuse(&mut lines, 0, start);
        }
        for n in 1..=MAX_TENANTS {
            refuse(&mut lines, n, start);
        }
        assert_eq!(lines.tenants.len(), MAX_TENANTS);
        let later = start + SignedDuration::from_mins(1);
        refuse(&mut lines, MAX_TENANTS + 1, later);
        assert_eq!(lines.tenants.len(), 1, "the others have been quiet");
        said += lines.no_tenant.room(later).unwrap();
        assert_eq!(said, 150 + u64::try_from(MAX_TENANTS).unwrap() + 1);
    }
}
