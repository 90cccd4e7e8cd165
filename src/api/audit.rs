//! The audit log of refused calls, one line each. Executed calls are in the events of migrations.
//! A refusal is no failure of the service, so its line has the level `info`.
//!
//! A line contains no credentials. Lines beyond a rate are suppressed, and the next line reports
//! their number. Each tenant has its own rate, and calls without a tenant share one, so that no
//! client suppresses the lines of another.

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

/// Maximum rate of lines for one tenant.
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
    /// Lines suppressed since the last one.
    suppressed: u64,
}

/// A refused call.
struct Refused<'a> {
    rpc: &'a str,
    principal: Option<&'a Principal>,
    tenant: Option<&'a TenantId>,
    reason: Reason,
    migration: Option<&'a str>,
}

impl Audit {
    pub(super) fn new(now: Timestamp) -> Self {
        Self(Arc::new(Mutex::new(LineLimits::new(now))))
    }

    /// Logs that a client was not authenticated.
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
            reason,
            migration: None,
        };
        // The name of a tenant that does not exist is the client's choice.
        let tenant = match refusal.kind {
            AuthErrorKind::NoTenant => None,
            _ => refused.tenant,
        };
        self.log(&refused, tenant, now);
    }

    /// Logs the response to a call, if it is a refusal. Returns whether it is one.
    pub(super) fn answered(
        &self,
        rpc: &str,
        caller: &Caller,
        response: &Response,
        now: Timestamp,
    ) -> bool {
        // Failures of the service are not refusals.
        let others = [Code::Ok, Code::Unavailable, Code::Internal];
        let refused =
            status::in_headers(response).filter(|status| !others.contains(&status.code()));
        let Some(details) = refused.as_ref().map(Details::of) else {
            return false;
        };
        let Some(reason) = details.reason else {
            return false;
        };
        let migration = details.migration_id.as_deref();
        self.refused(rpc, caller, reason, migration, now);
        true
    }

    /// Logs that a call of this caller was refused.
    pub(super) fn refused(
        &self,
        rpc: &str,
        caller: &Caller,
        reason: Reason,
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
        self.log(&refused, refused.tenant, now);
    }

    /// Writes a line, within the rate of `tenant`.
    fn log(&self, refused: &Refused<'_>, tenant: Option<&TenantId>, now: Timestamp) {
        let mut lines = self.0.lock();
        let Some(suppressed) = lines.of(tenant, now).admit(now) else {
            return;
        };
        drop(lines);
        tracing::info!(
            rpc.method = rpc::name(refused.rpc),
            principal = refused.principal.map(Principal::as_str),
            tenant.id = refused.tenant.map(TenantId::as_str),
            migration.id = refused.migration,
            reason = refused.reason.as_str(),
            suppressed,
            "call refused"
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

    /// The limit of this tenant; that of no tenant if there is none, or the map is full.
    fn of(&mut self, tenant: Option<&TenantId>, now: Timestamp) -> &mut LineLimit {
        let Some(tenant) = tenant else {
            return &mut self.no_tenant;
        };
        if !self.tenants.contains_key(tenant) {
            self.sweep(now);
            if self.tenants.len() >= MAX_TENANTS {
                return &mut self.no_tenant;
            }
        }
        let new = || LineLimit::new(now);
        self.tenants.entry(tenant.clone()).or_insert_with(new)
    }

    /// Removes tenants without recent refusals if the map is full. Their suppressed lines are added
    /// to those of no tenant.
    fn sweep(&mut self, now: Timestamp) {
        if self.tenants.len() < MAX_TENANTS {
            return;
        }
        let suppressed = &mut self.no_tenant.suppressed;
        self.tenants.retain(|_, limit| {
            let is_quiet = limit.bucket.is_full(LINE_RATE, now);
            if is_quiet {
                *suppressed = suppressed.saturating_add(limit.suppressed);
            }
            !is_quiet
        });
    }
}

impl LineLimit {
    fn new(now: Timestamp) -> Self {
        Self {
            bucket: TokenBucket::full(LINE_RATE, now),
            suppressed: 0,
        }
    }

    /// The number of lines suppressed before this one; `None` if it is suppressed, too.
    fn admit(&mut self, now: Timestamp) -> Option<u64> {
        if self.bucket.take(LINE_RATE, now).is_ok() {
            Some(std::mem::take(&mut self.suppressed))
        } else {
            self.suppressed = self.suppressed.saturating_add(1);
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;

    #[test]
    fn a_tenant_uses_up_only_its_own_lines() {
        let now = Timestamp::UNIX_EPOCH;
        let mut lines = LineLimits::new(now);
        let (acme, bakery) = ("acme".parse().unwrap(), "bakery".parse().unwrap());
        let mut log = |tenant: Option<&TenantId>| lines.of(tenant, now).admit(now);
        while log(Some(&acme)).is_some() {}
        assert_eq!(log(Some(&bakery)), Some(0));
        assert_eq!(log(None), Some(0));
        while log(None).is_some() {}
        assert_eq!(log(Some(&bakery)), Some(0));
    }

    #[test]
    fn removing_quiet_tenants_loses_no_count_of_suppressed_lines() {
        let start = Timestamp::UNIX_EPOCH;
        let mut lines = LineLimits::new(start);
        let tenant = |n: usize| format!("t{n}").parse::<TenantId>().unwrap();
        let mut counted = 0;
        let mut refuse = |lines: &mut LineLimits, n, now| {
            let suppressed = lines.of(Some(&tenant(n)), now).admit(now);
            counted += suppressed.map_or(0, |suppressed| suppressed + 1);
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
        counted += lines.no_tenant.admit(later).unwrap();
        assert_eq!(counted, 150 + u64::try_from(MAX_TENANTS).unwrap() + 1);
    }
}
