//! The limiter that every call goes through: so many at once, in all, of one tenant and of one WABA, and no more readings of a
//! WABA than Meta allows in an hour.
//!
//! It keeps what is known of each WABA in memory. Two processes know nothing of each other's calls; Meta's usage headers
//! tell each of them about both.

mod app_breaker;
mod hourly_count;
mod outage;
mod tenant_slots;
mod waba;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::{SignedDuration, Timestamp};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use self::app_breaker::AppBreakers;
use self::outage::OutageDetector;
use self::tenant_slots::TenantSlots;
use self::waba::WabaLimits;
use super::settings::CallLimits;
use super::usage::Usage;
use domain::{Fault, Reason, TenantId, WabaId};

pub(super) use self::app_breaker::BreakerChange;

/// So many WABAs are remembered at most. Of more, those that are far from any limit are forgotten.
const REMEMBERED: usize = 10_000;
/// Where all of them matter, it takes a while until some do not.
const SWEEP: SignedDuration = SignedDuration::from_secs(1);

/// Lets calls through.
#[derive(Debug)]
pub(super) struct Limiter {
    all: Arc<Semaphore>,
    tenants: TenantSlots,
    limits: CallLimits,
    known: Mutex<WabaTable>,
    apps: AppBreakers,
    outage: OutageDetector,
}

/// LimitScope limits a call counts against.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct LimitScope<'a> {
    /// What names the Meta app that it is made through.
    pub(super) app: Option<&'a str>,
    /// The tenant that it is made for.
    pub(super) tenant: Option<&'a TenantId>,
    /// The WABA that it is about.
    pub(super) waba: Option<&'a WabaId>,
}

/// The WABAs that something is known of.
#[derive(Debug, Default)]
struct WabaTable {
    accounts: HashMap<String, WabaLimits>,
    /// When those were forgotten that did not matter.
    swept_at: Option<Timestamp>,
}

/// How much of their limits WABAs can have used, in percent: up to where each part goes, and what it is called.
const PARTS: [(u32, &str); 4] = [
    (50, "0-50"),
    (80, "50-80"),
    (95, "80-95"),
    (u32::MAX, "95-100"),
];
/// The part of those that are left alone for now.
const LIMITED: &str = "limited";

/// The right to make one call. Given back by dropping it.
#[derive(Debug)]
pub(super) struct CallSlot {
    _waba: Option<OwnedSemaphorePermit>,
    _tenant: Option<OwnedSemaphorePermit>,
    _all: Option<OwnedSemaphorePermit>,
}

impl Limiter {
    /// A limiter that keeps to `limits`.
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

    /// Waits for a place to make a call that counts against the limits of `whose`.
    ///
    /// Every call is refused while Meta refuses the app. A reading is also refused where the WABA's hour is used up. A call that changes something is not counted by Meta, and is
    /// never refused: a reading that was made for it would have been made in vain.
    pub(super) async fn enter(
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
        let tenant = whose.tenant.map(|tenant| self.tenants.places(tenant));
        // Its own first: those who wait for a place of a busy WABA, or of a busy tenant, stand in nobody's way.
        Ok(CallSlot {
            _waba: place(waba).await,
            _tenant: place(tenant).await,
            _all: place(Some(Arc::clone(&self.all))).await,
        })
    }

