//! The steps of the model.

use super::migrations::{Call, Order, Refusal};

/// A step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// A worker, whose lease ends in this number of ticks, leases the row.
    Lease { worker: u8, left: u8 },
    /// It reads Meta, and the machine decides.
    Read { worker: u8 },
    /// It reads Meta in vain.
    ReadFails { worker: u8 },
    /// It saves what it has decided together with the intent of the next call.
    SaveIntent { worker: u8 },
    /// It saves what it has decided, and releases the row.
    SaveAndRelease { worker: u8 },
    /// Its save is refused: it reads the row again, or stops if the row is not leased to it.
    SaveIsRefused { worker: u8 },
    /// The permit is given, and the request leaves at once.
    Call { worker: u8 },
    /// The permit is refused: it stops, and takes a new id.
    PermitIsRefused { worker: u8 },
    /// The call takes effect.
    TakesEffect { call: Call },
    /// A call without a waiting worker turns out never to take effect.
    HasNoEffect { call: Call },
    /// The answer arrives.
    Answer { worker: u8 },
    /// Success arrives before the effect can be seen.
    AnswerBeforeEffect { worker: u8 },
    /// Meta refuses the call.
    Refusal { worker: u8, refusal: Refusal },
    /// The answer is lost.
    LoseAnswer { worker: u8 },
    /// The store renews its lease.
    Renew { worker: u8 },
    /// It reads the store's answer to that.
    RenewalIsRead { worker: u8 },
    /// It finds its lease deleted: it stops, and takes a new id.
    LeaseIsLost { worker: u8 },
    /// The timer at its deadline: it stops, and takes a new id.
    Deadline { worker: u8 },
    /// The process dies; another one starts, with a new id.
    Crash { worker: u8 },
    /// Another worker deletes a lease that has ended, and releases its row.
    ReleaseEnded,
    /// The process that gave up its id deletes its lease at once, and releases its row.
    Leave,
    /// A release that the worker's process asked for earlier, when it did not work on the row, is
    /// executed only now.
    ReleaseComesLate { worker: u8 },
    /// A command is saved, without a lease.
    Command { order: Order, asked: bool },
    /// A command is saved, and its process takes the lease and continues.
    CommandAndLease {
        order: Order,
        asked: bool,
        worker: u8,
        left: u8,
    },
    /// Time passes.
    Tick,
    /// So much time passes that budgets are full again.
    Window,
    /// The migration's time runs out.
    Expiry,
}

impl Step {
    /// Whether nothing goes wrong in it.
    pub const fn is_expected(self) -> bool {
        match self {
            Self::Command { asked, .. } | Self::CommandAndLease { asked, .. } => asked,
            Self::ReadFails { .. }
            | Self::Refusal { .. }
            | Self::LoseAnswer { .. }
            | Self::Crash { .. }
            | Self::Expiry => false,
            _ => true,
        }
    }
}
