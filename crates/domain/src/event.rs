//! Events: the append-only history of a migration.
//!
//! History, Watch and budgets all read the same events; nothing else is ever notified. An event holds no secret.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Fault, Principal, State, Step};

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// 1, 2, 3 … without gaps within one migration.
    pub sequence: u64,
    /// When it happened.
    pub at: Timestamp,
    /// The state after it.
    pub state: State,
    /// The step after it.
    pub step: Step,
    /// What happened.
    pub kind: EventKind,
    /// Who asked for it, where a call did. What the engine does by itself nobody asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub principal: Option<Principal>,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE", tag = "kind")]
pub enum EventKind {
    /// The migration was accepted.
    Accepted,
    /// A step began.
    StepStarted,
    /// A step was done.
    StepFinished {
        /// What was found or done.
        note: String,
    },
    /// A call that changes something is about to be sent. Budgets count these.
    CallSent {
        /// The call.
        call: GraphCall,
    },
    /// The call did what it should.
    CallSucceeded {
        /// The call.
        call: GraphCall,
    },
    /// Meta refused the call.
    CallRefused {
        /// The call.
        call: GraphCall,
        /// Why.
        fault: Box<Fault>,
    },
    /// Nobody knows yet whether the call took effect.
    CallUncertain {
        /// The call.
        call: GraphCall,
        /// What came instead of an answer. Nothing did where the call was found without an answer: Meta was read, and
        /// does not show that it took effect.
        fault: Option<Box<Fault>>,
    },
    /// A fault that we will overcome by trying again or waiting.
    Delayed {
        /// The fault.
        fault: Box<Fault>,
        /// When we try again.
        until: Timestamp,
    },
    /// The state changed.
    StateChanged {
        /// The state before.
        from: State,
        /// Why, where a fault did it.
        fault: Option<Box<Fault>>,
    },
    /// A code was handed in.
    CodeSubmitted,
    /// Another code was asked for.
    CodeResendRequested,
    /// Resume was called.
    Resumed,
    /// Cancel was called while a call was under way.
    CancelRequested,
    /// The two-step verification PIN was shown.
    TwoStepPinRevealed,
    /// The two-step verification PIN was removed: its retention is over.
    TwoStepPinRemoved,
}

/// A Graph call that changes something at Meta.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum GraphCall {
    /// Subscribes the token's app to the destination's webhooks.
    Subscribe,
    /// Adds the number to the destination.
    AddNumber,
    /// Asks for a code.
    RequestCode,
    /// Hands in a code.
    VerifyCode,
    /// Registers the number.
    Register,
}

impl Event {
    /// The same for a person, in plain English.
    #[must_use]
    pub fn message(&self) -> String {
        let call = self.kind.call().map_or("", GraphCall::title);
        match &self.kind {
            EventKind::Accepted => "The migration was accepted.".to_owned(),
            EventKind::StepStarted => "The step began.".to_owned(),
            EventKind::StepFinished { note } => note.clone(),
            EventKind::CallSent { .. } => format!("{call}: about to call Meta."),
            EventKind::CallSucceeded { .. } => format!("{call}: done."),
            EventKind::CallRefused { fault, .. } => format!("{call}: refused. {}", fault.message()),
            EventKind::CallUncertain { fault: Some(fault), .. } => format!(
                "{call}: nobody knows yet whether it took effect; Meta is read before anything else. {}",
                fault.message()
            ),
            EventKind::CallUncertain { fault: None, .. } => {
                format!("{call}: no answer is on record, and Meta does not show that it took effect.")
            }
            EventKind::Delayed { fault, until } => format!("{} Next try at {until:.0}.", fault.message()),
            EventKind::StateChanged { fault, .. } => format!(
                "Now {}. {}",
                self.state.as_str(),
                fault.as_deref().map_or("", Fault::message)
            ),
            EventKind::CodeSubmitted => "A code was handed in.".to_owned(),
            EventKind::CodeResendRequested => "Another code was asked for.".to_owned(),
            EventKind::Resumed => "Resume was called.".to_owned(),
            EventKind::CancelRequested => "Cancel was called; it takes effect when the call under way is settled.".to_owned(),
            EventKind::TwoStepPinRevealed => "The two-step verification PIN was shown.".to_owned(),
            EventKind::TwoStepPinRemoved => {
                "The two-step verification PIN was removed: its retention after the end of the migration is over.".to_owned()
            }
        }
        .trim_end()
        .to_owned()
    }
}

impl GraphCall {
    /// Every call there is.
    pub const ALL: [Self; 5] = [
        Self::Subscribe,
        Self::AddNumber,
        Self::RequestCode,
        Self::VerifyCode,
        Self::Register,
    ];

    /// Its stable name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Subscribe => "SUBSCRIBE",
            Self::AddNumber => "ADD_NUMBER",
            Self::RequestCode => "REQUEST_CODE",
            Self::VerifyCode => "VERIFY_CODE",
            Self::Register => "REGISTER",
        }
    }

    /// What it does, for a person.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Subscribe => "Subscribe an app",
            Self::AddNumber => "Add the number",
            Self::RequestCode => "Request a code",
            Self::VerifyCode => "Verify the code",
            Self::Register => "Register the number",
        }
    }
}

impl EventKind {
    /// The call that it counts as sent, if it does.
    #[must_use]
    pub const fn call_sent(&self) -> Option<GraphCall> {
        match self {
            Self::CallSent { call } => Some(*call),
            _ => None,
        }
    }

    /// The Graph call that it is about.
    #[must_use]
    pub const fn call(&self) -> Option<GraphCall> {
        match self {
            Self::CallSent { call }
            | Self::CallSucceeded { call }
            | Self::CallRefused { call, .. }
            | Self::CallUncertain { call, .. } => Some(*call),
            _ => None,
        }
    }

    /// What went wrong, where something did.
    #[must_use]
    pub fn fault(&self) -> Option<&Fault> {
        match self {
            Self::CallRefused { fault, .. } | Self::Delayed { fault, .. } => Some(fault),
            Self::CallUncertain { fault, .. } | Self::StateChanged { fault, .. } => {
                fault.as_deref()
            }
            _ => None,
        }
    }
}
