//! The gate that every call goes through: so many at once, in all, of one tenant and of one WABA, and no more readings of a
//! WABA than Meta allows in an hour.
//!
//! It keeps what is known of each WABA in memory. Two processes know nothing of each other's calls; Meta's usage headers
//! tell each of them about both.

mod account;
mod apps;
mod hour;
mod outage;
mod tenants;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::{SignedDuration, Timestamp};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use self::account::Account;
use self::apps::Apps;
use self::outage::Outage;
use self::tenants::Tenants;
use super::settings::Limits;
use super::usage::Usage;
use crate::migration::{Fault, Reason, TenantId, WabaId};

pub(super) use self::apps::AppChange;

/// So many WABAs are remembered at most. Of more, those that are far from any limit are forgotten.
const REMEMBERED: usize = 10_000;
/// Where all of them matter, it takes a while until some do not.
const SWEEP: SignedDuration = SignedDuration::from_secs(1);

/// Lets calls through.
#[derive(Debug)]
pub(super) struct Gate {
    all: Arc<Semaphore>,
    tenants: Tenants,
    limits: Limits,
    known: Mutex<Known>,
    apps: Apps,
    outage: Outage,
}

/// Whose limits a call counts against.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Whose<'a> {
    /// What names the Meta app that it is made through.
    pub(super) app: Option<&'a str>,
    /// The tenant that it is made for.
    pub(super) tenant: Option<&'a TenantId>,
    /// The WABA that it is about.
    pub(super) waba: Option<&'a WabaId>,
}

/// The WABAs that something is known of.
#[derive(Debug, Default)]
struct Known {
    accounts: HashMap<String, Account>,
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
pub(super) struct Pass {
    _waba: Option<OwnedSemaphorePermit>,
    _tenant: Option<OwnedSemaphorePermit>,
    _all: Option<OwnedSemaphorePermit>,
}

impl Gate {
    /// A gate that keeps to `limits`.
    pub(super) fn new(limits: Limits) -> Self {
        Self {
            all: Arc::new(Semaphore::new(limits.calls)),
            tenants: Tenants::new(limits.calls_per_tenant),
            limits,
            known: Mutex::default(),
            apps: Apps::default(),
            outage: Outage::default(),
        }
    }

    /// Waits for a place to make a call that counts against the limits of `whose`.
    ///
    /// Every call is refused while Meta refuses the app. A reading is also refused where the WABA's hour is used up. A call that changes something is not counted by Meta, and is
    /// never refused: a reading that was made for it would have been made in vain.
    pub(super) async fn enter(
        &self,
        whose: Whose<'_>,
        reads: bool,
        now: Timestamp,
    ) -> Result<Pass, Fault> {
        if let Some(app) = whose.app {
            self.apps.admit(app, now)?;
        }
        let waba = whose.waba.map(|waba| self.admit(waba, reads, now));
        let waba = waba.transpose()?;
        let tenant = whose.tenant.map(|tenant| self.tenants.places(tenant));
        // Its own first: those who wait for a place of a busy WABA, or of a busy tenant, stand in nobody's way.
        Ok(Pass {
            _waba: place(waba).await,
            _tenant: place(tenant).await,
            _all: place(Some(Arc::clone(&self.all))).await,
        })
    }

