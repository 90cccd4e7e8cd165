//! What must happen next, who does it, and until when. Derived from a migration, never stored.

use jiff::Timestamp;

use super::{Actor, Remedy};

/// What must happen next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NextAction {
    /// Who does it; `None` when nothing is left to do.
    pub actor: Option<Actor>,
    /// What kind of thing it is.
    pub kind: NextActionKind,
    /// The same for a person, in plain English.
    pub instruction: String,
    /// Until when, or when we go on by ourselves.
    pub deadline: Option<Timestamp>,
    /// What to do, where remedies are known.
    pub remedies: Vec<Remedy>,
}

/// What kind of thing must happen next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NextActionKind {
    /// Nothing: we work, or wait until the deadline.
    Wait,
    /// Nothing before the deadline: Meta, or what is safe at Meta, allows nothing until then.
    WaitForMeta,
    /// Hand in the code, or ask for another.
    SubmitCode,
    /// Resume when the number may move.
    ReleaseCutover,
    /// Apply a remedy, then resume.
    ApplyRemedy,
    /// Ended; a person should tidy up.
    CleanUp,
    /// Ended; nothing is left to do.
    None,
}
