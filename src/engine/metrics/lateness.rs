//! How long due migrations have waited to be claimed, as this process sees it.

use std::time::Duration;

use jiff::Timestamp;
use parking_lot::Mutex;

use super::elapsed;
use crate::util::clock::Stopwatch;
use domain::{Migration, State};

/// How long due migrations have waited.
#[derive(Debug, Default)]
pub(in crate::engine) struct Lateness {
    /// While something is due.
    due: Mutex<Option<Due>>,
}

#[derive(Debug)]
struct Due {
    /// How long what was claimed last had waited.
    waited: Duration,
    /// Since that claim, or since something is due.
    since: Stopwatch,
}

impl Lateness {
    /// The store has something that is due, or nothing.
    pub(in crate::engine) fn found(&self, is_due: bool) {
        let mut due = self.due.lock();
        if is_due {
            due.get_or_insert_with(|| Due {
                waited: Duration::ZERO,
                since: Stopwatch::start(),
            });
        } else {
            *due = None;
        }
    }

    /// These were claimed. Of each destination those that have waited longest are claimed first.
    pub(in crate::engine) fn claimed(&self, migrations: &[Migration], now: Timestamp) {
        let running = migrations.iter().filter(|it| it.state == State::Running);
        let waited = running.map(|it| elapsed(it.not_before.unwrap_or(it.updated_at), now));
        let waited = waited.max().unwrap_or_default();
        let since = Stopwatch::start();
        *self.due.lock() = Some(Due { waited, since });
    }

    /// The longest wait, as far as it is known: that of what was claimed last or, if it is longer,
    /// the time since then in which something was due.
    pub(in crate::engine) fn oldest(&self) -> Duration {
        let due = self.due.lock();
        let oldest = due.as_ref().map(|due| due.waited.max(due.since.elapsed()));
        oldest.unwrap_or_default()
    }
}
