//! What is known of one WABA.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use tokio::sync::Semaphore;

use super::hour::Hour;
use crate::graph::Limits;
use crate::migration::{Fault, Reason};

/// A fourth of an hour's readings is a good part of them.
const GOOD_PART: u32 = 4;
/// What Meta said of an account's usage is old after this time: its windows are hours.
const OLD: SignedDuration = SignedDuration::from_hours(1);

/// What is known of one WABA.
#[derive(Debug)]
pub(super) struct Account {
    places: Arc<Semaphore>,
    hour: Hour,
    has_number: bool,
    rests_until: Option<Timestamp>,
    /// What Meta said last of its usage, in percent, and when.
    said: Option<(u32, Timestamp)>,
}

impl Account {
    /// An account that nothing is known of, with room for so many calls at once.
    pub(super) fn new(calls: usize) -> Self {
        Self {
            places: Arc::new(Semaphore::new(calls)),
            hour: Hour::default(),
            has_number: false,
            rests_until: None,
            said: None,
        }
    }

    /// Where its calls wait for each other.
    pub(super) fn places(&self) -> Arc<Semaphore> {
        Arc::clone(&self.places)
    }

    /// Counts a reading, unless its hour is used up.
    pub(super) fn count(&mut self, limits: &Limits, now: Timestamp) -> Result<(), Fault> {
        if let Some(until) = self.used_up_until(limits, now) {
            return Err(Fault::of(Reason::AccountRateLimited)
                .with_retry_after(Some(until.duration_since(now))));
        }
        self.hour.count(now);
        Ok(())
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
    pub(super) fn used_percent(&self, limits: &Limits, now: Timestamp) -> Option<u32> {
        if self.rests_until(limits, now).is_some() {
            return None;
        }
        let said = self.said.filter(|(_, at)| now.duration_since(*at) < OLD);
        let said = said.map_or(0, |(percent, _)| percent);
        let read = self.hour.calls(now).saturating_mul(100) / self.allowed(limits).max(1);
        Some(said.max(read))
    }

    /// Until when it should be left alone, if it should now.
    pub(super) fn rests_until(&self, limits: &Limits, now: Timestamp) -> Option<Timestamp> {
        let rests = self.rests_until.filter(|until| *until > now);
        rests.max(self.used_up_until(limits, now))
    }

    /// Whether anything would be lost if it were forgotten: it rests, is in use, or has used up a good part of its hour.
    pub(super) fn matters(&self, limits: &Limits, now: Timestamp) -> bool {
        self.rests_until(limits, now).is_some()
            || self.places.available_permits() < limits.calls_per_waba
            || self.hour.calls(now) > self.allowed(limits) / GOOD_PART
    }

    fn used_up_until(&self, limits: &Limits, now: Timestamp) -> Option<Timestamp> {
        (self.hour.calls(now) >= self.allowed(limits)).then(|| self.hour.eases_at(now))
    }

    const fn allowed(&self, limits: &Limits) -> u32 {
        if self.has_number {
            limits.hourly_reads
        } else {
            limits.hourly_reads_fresh
        }
    }
}
