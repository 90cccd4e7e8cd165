//! Events: the append-only history of a migration.
//!
//! History, Watch and budgets read the same events; clients are notified of nothing else. An event
//! holds no secret.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Fault, GraphCall, Principal, State, Step};

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
    /// The caller that requested it; `None` for what the engine does by itself.
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
    /// It is not known yet whether the call took effect.
    CallUncertain {
        /// The call.
        call: GraphCall,
        /// What came instead of an answer; `None` if the call was found without an answer: Meta was
        /// read, and does not show that it took effect.
        fault: Option<Box<Fault>>,
    },
    /// A fault that the engine handles by retrying or waiting.
    Delayed {
        /// The fault.
        fault: Box<Fault>,
        /// Time of the next try.
        until: Timestamp,
    },
    /// The state changed.
    StateChanged {
        /// The state before.
        from: State,
        /// The fault that caused it, if one did.
        fault: Option<Box<Fault>>,
    },
    /// A code was submitted.
    CodeSubmitted,
    /// Another code was requested.
    CodeResendRequested,
    /// Resume was called.
    Resumed,
    /// `UpdateMigration` changed it.
    Updated {
        /// The names of the changed fields, as in the request.
        fields: Vec<String>,
    },
    /// Cancel was called while a call was in flight.
    CancelRequested,
    /// The two-step verification PIN was shown.
    TwoStepPinRevealed,
    /// The two-step verification PIN was removed: its retention is over.
    TwoStepPinRemoved,
}

impl Event {
    /// What happened, for a person, in plain English.
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
                "{call}: it is not known yet whether it took effect; Meta is read before anything else. {}",
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
            EventKind::CodeSubmitted => "A code was submitted.".to_owned(),
            EventKind::CodeResendRequested => "Another code was requested.".to_owned(),
            EventKind::Resumed => "Resume was called.".to_owned(),
            EventKind::Updated { fields } => format!("Updated: {}.", fields.join(", ")),
            EventKind::CancelRequested => "Cancel was called; it takes effect when the outcome of the call in flight is known.".to_owned(),
            EventKind::TwoStepPinRevealed => "The two-step verification PIN was shown.".to_owned(),
            EventKind::TwoStepPinRemoved => {
                "The two-step verification PIN was removed: its retention after the end of the migration is over.".to_owned()
            }
        }
        .trim_end()
        .to_owned()
    }
}

impl EventKind {
    /// The call that was sent, if the event records one.
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

    /// What went wrong, if something did.
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
