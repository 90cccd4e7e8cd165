//! The limiter of all calls: maximum concurrent calls in total, for one tenant and about one WABA,
//! and maximum reads of a WABA in an hour.
//!
//! Its state is in memory. Two processes do not share it, but Meta's usage headers report the calls
//! of both to each of them.

mod app_breaker;
mod hourly_count;
mod outage;
mod tenant_slots;
mod waba;

use std::collections::HashMap;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use parking_lot::{Mutex, MutexGuard};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use self::app_breaker::AppBreakers;
use self::outage::OutageDetector;
use self::tenant_slots::TenantSlots;
use self::waba::WabaLimits;
use super::settings::CallLimits;
use super::usage::Usage;
use domain::{Fault, Reason, TenantId, WabaId};

pub(super) use self::app_breaker::BreakerChange;

/// Maximum number of tracked WABAs. Beyond it, those far from any limit are dropped.
const MAX_TRACKED: usize = 10_000;
/// Minimum time between two sweeps, since a sweep may drop none.
const SWEEP: SignedDuration = SignedDuration::from_secs(1);

/// Limits calls to Meta.
#[derive(Debug)]
pub(super) struct Limiter {
    all: Arc<Semaphore>,
    tenants: TenantSlots,
    limits: CallLimits,
    known: Mutex<WabaTable>,
    pub(super) apps: AppBreakers,
    pub(super) outage: OutageDetector,
}

/// The limits that a call counts against.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct LimitScope<'a> {
    /// The name of the Meta app: see `Client::app_name`.
    pub(super) app: Option<&'a str>,
    /// The tenant.
    pub(super) tenant: Option<&'a TenantId>,
    /// The WABA.
    pub(super) waba: Option<&'a WabaId>,
}

/// The tracked WABAs.
#[derive(Debug, Default)]
struct WabaTable {
    accounts: HashMap<String, WabaLimits>,
    /// When those far from any limit were last dropped.
    swept_at: Option<Timestamp>,
}

/// Buckets of usage: upper bound in percent, and label.
const PARTS: [(u32, &str); 4] = [
    (50, "0-50"),
    (80, "50-80"),
    (95, "80-95"),
    (u32::MAX, "95-100"),
];
/// Label of WABAs that are paused.
const LIMITED: &str = "limited";

/// The permit for one call, returned on drop.
#[derive(Debug)]
pub(super) struct CallSlot {
    _waba: Option<OwnedSemaphorePermit>,
    _tenant: Option<OwnedSemaphorePermit>,
    _all: Option<OwnedSemaphorePermit>,
}

impl Limiter {
    /// A limiter with these limits.
    pub(super) fn new(limits: CallLimits) -> Self {
        Self {
            all: Arc::new(Semaphore::new(limits.calls)),
            tenants: TenantSlots::new(limits.calls_per_tenant),
            limits,
            known: Mutex::default(),
            apps: AppBreakers::default(),
            outage: OutageDetector::default(),
        }
    }

    /// Waits for a slot for a call that counts against the limits of `whose`.
    ///
    /// Every call is refused while Meta refuses the app. A read is also refused if the hourly limit
    /// of the WABA is used up. Meta does not count changing calls, and they are never refused: the
    /// reads before them would have been wasted.
    pub(super) async fn acquire(
        &self,
        whose: LimitScope<'_>,
        reads: bool,
        now: Timestamp,
    ) -> Result<CallSlot, Fault> {
        if let Some(app) = whose.app {
            self.apps.admit(app, now)?;
        }
        let waba = whose.waba.map(|waba| self.admit(waba, reads, now));
        let waba = waba.transpose()?;
        let tenant = whose.tenant.map(|tenant| self.tenants.slots(tenant));
        // The narrowest first: calls that wait for a busy WABA or tenant occupy no other slot.
        Ok(CallSlot {
            _waba: slot(waba).await,
            _tenant: slot(tenant).await,
            _all: slot(Some(Arc::clone(&self.all))).await,
        })
    }

    /// Counts a changing call that Meta counts all the same. It is never refused, but reduces the
    /// reads that are left.
    pub(super) fn count(&self, whose: LimitScope<'_>, now: Timestamp) {
        let Some(waba) = whose.waba else { return };
        if let Some(account) = self.account(&mut self.lock(), waba.as_str(), now) {
            account.add(now);
        }
    }

    fn admit(&self, waba: &WabaId, reads: bool, now: Timestamp) -> Result<Arc<Semaphore>, Fault> {
        let mut known = self.lock();
        let Some(account) = self.account(&mut known, waba.as_str(), now) else {
            return Ok(Arc::new(Semaphore::new(self.limits.calls_per_waba)));
        };
        if reads {
            account.count(&self.limits, now)?;
        }
        Ok(account.slots())
    }