    /// Counts a call that changes something and that Meta counts all the same. It is never refused, but leaves less room for
    /// readings.
    pub(super) fn count(&self, whose: Whose<'_>, now: Timestamp) {
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
        whose: Whose<'_>,
        mut fault: Option<&mut Fault>,
        now: Timestamp,
    ) -> Option<AppChange> {
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
    pub(super) fn stopped_apps(&self) -> [(&'static str, u64); 3] {
        self.apps.count()
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
        known: &'a mut Known,
        id: &str,
        now: Timestamp,
    ) -> Option<&'a mut Account> {
        let Known { accounts, swept_at } = known;
        if !accounts.contains_key(id) {
            let swept = swept_at.is_some_and(|at| now.duration_since(at) < SWEEP);
            if accounts.len() >= REMEMBERED && !swept {
                *swept_at = Some(now);
                accounts.retain(|_, account| account.matters(&self.limits, now));
            }
            if accounts.len() >= REMEMBERED {
                return None;
            }
            accounts.insert(id.to_owned(), Account::new(self.limits.calls_per_waba));
        }
        accounts.get_mut(id)
    }

    fn lock(&self) -> MutexGuard<'_, Known> {
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
mod tests {
    use super::*;

    const WABA: &str = "104996122399160";
    const OTHER: &str = "105000000000001";
    const NOW: Timestamp = Timestamp::UNIX_EPOCH;

    fn waba(id: &str) -> WabaId {
        id.parse().unwrap()
    }

    fn of(waba: &WabaId) -> Whose<'_> {
        Whose {
            waba: Some(waba),
            ..Whose::default()
        }
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    async fn reads(gate: &Gate, times: u32, second: i64) -> Result<(), Fault> {
        for _ in 0..times {
            gate.enter(of(&waba(WABA)), true, at(second)).await?;
        }
        Ok(())
    }

    #[test]
    fn a_limit_that_was_met_is_kept_to_for_its_time() {
        let gate = Gate::new(Limits::default());
        let mut fault = Fault::of(Reason::AccountRateLimited)
            .with_retry_after(Some(SignedDuration::from_secs(90)));
        gate.learn(&Usage::default(), of(&waba(WABA)), Some(&mut fault), NOW);
        assert_eq!(gate.rests_until(&waba(WABA), NOW), Some(at(90)));
        assert_eq!(gate.rests_until(&waba(WABA), at(90)), None);
        assert_eq!(gate.rests_until(&waba(OTHER), NOW), None);
    }

    #[tokio::test]
    async fn pauses_at_a_limit_grow_and_a_few_readings_find_out_whether_it_has_passed() {
        let gate = Gate::new(Limits::default());
        let refused = |second| {
            let mut fault = Fault::of(Reason::AccountRateLimited);
            gate.learn(
                &Usage::default(),
                of(&waba(WABA)),
                Some(&mut fault),
                at(second),
            );
            fault.retry_after.unwrap().as_secs()
        };
        assert_eq!(refused(0), 300);
        assert_eq!(refused(1), 299, "one that was under way");
        assert!(
            reads(&gate, 1, 200).await.is_err(),
            "not before the pause is over"
        );
        assert!(reads(&gate, 4, 300).await.is_ok());
        let waits = reads(&gate, 1, 300).await.unwrap_err();
        assert_eq!(waits.retry_after, Some(SignedDuration::from_secs(30)));
        assert_eq!(refused(301), 600);
        assert_eq!(refused(901), 1_200);
        assert!(reads(&gate, 1, 2_101).await.is_ok());
        gate.learn(&Usage::default(), of(&waba(WABA)), None, at(2_101));
        assert!(reads(&gate, 50, 2_101).await.is_ok(), "Meta answers again");
        assert_eq!(refused(2_102), 300);
    }

    #[tokio::test]
    async fn a_fresh_waba_is_read_no_more_than_its_hour_allows() {
        let gate = Gate::new(Limits::default());
        reads(&gate, 190, 0).await.unwrap();
        let refused = reads(&gate, 1, 60).await.unwrap_err();
        assert_eq!(refused.reason, Reason::AccountRateLimited);
        assert_eq!(
            refused.retry_after,
            Some(SignedDuration::from_mins(59)),
            "until the hour of the first is over"
        );
        assert_eq!(gate.rests_until(&waba(WABA), at(60)), Some(at(3600)));
        let written = gate.enter(of(&waba(WABA)), false, at(60)).await;
        assert!(written.is_ok(), "what changes something is not counted");
        assert!(gate.enter(of(&waba(OTHER)), true, at(60)).await.is_ok());
        reads(&gate, 190, 3600).await.unwrap();
    }

    #[tokio::test]
    async fn a_counted_change_leaves_less_room_for_readings_and_is_never_refused() {
        let gate = Gate::new(Limits::default());
        reads(&gate, 189, 0).await.unwrap();
        for _ in 0..2 {
            gate.count(of(&waba(WABA)), NOW);
        }
        assert!(reads(&gate, 1, 1).await.is_err());
        assert!(gate.enter(of(&waba(WABA)), false, at(1)).await.is_ok());
    }

    #[tokio::test]
    async fn a_waba_with_a_number_may_be_read_more() {
        let gate = Gate::new(Limits::default());
        reads(&gate, 190, 0).await.unwrap();
        gate.has_number(&waba(WABA), NOW);
        reads(&gate, 4_500, 1).await.unwrap();
        assert!(reads(&gate, 500, 1).await.is_err());
    }

    #[tokio::test]
    async fn a_busy_waba_leaves_places_to_others() {
        let gate = Gate::new(Limits {
            calls: 3,
            calls_per_waba: 2,
            ..Limits::default()
        });
        let enter = |id| {
            let waba = waba(id);
            let gate = &gate;
            async move { gate.enter(of(&waba), true, NOW).await.unwrap() }
        };
        let held = (enter(WABA).await, enter(WABA).await);
        let mut third = Box::pin(enter(WABA));
        assert!(futures_util::poll!(&mut third).is_pending());
        let other = enter(OTHER).await;
        let mut fourth = Box::pin(enter(OTHER));
        assert!(futures_util::poll!(&mut fourth).is_pending(), "all taken");
        drop(held);
        let _passes = (third.await, fourth.await);
        drop(other);
    }

    #[tokio::test]
    async fn a_busy_tenant_leaves_places_to_others() {
        let gate = Gate::new(Limits {
            calls: 3,
            calls_per_tenant: 2,
            ..Limits::default()
        });
        let enter = |tenant: &'static str, waba_id| {
            let (tenant, waba, gate) = (tenant.parse().unwrap(), waba(waba_id), &gate);
            async move {
                let tenant = Some(&tenant);
                let whose = Whose {
                    tenant,
                    ..of(&waba)
                };
                gate.enter(whose, true, NOW).await.unwrap()
            }
        };
        let _held = (enter("acme", WABA).await, enter("acme", OTHER).await);
        let mut third = Box::pin(enter("acme", "105000000000002"));
        assert!(futures_util::poll!(&mut third).is_pending());
        let _other = enter("other", WABA).await;
    }

    #[tokio::test]
    async fn wabas_are_counted_by_what_they_have_used() {
        let gate = Gate::new(Limits::default());
        let counted = |second| gate.usage(at(second)).map(|(_, count)| count);
        assert_eq!(counted(0), [0; 5]);
        reads(&gate, 96, 0).await.unwrap();
        gate.rest(OTHER, SignedDuration::from_secs(10), NOW);
        assert_eq!(counted(0), [0, 1, 0, 0, 1], "half of its hour, and at rest");
        let said = |percent| {
            let headers = format!(r#"{{"{WABA}":[{{"call_count":{percent}}}]}}"#);
            Usage::of_waba(&headers)
        };
        gate.learn(&said(90), of(&waba(WABA)), None, NOW);
        assert_eq!(counted(20), [1, 0, 1, 0, 0]);
        gate.learn(&said(10), of(&waba(WABA)), None, at(3_000));
        assert_eq!(counted(3_000), [1, 1, 0, 0, 0], "its own count stays");
        assert_eq!(counted(7_200), [2, 0, 0, 0, 0]);
    }

    #[test]
    fn no_more_is_remembered_than_fits() {
        let gate = Gate::new(Limits::default());
        let pause = SignedDuration::from_mins(1);
        for id in 0..REMEMBERED + 5 {
            gate.rest(&format!("{id:05}"), pause, NOW);
        }
        assert_eq!(gate.lock().accounts.len(), REMEMBERED);
        gate.rest("99999", pause, at(3_600));
        assert_eq!(gate.lock().accounts.len(), 1, "what has passed makes room");
    }

    #[tokio::test]
    async fn those_far_from_a_limit_make_room_for_others() {
        let gate = Gate::new(Limits::default());
        for id in 0..REMEMBERED {
            let id = waba(&format!("{id:05}"));
            gate.enter(of(&id), true, NOW).await.unwrap();
        }
        reads(&gate, 1, 0).await.unwrap();
        assert_eq!(
            gate.lock().accounts.len(),
            1,
            "the others were read once each"
        );
        reads(&gate, 189, 0).await.unwrap();
        for id in 0..REMEMBERED {
            let id = waba(&format!("{id:05}"));
            gate.enter(of(&id), true, at(2)).await.unwrap();
        }
        assert!(
            reads(&gate, 1, 2).await.is_err(),
            "one that is near it is kept"
        );
    }
}
