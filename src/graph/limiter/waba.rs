//! What is known of one WABA.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use tokio::sync::Semaphore;

use super::growing_pause;
use super::hourly_count::HourlyCount;
use crate::graph::CallLimits;
use domain::{Fault, Reason};

/// A fourth of an hour's readings is a good part of them.
const GOOD_PART: u32 = 4;
/// What Meta said of an account's usage is old after this time: its windows are hours.
const OLD: SignedDuration = SignedDuration::from_hours(1);
/// The first pause at a limit where Meta names no time. It doubles with each refusal.
pub(super) const FIRST_PAUSE: SignedDuration = SignedDuration::from_mins(5);
/// The longest such pause: Meta counts by the hour.
const LONGEST_PAUSE: SignedDuration = SignedDuration::from_hours(1);
/// Maximum number of readings that find out after a pause whether Meta answers again: those of one step.
const PROBES: u32 = 4;
/// How long the other readings wait for them.
const PROBE: SignedDuration = SignedDuration::from_secs(30);

/// What is known of one WABA.
#[derive(Debug)]
pub(super) struct WabaLimits {
    places: Arc<Semaphore>,
    hour: HourlyCount,
    has_number: bool,
    rests_until: Option<Timestamp>,
    /// Refusals at Meta's limit, with no answer in between.
    refusals: u32,
    /// Readings that were let through since the last pause, to find out whether Meta answers again; and until when they are
    /// waited for.
    probes: (u32, Option<Timestamp>),
    /// What Meta said last of its usage, in percent, and when.
    said: Option<(u32, Timestamp)>,
}

impl WabaLimits {
    /// An account that nothing is known of, with room for so many calls at once.
    pub(super) fn new(calls: usize) -> Self {
        Self {
            places: Arc::new(Semaphore::new(calls)),
            hour: HourlyCount::default(),
            has_number: false,
            rests_until: None,
            refusals: 0,
            probes: (0, None),
            said: None,
        }
    }

    /// Where its calls wait for each other.
    pub(super) fn places(&self) -> Arc<Semaphore> {
        Arc::clone(&self.places)
    }

    /// Counts a reading, unless its hour is used up.
    pub(super) fn count(&mut self, limits: &CallLimits, now: Timestamp) -> Result<(), Fault> {
        let unused = self.used_up_until(limits, now);
        if let Some(until) = unused.or_else(|| self.refused_until(now)) {
            return Err(Fault::of(Reason::AccountRateLimited)
                .with_retry_after(Some(until.duration_since(now))));
        }
        self.hour.count(now);
        Ok(())
    }

    /// Until when a reading would only be refused again: Meta did so, and the pause is not over, or those few readings are
    /// under way that find out whether it answers again.
    fn refused_until(&mut self, now: Timestamp) -> Option<Timestamp> {
        if self.refusals == 0 {
            return None;
        }
        let rests = self.rests_until.filter(|until| *until > now);
        if rests.is_some() {
            return rests;
        }
        let (probes, waited_until) = self.probes;
        let waited_until = waited_until.filter(|until| *until > now);
        match waited_until {
            Some(until) if probes >= PROBES => Some(until),
            Some(_) => {
                self.probes.0 = probes.saturating_add(1);
                None
            }
            None => {
                self.probes = (1, now.checked_add(PROBE).ok());
                None
            }
        }
    }

    /// Meta refused a call at its limit, and asks for this pause where it names one. Without, each pause is longer than the last:
    /// tries while Meta refuses may prolong that.
    pub(super) fn refused(&mut self, named: Option<SignedDuration>, now: Timestamp) {
        let rests = self.rests_until.is_some_and(|until| until > now);
        if self.refusals > 0 && rests && named.is_none() {
            // It was under way when the pause began.
            return;
        }
        self.refusals = self.refusals.saturating_add(1);
        let pause =
            named.unwrap_or_else(|| growing_pause(FIRST_PAUSE, self.refusals, LONGEST_PAUSE));
        self.rest(now.saturating_add(pause).unwrap_or(Timestamp::MAX));
        self.probes = (0, None);
    }

    /// Meta answered a reading.
    pub(super) fn answered(&mut self, now: Timestamp) {
        if self.rests_until.is_none_or(|until| until <= now) {
            self.refusals = 0;
        }
    }

    /// Counts a call that is made whether there is room for it or not.
    pub(super) fn add(&mut self, now: Timestamp) {
        self.hour.count(now);
    }

    /// It has a registered number.
    pub(super) fn has_number(&mut self) {
        self.has_number = true;
    }

    /// It rests until then, or longer where that is known already.
    pub(super) fn rest(&mut self, until: Timestamp) {
        self.rests_until = self.rests_until.max(Some(until));
    }

    /// Meta says how much of its limit it has used.
    pub(super) fn uses(&mut self, percent: u32, now: Timestamp) {
        self.said = Some((percent, now));
    }

    /// How much of its limits it has used, by Meta's word or by our own count; `None` while it should be left alone.
    pub(super) fn used_percent(&self, limits: &CallLimits, now: Timestamp) -> Option<u32> {
        if self.rests_until(limits, now).is_some() {
            return None;
        }
        let said = self.said.filter(|(_, at)| now.duration_since(*at) < OLD);
        let said = said.map_or(0, |(percent, _)| percent);
        let read = self.hour.calls(now).saturating_mul(100) / self.allowed(limits).max(1);
        Some(said.max(read))
    }

    /// Until when it should be left alone, if it should now.
    pub(super) fn rests_until(&self, limits: &CallLimits, now: Timestamp) -> Option<Timestamp> {
        let rests = self.rests_until.filter(|until| *until > now);
        rests.max(self.used_up_until(limits, now))
    }

    /// Whether anything would be lost if it were forgotten: it rests, is in use, or has used up a good part of its hour.
    pub(super) fn matters(&self, limits: &CallLimits, now: Timestamp) -> bool {
        self.rests_until(limits, now).is_some()
            || self.places.available_permits() < limits.calls_per_waba
            || self.refusals > 0
            || self.hour.calls(now) > self.allowed(limits) / GOOD_PART
    }

    fn used_up_until(&self, limits: &CallLimits, now: Timestamp) -> Option<Timestamp> {
        (self.hour.calls(now) >= self.allowed(limits)).then(|| self.hour.eases_at(now))
    }

    const fn allowed(&self, limits: &CallLimits) -> u32 {
        if self.has_number {
            limits.hourly_reads
        } else {
            limits.hourly_reads_fresh
        }
    }
}
