//! The modelled worker: a process that has leased the row, what it holds in memory, and where in
//! the loop of the engine it is.
//!
//! A process without work is not stored: it knows nothing, so one that was restarted is the same. A
//! paused process is one that takes no step while time passes; this may happen between any two
//! steps, for any time.

use super::migrations::{Answer, Call, Counts, MigrationRef};

/// A process that works on the migration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Worker {
    /// Ticks until its own deadline, by its own clock.
    pub deadline: u8,
    /// A renewal that the store has made, whose answer the worker has not read: ticks since it was
    /// sent.
    pub renewal: Option<u8>,
    /// The migration in memory, with what is not saved yet.
    pub copy: MigrationRef,
    /// Its version is the row's.
    pub is_current: bool,
    /// It has saved the row since it leased it.
    pub has_saved: bool,
    pub doing: Doing,
    /// The outcome of its newest changing call, while it is not saved.
    pub outcome: Option<Answer>,
    pub has_read: HasRead,
    /// It read the number as connected and listed.
    pub has_confirmed: bool,
    /// A call that it must count with its next save: only in a mutation.
    pub uncounted: Counts,
}

/// Where in the loop it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Doing {
    /// It performs what comes next.
    Deciding,
    /// The intent is committed; it waits for the limiter, then asks for the permit.
    Calling(Call),
    /// The request has left.
    Awaiting,
}

/// Whether the worker has read the number since it leased the row, and since the newest register
/// call was received by Meta.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum HasRead {
    No,
    /// While an earlier register call could still take effect.
    TooEarly,
    Yes,
}

impl Worker {
    /// A worker that has just leased the row; its lease ends in this number of ticks.
    pub const fn new(copy: MigrationRef, left: u8) -> Self {
        Self {
            deadline: left,
            renewal: None,
            copy,
            is_current: true,
            has_saved: false,
            doing: Doing::Deciding,
            outcome: None,
            has_read: HasRead::No,
            has_confirmed: false,
            uncounted: [0; 3],
        }
    }

    /// The permit of a changing call, asked for immediately before the request leaves.
    pub const fn may_call(&self) -> bool {
        self.deadline > 0
    }

    /// Notes a call that must be counted.
    pub fn count(&mut self, call: Call) {
        if let Some(limited) = call.limited() {
            self.uncounted[limited] += 1;
        }
    }

    /// Time passes.
    pub fn tick(&mut self) {
        self.deadline = self.deadline.saturating_sub(1);
        if let Some(age) = &mut self.renewal {
            *age = age.saturating_add(1).min(super::store::LEASE);
        }
    }
}
