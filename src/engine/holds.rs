//! Calls that are held back for reasons outside of their migration: the clock of this process is
//! wrong, or the database may have lost commits.

use std::fmt;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::Engine;
use crate::graph;
use crate::store::Store;
use domain::{Fault, Machine, Reason, Write};

/// The clocks that the system clock is compared with, as labels.
const DATABASE: &str = "database";
const META: &str = "meta";

/// The clocks that the system clock is compared with.
pub const CLOCKS: [&str; 2] = [DATABASE, META];

/// Why a call is not made now.
#[derive(Debug)]
pub(super) struct Hold {
    /// Until when.
    pub(super) until: Timestamp,
    /// What there is to say about it.
    pub(super) why: Option<Fault>,
}

/// The system clock differs too much from another clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WrongClock {
    /// The other clock: one of [`CLOCKS`].
    pub against: &'static str,
    /// How far the system clock is ahead; negative: behind.
    pub ahead: SignedDuration,
}

impl fmt::Display for WrongClock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { against, ahead } = self;
        let direction = if ahead.is_negative() {
            "behind"
        } else {
            "ahead of"
        };
        let seconds = ahead.abs().as_secs();
        let whose = if *against == META {
            "Meta's"
        } else {
            "the database's"
        };
        write!(
            f,
            "is {seconds} s {direction} {whose}; calls that Meta limits are held"
        )
    }
}

impl<S: Store> Engine<S> {
    /// How far the system clock is ahead of other clocks, as far as it was measured.
    #[must_use]
    pub fn clock_skew(&self) -> Vec<(&'static str, SignedDuration)> {
        self.skew(&self.parts.graphs.meta)
    }

    /// The clock that the system clock differs from by more than the settings tolerate.
    #[must_use]
    pub fn wrong_clock(&self) -> Option<WrongClock> {
        self.wrong_clock_for(&self.parts.graphs.meta)
    }

    /// Why this call is not made now, if it is held. `read_ago` is the time since Meta was asked
    /// for what the call is based on; `None`: it was not asked.
    pub(super) fn hold(
        &self,
        write: &Write,
        graph: &graph::Client,
        read_ago: Option<Duration>,
        now: Timestamp,
    ) -> Option<Hold> {
        let is_limited = Machine::LIMITED_CALLS.contains(&write.call());
        if is_limited && self.wrong_clock_for(graph).is_some() {
            let poll = SignedDuration::try_from(self.parts.settings.poll).unwrap_or_default();
            return Some(Hold {
                until: now.saturating_add(poll).unwrap_or(Timestamp::MAX),
                why: Some(Fault::of(Reason::ClockWrong)),
            });
        }
        let until = self.failover_hold(write, read_ago)?;
        let until = SignedDuration::try_from(until).unwrap_or(SignedDuration::MAX);
        Some(Hold {
            until: now.saturating_add(until).unwrap_or(Timestamp::MAX),
            why: None,
        })
    }

    /// How long a register call is held after a failover of the database, which may have lost the
    /// commits before it: among them the intent of an earlier register call, which may take effect
    /// until it has settled. What was read before that proves nothing.
    pub(super) fn failover_hold(
        &self,
        write: &Write,
        read_ago: Option<Duration>,
    ) -> Option<Duration> {
        let Write::Register { .. } = write else {
            return None;
        };
        let since = self.parts.store.since_failover()?;
        let settles = self.parts.machine.policy.register_settles.unsigned_abs();
        if since < settles {
            return Some(settles.saturating_sub(since));
        }
        let read_since = read_ago.map(|ago| since.saturating_sub(ago));
        // Read again at once.
        read_since
            .is_none_or(|since| since < settles)
            .then_some(Duration::ZERO)
    }

    fn wrong_clock_for(&self, graph: &graph::Client) -> Option<WrongClock> {
        let most = self.parts.settings.max_clock_skew;
        let skews = self.skew(graph).into_iter();
        let worst = skews.max_by_key(|(_, ahead)| ahead.abs());
        let (against, ahead) = worst.filter(|(_, ahead)| ahead.abs() > most)?;
        Some(WrongClock { against, ahead })
    }

    fn skew(&self, graph: &graph::Client) -> Vec<(&'static str, SignedDuration)> {
        let database = self.parts.database_skew.ahead();
        let measured = [(DATABASE, database), (META, graph.clock_skew())];
        let known = measured
            .into_iter()
            .filter_map(|(against, ahead)| Some((against, ahead?)));
        known.collect()
    }
}
