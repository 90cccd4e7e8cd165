//! Where a migration stands: its state, its step, and how far into the step it is.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Fault, Route};

/// Whose turn it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum State {
    /// Ours.
    Running,
    /// The number owner's: a code was sent.
    WaitingForCode,
    /// The caller's or the clock's: everything is ready to register.
    WaitingForCutover,
    /// Someone must apply a remedy, then resume.
    ActionRequired,
    /// Ended: read back as connected in the destination.
    Succeeded,
    /// Ended: it cannot go on.
    Failed,
    /// Ended by Cancel.
    Canceled,
    /// Ended: its time ran out.
    Expired,
}

impl State {
    /// Every state there is.
    pub const ALL: [Self; 8] = [
        Self::Running,
        Self::WaitingForCode,
        Self::WaitingForCutover,
        Self::ActionRequired,
        Self::Succeeded,
        Self::Failed,
        Self::Canceled,
        Self::Expired,
    ];

    /// Its stable name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Running => "RUNNING",
            Self::WaitingForCode => "WAITING_FOR_CODE",
            Self::WaitingForCutover => "WAITING_FOR_CUTOVER",
            Self::ActionRequired => "ACTION_REQUIRED",
            Self::Succeeded => "SUCCEEDED",
            Self::Failed => "FAILED",
            Self::Canceled => "CANCELED",
            Self::Expired => "EXPIRED",
        }
    }

    /// Whether nothing can happen any more.
    #[must_use]
    pub const fn is_terminal(self) -> bool {
        matches!(
            self,
            Self::Succeeded | Self::Failed | Self::Canceled | Self::Expired
        )
    }
}

/// One unit of progress, around at most one Graph call that changes something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Step {
    /// Runs the eligibility checks and takes the "before" snapshot.
    Check,
    /// Makes sure that an app is subscribed to the destination's webhooks.
    Subscribe,
    /// Adds the number to the destination.
    AddNumber,
    /// Finds the number that was added to the destination before.
    FindNumber,
    /// Asks Meta to send a code.
    RequestCode,
    /// Hands the owner's code to Meta.
    VerifyCode,
    /// Registers the number: the point of no return.
    Register,
    /// Reads the number back.
    Confirm,
}

impl Step {
    /// Every step there is.
    pub const ALL: [Self; 8] = [
        Self::Check,
        Self::Subscribe,
        Self::AddNumber,
        Self::FindNumber,
        Self::RequestCode,
        Self::VerifyCode,
        Self::Register,
        Self::Confirm,
    ];

    /// Its stable name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Check => "CHECK",
            Self::Subscribe => "SUBSCRIBE",
            Self::AddNumber => "ADD_NUMBER",
            Self::FindNumber => "FIND_NUMBER",
            Self::RequestCode => "REQUEST_CODE",
            Self::VerifyCode => "VERIFY_CODE",
            Self::Register => "REGISTER",
            Self::Confirm => "CONFIRM",
        }
    }
}

impl Route {
    /// Its steps, in order.
    #[must_use]
    pub const fn steps(self) -> &'static [Step] {
        match self {
            Self::Otp => &[
                Step::Check,
                Step::Subscribe,
                Step::AddNumber,
                Step::RequestCode,
                Step::VerifyCode,
                Step::Register,
                Step::Confirm,
            ],
            Self::AddedNumber => &[
                Step::Check,
                Step::Subscribe,
                Step::FindNumber,
                Step::Register,
                Step::Confirm,
            ],
        }
    }
}

/// How far into its step a running migration is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Phase {
    /// Meta must be read before anything is decided.
    Look,
    /// Meta was just read, and the step's changing call is to be made. Never stored: a reading does not keep.
    Act,
    /// The changing call was sent, or was about to be; it may have taken effect. Meta must be read before it is made
    /// again.
    Sent {
        /// When the intent was recorded, or when its answer was lost.
        at: Timestamp,
        /// What Meta answered, where it is only believed after a reading.
        doubted: Option<Box<Fault>>,
    },
}

/// How it stands with the codes of a number.
///
/// Where Meta refuses to send codes, tries may prolong that: so the pauses grow, and after one that is longer than a code is good
/// for, no code is sent unless a person asks for it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Codes {
    /// Refused requests in a row.
    pub refusals: u32,
    /// No code is asked for before this time.
    pub refused_until: Option<Timestamp>,
    /// A person must ask for the next code.
    pub wants_person: bool,
    /// The code at hand was sent to Meta a second time, since the first try left no trace. There is no third.
    pub sent_again: bool,
}

/// Whether the number was registered in the destination: the point of no return.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Registration {
    /// No: no register call of this migration took effect.
    NotDone,
    /// A register call was sent and its outcome is not known.
    Uncertain,
    /// Yes, with the PIN of this migration.
    Done,
    /// Yes, but not by this migration: it was found registered, with a PIN that we do not know.
    FoundDone,
}

/// How far one step got.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepProgress {
    /// The step.
    pub step: Step,
    /// When it began.
    pub started_at: Option<Timestamp>,
    /// When it was done.
    pub finished_at: Option<Timestamp>,
    /// How often its changing call was sent.
    pub attempts: u32,
    /// What went wrong in it last.
    pub last_fault: Option<Fault>,
}

impl StepProgress {
    /// A step that has not begun.
    #[must_use]
    pub const fn new(step: Step) -> Self {
        Self {
            step,
            started_at: None,
            finished_at: None,
            attempts: 0,
            last_fault: None,
        }
    }
}
