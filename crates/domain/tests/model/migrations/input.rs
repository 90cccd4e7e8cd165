//! What a migration is changed by, and what the shell must know of it.

use domain::{State, Step};

use crate::meta::{ReadKind, View};

/// Number of calls within the window, of each that has a budget: see [`Call::limited`].
pub type Counts = [u8; 3];

/// A call that changes something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Call {
    Subscribe,
    AddNumber,
    RequestCode,
    VerifyCode { right: bool },
    Register,
}

impl Call {
    /// Its position in [`Counts`], if it has a budget.
    pub const fn limited(self) -> Option<usize> {
        match self {
            Self::Subscribe | Self::AddNumber => None,
            Self::RequestCode => Some(0),
            Self::VerifyCode { .. } => Some(1),
            Self::Register => Some(2),
        }
    }
}

/// What came of a changing call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Answer {
    Done,
    Refused(Refusal),
    /// No answer came.
    Lost,
}

/// Why Meta refuses a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Refusal {
    /// An error that may pass by itself.
    Transient,
    /// An error that a person must look at.
    Unknown,
    WrongCode,
    AlreadyVerified,
    AlreadyAdded,
    NotVerified,
}

/// A command of a caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Order {
    SubmitRightCode,
    SubmitWrongCode,
    ResendCode,
    Resume,
    Cancel,
}

/// What a migration is changed by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Input {
    /// It is read from the store together with the number's budgets.
    Loaded(Counts),
    /// The intent of the call that comes next.
    Begin,
    /// Meta was read, and showed this.
    Reading(View),
    /// Meta was read in vain.
    ReadingFailed,
    Answered(Answer),
    Elapse,
    Command(Order),
    /// Time passes.
    Tick,
    /// The window of the budgets passes.
    Window,
    /// Its time runs out.
    Expiry,
}

/// What comes next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    Read(ReadKind),
    Write(Call),
    Elapse,
    Wait,
    Done,
}

/// When a migration is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Due {
    In(u8),
    Far,
    Never,
}

/// What the shell must know of a migration.
#[derive(Debug, Clone, Copy)]
pub struct Summary {
    pub next: Next,
    pub due: Due,
    pub state: State,
    pub step: Step,
    pub in_flight: bool,
    /// A budget's window must pass first.
    pub budget_spent: bool,
}

/// Limits of calls in the model.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    pub code_requests: u8,
    pub code_checks: u8,
    pub registers: u8,
}

impl Limits {
    pub const fn of(self) -> Counts {
        [self.code_requests, self.code_checks, self.registers]
    }
}