    /// Records the result of a call, and completes its fault: how long to wait, and since when all
    /// calls fail like this. Returns what changed for the app.
    ///
    /// The app's level in the usage headers pauses only this WABA; each other WABA of the app sees
    /// the same headers at its next call.
    pub(super) fn record(
        &self,
        usage: &Usage,
        whose: LimitScope<'_>,
        mut fault: Option<&mut Fault>,
        now: Timestamp,
    ) -> Option<BreakerChange> {
        let failing_since = self.outage.record(whose.waba, fault.as_deref(), now);
        if let Some(fault) = &mut fault {
            fault.failing_since = fault.failing_since.or(failing_since);
        }
        let change = whose
            .app
            .and_then(|app| self.apps.record(app, fault.as_deref_mut(), now));
        self.record_waba(usage, whose.waba, fault, now);
        change
    }

    fn record_waba(
        &self,
        usage: &Usage,
        waba: Option<&WabaId>,
        fault: Option<&mut Fault>,
        now: Timestamp,
    ) {
        for (id, percent) in usage.percents() {
            if let Some(account) = self.lock().accounts.get_mut(id) {
                account.uses(percent, now);
            }
        }
        for (id, pause) in usage.pauses() {
            self.pause(id, pause, now);
        }
        let Some(waba) = waba else { return };
        if let Some(pause) = usage.app_pause() {
            self.pause(waba.as_str(), pause, now);
        }
        let mut known = self.lock();
        let Some(account) = self.account(&mut known, waba.as_str(), now) else {
            return;
        };
        match fault {
            Some(fault) if fault.reason == Reason::AccountRateLimited => {
                account.refused(fault.retry_after, now);
                let until = account.paused_until(&self.limits, now);
                // All callers of the WABA wait until the same time, also those that were refused
                // here without a call.
                fault.retry_after = until
                    .map(|until| until.duration_since(now))
                    .or(fault.retry_after);
            }
            Some(fault) if !fault.graph_error.as_ref().is_some_and(|it| it.is_of_meta()) => {}
            _ => account.answered(now),
        }
    }

    /// Records that `waba` has a registered number: Meta allows more reads of it.
    pub(super) fn has_number(&self, waba: &WabaId, now: Timestamp) {
        if let Some(account) = self.account(&mut self.lock(), waba.as_str(), now) {
            account.has_number();
        }
    }

    /// Until when `waba` is paused, if it is.
    pub(super) fn paused_until(&self, waba: &WabaId, now: Timestamp) -> Option<Timestamp> {
        self.lock()
            .accounts
            .get(waba.as_str())?
            .paused_until(&self.limits, now)
    }

    /// The number of tracked WABAs by how much of their limits they have used.
    pub(super) fn usage(&self, now: Timestamp) -> [(&'static str, u64); 5] {
        let [a, b, c, d] = PARTS.map(|(_, name)| (name, 0));
        let mut parts = [a, b, c, d, (LIMITED, 0)];
        for account in self.lock().accounts.values() {
            let name = match account.used_percent(&self.limits, now) {
                None => LIMITED,
                Some(percent) => PARTS
                    .iter()
                    .find(|(up_to, _)| percent < *up_to)
                    .map_or(LIMITED, |(_, name)| name),
            };
            if let Some((_, count)) = parts.iter_mut().find(|(part, _)| *part == name) {
                *count += 1;
            }
        }
        parts
    }

    fn pause(&self, id: &str, pause: SignedDuration, now: Timestamp) {
        let until = now.saturating_add(pause).unwrap_or(Timestamp::MAX);
        if let Some(account) = self.account(&mut self.lock(), id, now) {
            account.pause(until);
        }
    }

    /// The entry of a WABA. `None` if the table is full: then the WABA is not tracked for now.
    fn account<'a>(
        &self,
        known: &'a mut WabaTable,
        id: &str,
        now: Timestamp,
    ) -> Option<&'a mut WabaLimits> {
        let WabaTable { accounts, swept_at } = known;
        if !accounts.contains_key(id) {
            let swept = swept_at.is_some_and(|at| now.duration_since(at) < SWEEP);
            if accounts.len() >= MAX_TRACKED && !swept {
                *swept_at = Some(now);
                accounts.retain(|_, account| account.matters(&self.limits, now));
            }
            if accounts.len() >= MAX_TRACKED {
                return None;
            }
            accounts.insert(id.to_owned(), WabaLimits::new(self.limits.calls_per_waba));
        }
        accounts.get_mut(id)
    }

    fn lock(&self) -> MutexGuard<'_, WabaTable> {
        self.known.lock()
    }
}

/// `first`, doubled with each of `refusals` (from 1) after the first, up to `longest`.
fn growing_pause(first: SignedDuration, refusals: u32, longest: SignedDuration) -> SignedDuration {
    let factor = 1_i32
        .checked_shl(refusals.saturating_sub(1).min(30))
        .unwrap_or(i32::MAX);
    first.saturating_mul(factor).min(longest)
}

/// Waits for one of these slots. No semaphore here is ever closed.
async fn slot(slots: Option<Arc<Semaphore>>) -> Option<OwnedSemaphorePermit> {
    slots?.acquire_owned().await.ok()
}

#[cfg(test)]
mod tests;