    /// Counts a call that changes something and that Meta counts all the same. It is never refused, but leaves less room for
    /// readings.
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
        Ok(account.places())
    }

    /// Remembers what an answer to a call says, and completes its fault with what is known: how long to wait, and since when the
    /// same fails for all. Returns what changed for the app.
    ///
    /// The app's level in the usage headers is held against the WABA alone; each of its accounts learns of it at its next call.
    pub(super) fn learn(
        &self,
        usage: &Usage,
        whose: LimitScope<'_>,
        mut fault: Option<&mut Fault>,
        now: Timestamp,
    ) -> Option<BreakerChange> {
        let failing_since = self.outage.learn(whose.waba, fault.as_deref(), now);
        if let Some(fault) = &mut fault {
            fault.failing_since = fault.failing_since.or(failing_since);
        }
        let change = whose
            .app
            .and_then(|app| self.apps.learn(app, fault.as_deref_mut(), now));
        self.learn_of_account(usage, whose.waba, fault, now);
        change
    }

    fn learn_of_account(
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
            self.rest(id, pause, now);
        }
        let Some(waba) = waba else { return };
        if let Some(pause) = usage.app_pause() {
            self.rest(waba.as_str(), pause, now);
        }
        let mut known = self.lock();
        let Some(account) = self.account(&mut known, waba.as_str(), now) else {
            return;
        };
        match fault {
            Some(fault) if fault.reason == Reason::AccountRateLimited => {
                account.refused(fault.retry_after, now);
                let until = account.rests_until(&self.limits, now);
                // All of the account wait for the same time, whether they met the limit or only heard of it.
                fault.retry_after = until
                    .map(|until| until.duration_since(now))
                    .or(fault.retry_after);
            }
            Some(fault) if !fault.graph_error.as_ref().is_some_and(|it| it.is_of_meta()) => {}
            _ => account.answered(now),
        }
    }

    /// Why no call of the app is made now.
    pub(super) fn app_refusal(&self, app: &str, now: Timestamp) -> Option<Fault> {
        self.apps.refusal(app, now)
    }

    /// How many apps are stopped, by reason.
    pub(super) fn stopped_apps(&self, now: Timestamp) -> [(&'static str, u64); 3] {
        self.apps.count(now)
    }

    /// Since when Meta has been failing for all, where it does.
    pub(super) fn failing_since(&self, now: Timestamp) -> Option<Timestamp> {
        self.outage.since(now)
    }

    /// Remembers that `waba` has a registered number: Meta allows it more.
    pub(super) fn has_number(&self, waba: &WabaId, now: Timestamp) {
        if let Some(account) = self.account(&mut self.lock(), waba.as_str(), now) {
            account.has_number();
        }
    }

    /// Until when `waba` should be left alone, if it should now.
    pub(super) fn rests_until(&self, waba: &WabaId, now: Timestamp) -> Option<Timestamp> {
        self.lock()
            .accounts
            .get(waba.as_str())?
            .rests_until(&self.limits, now)
    }

    /// How many WABAs have used how much of their limits, as far as they are remembered.
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

    fn rest(&self, id: &str, pause: SignedDuration, now: Timestamp) {
        let until = now.saturating_add(pause).unwrap_or(Timestamp::MAX);
        if let Some(account) = self.account(&mut self.lock(), id, now) {
            account.rest(until);
        }
    }

    /// What is known of the account. `None` where no more fit: it is learnt again at the next call.
    fn account<'a>(
        &self,
        known: &'a mut WabaTable,
        id: &str,
        now: Timestamp,
    ) -> Option<&'a mut WabaLimits> {
        let WabaTable { accounts, swept_at } = known;
        if !accounts.contains_key(id) {
            let swept = swept_at.is_some_and(|at| now.duration_since(at) < SWEEP);
            if accounts.len() >= REMEMBERED && !swept {
                *swept_at = Some(now);
                accounts.retain(|_, account| account.matters(&self.limits, now));
            }
            if accounts.len() >= REMEMBERED {
                return None;
            }
            accounts.insert(id.to_owned(), WabaLimits::new(self.limits.calls_per_waba));
        }
        accounts.get_mut(id)
    }

    fn lock(&self) -> MutexGuard<'_, WabaTable> {
        // Nothing in here can panic half-way, so a poisoned map is a whole one.
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// `first`, doubled with each of `refusals` (from 1) after the first, up to `longest`.
fn growing_pause(first: SignedDuration, refusals: u32, longest: SignedDuration) -> SignedDuration {
    let factor = 1_i32
        .checked_shl(refusals.saturating_sub(1).min(30))
        .unwrap_or(i32::MAX);
    first.saturating_mul(factor).min(longest)
}

/// A place of these, when there is one. No semaphore here is ever closed.
async fn place(places: Option<Arc<Semaphore>>) -> Option<OwnedSemaphorePermit> {
    places?.acquire_owned().await.ok()
}

#[cfg(test)]
mod tests;
