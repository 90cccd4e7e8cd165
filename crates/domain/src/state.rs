//! State, step and phase of a migration.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::named::named_enum;
use super::{Fault, GraphCall, Migration, Route};

named_enum! {
    /// Whose turn it is.
    State {
        /// The engine's.
        Running = "RUNNING",
        /// The number owner's: a code was sent.
        WaitingForCode = "WAITING_FOR_CODE",
        /// The caller's, or a time must come: everything is ready to register.
        WaitingForCutover = "WAITING_FOR_CUTOVER",
        /// Someone must apply a remedy, then resume.
        ActionRequired = "ACTION_REQUIRED",
        /// Ended: the number was read back as connected in the destination.
        Succeeded = "SUCCEEDED",
        /// Ended: it cannot continue.
        Failed = "FAILED",
        /// Ended by Cancel.
        Canceled = "CANCELED",
        /// Ended: its time ran out.
        Expired = "EXPIRED",
    }
}

impl State {
    /// Whether the migration has ended.
    #[must_use]
    pub const fn is_terminal(self) -> bool {
        matches!(
            self,
            Self::Succeeded | Self::Failed | Self::Canceled | Self::Expired
        )
    }
}

named_enum! {
    /// One unit of progress, around at most one Graph call that changes something.
    Step {
        /// Runs the eligibility checks and takes the "before" snapshot.
        Check = "CHECK",
        /// Makes sure that an app is subscribed to the destination's webhooks.
        Subscribe = "SUBSCRIBE",
        /// Adds the number to the destination.
        AddNumber = "ADD_NUMBER",
        /// Finds the number that was added to the destination before.
        FindNumber = "FIND_NUMBER",
        /// Asks Meta to send a code.
        RequestCode = "REQUEST_CODE",
        /// Submits the owner's code to Meta.
        VerifyCode = "VERIFY_CODE",
        /// Registers the number: the point of no return.
        Register = "REGISTER",
        /// Reads the number back.
        Confirm = "CONFIRM",
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

/// How far a running migration is within its step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Phase {
    /// Meta must be read before anything is decided.
    Read,
    /// The step's changing call comes next, without another reading. Stored only after
    /// `SubmitCode`: the result of a reading is not kept over a pause.
    Act,
    /// The call was sent, or was about to be, and may have taken effect. Meta must be read before
    /// it is made again.
    Sent {
        /// The call.
        call: GraphCall,
        /// When the intent was recorded, or when the answer was lost.
        at: Timestamp,
    },
    /// Meta answered the call with an error that is acted on only after a reading.
    Unconfirmed {
        /// The call.
        call: GraphCall,
        /// The error.
        fault: Box<Fault>,
    },
}

impl Phase {
    /// The changing call that was sent and whose outcome is unknown.
    #[must_use]
    pub const fn call_in_flight(&self) -> Option<GraphCall> {
        match self {
            Self::Sent { call, .. } => Some(*call),
            Self::Read | Self::Act | Self::Unconfirmed { .. } => None,
        }
    }

    /// Whether Meta must be read to find out what became of a call.
    #[must_use]
    pub const fn awaits_outcome(&self) -> bool {
        match self {
            Self::Sent { .. } | Self::Unconfirmed { .. } => true,
            Self::Read | Self::Act => false,
        }
    }
}

impl Migration {
    /// Whether the point of no return was passed, or may have been.
    #[must_use]
    pub fn may_be_registered(&self) -> bool {
        self.phase.call_in_flight() == Some(GraphCall::Register)
            || self.registration != Registration::NotDone
    }

    /// Progress of one of the route's steps.
    #[must_use]
    pub fn progress(&self, step: Step) -> Option<&StepProgress> {
        self.steps.iter().find(|progress| progress.step == step)
    }
}

/// Codes of a number: refusals by Meta, and what may be requested next.
///
/// If Meta refuses to send codes, further requests may prolong that. So the pauses grow, and after
/// a pause longer than a code's validity no code is requested unless a person asks for it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Codes {
    /// Refused requests in a row.
    pub refusals: u32,
    /// No code is requested before this time.
    pub refused_until: Option<Timestamp>,
    /// A person must ask for the next code.
    pub wants_person: bool,
    /// The present code was sent to Meta a second time, because the first try left no trace. There
    /// is no third.
    pub sent_again: bool,
}

/// Whether the number was registered in the destination: the point of no return.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Registration {
    /// No register call of this migration took effect.
    NotDone,
    /// A register call was sent and its outcome is unknown.
    Uncertain,
    /// Registered, with the PIN of this migration.
    Done,
    /// Found registered, not by this migration: its PIN is unknown to us.
    FoundDone,
}

/// Progress of one step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepProgress {
    /// The step.
    pub step: Step,
    /// When it began.
    pub started_at: Option<Timestamp>,
    /// When it was done.
    pub finished_at: Option<Timestamp>,
    /// Number of times that its changing call was sent.
    pub attempts: u32,
    /// Its latest fault.
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
