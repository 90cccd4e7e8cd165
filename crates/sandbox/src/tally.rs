//! Counts of each call, including reads, by minute.
//!
//! The ledger keeps single calls that change something; this only counts, cheaply enough for load
//! tests.

use std::collections::{BTreeMap, VecDeque};

use jiff::Timestamp;
use serde::Serialize;

use super::call::Call;

/// Maximum minutes with calls; the oldest are dropped.
const KEPT: usize = 1000;

/// Calls by name.
pub type Counts = BTreeMap<String, u64>;

/// Call counts, as `GET /sandbox/calls` shows them.
#[derive(Clone, Debug, Default, Serialize)]
#[non_exhaustive]
pub struct Calls {
    /// Count of each call, including calls whose connection was dropped.
    pub calls: Counts,
    /// Count of each call that did not return success.
    pub refused: Counts,
    /// Minutes with calls, oldest first; at most a thousand.
    pub minutes: Vec<Minute>,
}

/// The calls of one minute, by the sandbox's clock.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct Minute {
    /// Its start.
    pub minute: Timestamp,
    /// Count of each call.
    pub calls: Counts,
    /// Count of each call that did not return success.
    pub refused: Counts,
}

impl Calls {
    /// Count of one call.
    #[must_use]
    pub fn made(&self, call: Call) -> u64 {
        self.calls.get(&call.to_string()).copied().unwrap_or(0)
    }

    /// Count of one call that did not return success.
    #[must_use]
    pub fn refused(&self, call: Call) -> u64 {
        self.refused.get(&call.to_string()).copied().unwrap_or(0)
    }

    /// Count of all calls.
    #[must_use]
    pub fn all(&self) -> u64 {
        self.calls.values().sum()
    }
}

/// Counts, of everything or of one account.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    whole: Slots,
    minutes: VecDeque<(i64, Slots)>,
}

/// Call, count, count of refusals. There are few calls, so a list is enough.
#[derive(Debug, Default)]
struct Slots(Vec<(Call, u64, u64)>);

impl Tally {
    /// Counts a call.
    pub(crate) fn count(&mut self, now: Timestamp, call: Call, refused: bool) {
        self.whole.count(call, refused);
        let minute = now.as_second().div_euclid(60);
        match self.minutes.back_mut() {
            Some((last, slots)) if *last == minute => slots.count(call, refused),
            _ => {
                if self.minutes.len() >= KEPT {
                    self.minutes.pop_front();
                }
                let mut slots = Slots::default();
                slots.count(call, refused);
                self.minutes.push_back((minute, slots));
            }
        }
    }

    /// Count of each call.
    pub(crate) fn counts(&self) -> Counts {
        self.whole.made()
    }

    /// The counts by name.
    pub(crate) fn shown(&self) -> Calls {
        let minutes = self.minutes.iter().filter_map(|(minute, slots)| {
            Some(Minute {
                minute: Timestamp::from_second(minute * 60).ok()?,
                calls: slots.made(),
                refused: slots.refused(),
            })
        });
        Calls {
            calls: self.whole.made(),
            refused: self.whole.refused(),
            minutes: minutes.collect(),
        }
    }
}

impl Slots {
    fn count(&mut self, call: Call, refused: bool) {
        let refused = u64::from(refused);
        match self.0.iter_mut().find(|(own, ..)| *own == call) {
            Some((_, made, bad)) => {
                *made += 1;
                *bad += refused;
            }
            None => self.0.push((call, 1, refused)),
        }
    }

    fn made(&self) -> Counts {
        let named = self
            .0
            .iter()
            .map(|(call, made, _)| (call.to_string(), *made));
        named.collect()
    }

    fn refused(&self) -> Counts {
        let bad = self.0.iter().filter(|(.., refused)| *refused > 0);
        bad.map(|(call, _, refused)| (call.to_string(), *refused))
            .collect()
    }
}
