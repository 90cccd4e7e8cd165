//! Budgets: the number of times that a call may be made before Meta locks the number.
//!
//! Meta counts per number, so they are counted per number over the migrations of all tenants. The
//! calls are stored, so they survive restarts and the removal of migrations and tenants.

use jiff::{SignedDuration, Timestamp};

use super::GraphCall;

/// The longest window of any budget, which is Meta's own for register calls.
pub const LONGEST_WINDOW: SignedDuration = SignedDuration::from_hours(72);

/// Limit of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit {
    /// Maximum calls …
    pub calls: u32,
    /// … within this moving window …
    pub window: SignedDuration,
    /// … with at least this time between two calls.
    pub cooldown: SignedDuration,
}

/// The limited calls for one number, over all migrations of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Attempts {
    /// Their times, oldest first.
    calls: Vec<(Timestamp, GraphCall)>,
    /// Ordinal of the newest.
    last: u64,
}

/// State of a budget.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Budget {
    /// The call.
    pub call: GraphCall,
    /// Calls made within the window.
    pub used: u32,
    /// The limit.
    pub limit: Limit,
    /// When the next call may be made; `None`: now.
    pub next_allowed_at: Option<Timestamp>,
    /// Whether only the cooldown prevents a call.
    pub cooling_down: bool,
}

impl Attempts {
    /// All calls, in any order; their ordinals are 1, 2, 3 and so on.
    #[must_use]
    pub fn new(calls: Vec<(Timestamp, GraphCall)>) -> Self {
        let last = calls.len() as u64;
        Self::stored(calls, last)
    }

    /// The calls that are still stored, in any order, and the ordinal of the newest.
    #[must_use]
    pub fn stored(mut calls: Vec<(Timestamp, GraphCall)>, last: u64) -> Self {
        calls.sort_by_key(|(at, _)| *at);
        Self { calls, last }
    }

    /// Records a call, with the next ordinal.
    pub fn record(&mut self, call: GraphCall, at: Timestamp) {
        self.calls.push((at, call));
        self.last = self.last.saturating_add(1);
    }

    /// Ordinal of the newest call of the number. The store gives an ordinal to one call only, so
    /// that of two migrations that record a call at the same time, one must count again.
    #[must_use]
    pub const fn last(&self) -> u64 {
        self.last
    }

    /// State of the budget of `call`.
    #[must_use]
    pub fn budget(&self, call: GraphCall, limit: Limit, now: Timestamp) -> Budget {
        let sent = self.sent(call, limit, now);
        let used = u32::try_from(sent.len()).unwrap_or(u32::MAX);
        // The window has room again once the oldest of the newest `calls` has left it.
        let full_until = sent
            .len()
            .checked_sub(limit.calls as usize)
            .and_then(|oldest| sent.get(oldest))
            .map(|oldest| later(*oldest, limit.window));
        let cooled_at = sent
            .last()
            .map(|last| later(*last, limit.cooldown))
            .filter(|at| *at > now);
        Budget {
            call,
            used,
            limit,
            next_allowed_at: full_until.max(cooled_at),
            cooling_down: full_until.is_none() && cooled_at.is_some(),
        }
    }

    /// Until when at most one more `call` may be made; `None` if more are allowed now.
    #[must_use]
    pub fn low_until(&self, call: GraphCall, limit: Limit, now: Timestamp) -> Option<Timestamp> {
        let sent = self.sent(call, limit, now);
        let last_but_one = limit.calls.checked_sub(1).filter(|calls| *calls > 0)?;
        let oldest = sent.len().checked_sub(last_but_one as usize)?;
        sent.get(oldest).map(|at| later(*at, limit.window))
    }

    /// When it was sent within the window, oldest first.
    fn sent(&self, call: GraphCall, limit: Limit, now: Timestamp) -> Vec<Timestamp> {
        self.calls
            .iter()
            .filter(|(at, sent)| *sent == call && now.duration_since(*at) < limit.window)
            .map(|(at, _)| *at)
            .collect()
    }
}

impl Budget {
    /// The budget, if Meta also allows no call before `until`.
    #[must_use]
    pub fn refused_until(self, until: Option<Timestamp>) -> Self {
        Self {
            next_allowed_at: self.next_allowed_at.max(until),
            cooling_down: self.cooling_down && until.is_none(),
            ..self
        }
    }

    /// Number of calls that may still be made within the window.
    #[must_use]
    pub const fn left(&self) -> u32 {
        self.limit.calls.saturating_sub(self.used)
    }
}

/// The time `after` later than `at`, at most [`Timestamp::MAX`].
pub(super) fn later(at: Timestamp, after: SignedDuration) -> Timestamp {
    at.checked_add(after).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMIT: Limit = Limit {
        calls: 2,
        window: SignedDuration::from_secs(100),
        cooldown: SignedDuration::from_secs(10),
    };

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn a_budget_counts_its_own_calls_within_its_window() {
        let attempts = Attempts::new(vec![
            (at(50), GraphCall::Register),
            (at(0), GraphCall::Register),
            (at(60), GraphCall::RequestCode),
        ]);
        let full = attempts.budget(GraphCall::Register, LIMIT, at(60));
        assert_eq!(
            (full.used, full.left(), full.next_allowed_at),
            (2, 0, Some(at(100)))
        );
        assert!(!full.cooling_down);
        let free = attempts.budget(GraphCall::Register, LIMIT, at(100));
        assert_eq!((free.used, free.next_allowed_at), (1, None));
    }

    #[test]
    fn a_budget_is_low_until_two_more_calls_fit() {
        let sent = |at_seconds: &[i64]| {
            let sent = at_seconds
                .iter()
                .map(|second| (at(*second), GraphCall::Register));
            let limit = Limit { calls: 3, ..LIMIT };
            Attempts::new(sent.collect()).low_until(GraphCall::Register, limit, at(60))
        };
        assert_eq!(sent(&[]), None);
        assert_eq!(sent(&[50]), None);
        assert_eq!(sent(&[10, 50]), Some(at(110)));
        assert_eq!(sent(&[10, 20, 50]), Some(at(120)));
        let single = Limit { calls: 1, ..LIMIT };
        let attempts = Attempts::new(vec![(at(50), GraphCall::Register)]);
        assert_eq!(
            attempts.low_until(GraphCall::Register, single, at(60)),
            None,
            "it never has more"
        );
    }

    #[test]
    fn a_cooldown_keeps_two_calls_apart() {
        let attempts = Attempts::new(vec![(at(50), GraphCall::RequestCode)]);
        let cooling = attempts.budget(GraphCall::RequestCode, LIMIT, at(55));
        assert_eq!(
            (cooling.next_allowed_at, cooling.cooling_down),
            (Some(at(60)), true)
        );
        assert_eq!(
            attempts
                .budget(GraphCall::RequestCode, LIMIT, at(60))
                .next_allowed_at,
            None
        );
    }
}
