//! What is explored, and how much may go wrong.

use domain::Route;

use super::migrations::Limits;
use super::mutations::Mutation;

/// What is explored.
#[derive(Debug, Clone, Copy)]
pub struct Bounds {
    pub route: Route,
    pub limits: Limits,
    /// Misfortunes and unasked commands that may still come. Pauses have no number: a process may
    /// pause between any two steps, for any time.
    pub left: Left,
    /// An app is subscribed already: one call less.
    pub subscribed: bool,
    /// The answer to a renewal may be read late.
    pub late_renewals: bool,
    /// Leaves out states that behave like another one: those of two exchanged workers, and those of
    /// a worker that lost its lease and has no call to make, since it cannot save.
    pub reduced: bool,
    pub mutation: Option<Mutation>,
}

/// How many of each may still come.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Left {
    /// Processes that die.
    pub crashes: u8,
    /// Answers that are lost: of calls that take effect, or do not, and of readings.
    pub lost: u8,
    /// Calls that Meta refuses though nothing is wrong.
    pub refusals: u8,
    /// Commands that are not asked for.
    pub commands: u8,
    /// Whether the migration's time may run out, at any moment.
    pub expiries: u8,
}
