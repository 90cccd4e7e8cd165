//! The limits of one WABA.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use tokio::sync::Semaphore;

use super::growing_pause;
use super::hourly_count::HourlyCount;
use crate::graph::CallLimits;
use domain::{Fault, Reason};

/// A WABA stays tracked once it has used more than one part in this many of its hourly reads.
const GOOD_PART: u32 = 4;
/// Maximum age of a usage that Meta reported: its windows are hours.
const OLD: SignedDuration = SignedDuration::from_hours(1);
/// First pause at a limit, if Meta names no time. It doubles with each refusal.
pub(super) const FIRST_PAUSE: SignedDuration = SignedDuration::from_mins(5);
/// Longest such pause: Meta counts by the hour.
const LONGEST_PAUSE: SignedDuration = SignedDuration::from_hours(1);
/// Maximum number of reads that probe Meta after a pause: those of one step.
const PROBES: u32 = 4;
/// How long other reads wait for the probes.
const PROBE: SignedDuration = SignedDuration::from_secs(30);

/// The state of one WABA.
#[derive(Debug)]
pub(super) struct WabaLimits {
    slots: Arc<Semaphore>,
    hour: HourlyCount,
    has_number: bool,
    paused_until: Option<Timestamp>,
    /// Consecutive refusals at Meta's limit.
    refusals: u32,
    /// Number of probes since the last pause, and until when other reads wait for them.
    probes: (u32, Option<Timestamp>),
    /// The latest usage that Meta reported, percent, and when.
    said: Option<(u32, Timestamp)>,
}

impl WabaLimits {
    /// A WABA without history, with this number of slots.
    pub(super) fn new(calls: usize) -> Self {
        Self {
            slots: Arc::new(Semaphore::new(calls)),
            hour: HourlyCount::default(),
            has_number: false,
            paused_until: None,
            refusals: 0,
            probes: (0, None),
            said: None,
        }
    }

    /// The slots of its calls.
    pub(super) fn slots(&self) -> Arc<Semaphore> {
        Arc::clone(&self.slots)
    }

    /// Counts a read, unless the hourly limit is used up.
    pub(super) fn count(&mut self, limits: &CallLimits, now: Timestamp) -> Result<(), Fault> {
        let unused = self.used_up_until(limits, now);
        if let Some(until) = unused.or_else(|| self.refused_until(now)) {
            return Err(Fault::of(Reason::AccountRateLimited)
                .with_retry_after(Some(until.duration_since(now))));
        }
        self.hour.count(now);
        Ok(())
    }

    /// Until when reads must wait after a refusal by Meta: for the end of the pause, or for the
    /// probes after it. Otherwise this read becomes a probe.
    fn refused_until(&mut self, now: Timestamp) -> Option<Timestamp> {
        if self.refusals == 0 {
            return None;
        }
        let rests = self.paused_until.filter(|until| *until > now);
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

    /// Meta refused a call at its limit, and may have named a pause. If not, each pause is longer
    /// than the last, since attempts during a block may prolong it.
    pub(super) fn refused(&mut self, named: Option<SignedDuration>, now: Timestamp) {
        let rests = self.paused_until.is_some_and(|until| until > now);
        if self.refusals > 0 && rests && named.is_none() {
            // The call was under way when the pause began.
            return;
        }
        self.refusals = self.refusals.saturating_add(1);
        let pause =
            named.unwrap_or_else(|| growing_pause(FIRST_PAUSE, self.refusals, LONGEST_PAUSE));
        self.pause(now.saturating_add(pause).unwrap_or(Timestamp::MAX));
        self.probes = (0, None);
    }

    /// Meta answered a read.
    pub(super) fn answered(&mut self, now: Timestamp) {
        if self.paused_until.is_none_or(|until| until <= now) {
            self.refusals = 0;
        }
    }

    /// Counts a call that is made regardless of the limit.
    pub(super) fn add(&mut self, now: Timestamp) {
        self.hour.count(now);
    }

    /// It has a registered number.
    pub(super) fn has_number(&mut self) {
        self.has_number = true;
    }

    /// Pauses it until then, or longer if it is already paused for longer.
    pub(super) fn pause(&mut self, until: Timestamp) {
        self.paused_until = self.paused_until.max(Some(until));
    }

    /// Records the usage that Meta reports, percent.
    pub(super) fn uses(&mut self, percent: u32, now: Timestamp) {
        self.said = Some((percent, now));
    }

    /// Usage in percent, as reported by Meta or by our own count, whichever is higher; `None` while
    /// it is paused.
    pub(super) fn used_percent(&self, limits: &CallLimits, now: Timestamp) -> Option<u32> {
        if self.paused_until(limits, now).is_some() {
            return None;
        }
        let said = self.said.filter(|(_, at)| now.duration_since(*at) < OLD);
        let said = said.map_or(0, |(percent, _)| percent);
        let read = self.hour.calls(now).saturating_mul(100) / self.allowed(limits).max(1);
        Some(said.max(read))
    }

    /// Until when it is paused, if it is.
    pub(super) fn paused_until(&self, limits: &CallLimits, now: Timestamp) -> Option<Timestamp> {
        let rests = self.paused_until.filter(|until| *until > now);
        rests.max(self.used_up_until(limits, now))
    }

    /// Whether it must stay tracked: it is paused, in use, or has used a good part of its hourly
    /// reads.
    pub(super) fn matters(&self, limits: &CallLimits, now: Timestamp) -> bool {
        self.paused_until(limits, now).is_some()
            || self.slots.available_permits() < limits.calls_per_waba
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
