//! How often each call was made, reads too, and in which minute.
//!
//! The ledger keeps the calls that change something, one by one; this only counts, and costs next to nothing: load tests run
//! against it.

use std::collections::{BTreeMap, VecDeque};

use jiff::Timestamp;
use serde::Serialize;

use super::call::Call;

/// Beyond this count of minutes with calls, the oldest are forgotten.
const KEPT: usize = 1000;

/// Calls by name.
pub type Counts = BTreeMap<String, u64>;

/// How often calls were made, as `GET /sandbox/calls` shows it.
#[derive(Clone, Debug, Default, Serialize)]
#[non_exhaustive]
pub struct Calls {
    /// How often each call was made. One whose connection dropped counts.
    pub calls: Counts,
    /// How often each was not answered with success.
    pub refused: Counts,
    /// Each minute in which calls were made, oldest first; at most a thousand.
    pub minutes: Vec<Minute>,
}

/// The calls of one minute, by the sandbox's clock.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct Minute {
    /// When it began.
    pub minute: Timestamp,
    /// How often each call was made.
    pub calls: Counts,
    /// How often each was not answered with success.
    pub refused: Counts,
}

impl Calls {
    /// How often a call was made.
    #[must_use]
    pub fn made(&self, call: Call) -> u64 {
        self.calls.get(&call.to_string()).copied().unwrap_or(0)
    }

    /// How often it was not answered with success.
    #[must_use]
    pub fn refused(&self, call: Call) -> u64 {
        self.refused.get(&call.to_string()).copied().unwrap_or(0)
    }

    /// How often any call was made.
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

/// The calls that were met, each with how often it was made and how often refused. They are few, so a list is enough.
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

    /// How often each call was made.
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
