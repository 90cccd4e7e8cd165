//! Faults: what went wrong, in our words, and what is done about it.
//!
//! The adapter to Meta decides *which* reason an answer has; the table in [`reason`] says what each reason means. A
//! fault never holds a secret.

mod reason;
mod remedy;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

pub use reason::Reason;
pub use remedy::{Actor, Remedy};

/// What went wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fault {
    /// Stable name of what went wrong.
    pub reason: Reason,
    /// What is done about it.
    pub disposition: Disposition,
    /// What can be done about it, by whom.
    pub remedies: Vec<Remedy>,
    /// How long Meta asked to wait, where it did.
    pub retry_after: Option<SignedDuration>,
    /// What is known about the call that met the fault.
    pub effect: Effect,
    /// Meta's answer as it came, where the fault is one.
    pub graph_error: Option<Box<GraphError>>,
    /// Since when the same fails for all: every call of the Meta app, or every call to Meta. `None`: it is this call's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failing_since: Option<Timestamp>,
}

/// What is done about a fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Disposition {
    /// Try again soon, by itself, a few times.
    Retry,
    /// Try again by itself once the time that Meta's limits ask for has passed.
    Wait,
    /// Someone must apply a remedy first.
    Ask,
    /// Nothing can be done: the migration has failed.
    GiveUp,
}

/// What is known about a call that met a fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Effect {
    /// It changed nothing at Meta.
    None,
    /// Nobody knows: Meta must be read before the call is made again.
    Unknown,
}

/// An error as Meta answered it, kept whole.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct GraphError {
    /// HTTP status; 0 when there was no HTTP answer.
    pub http_status: u16,
    /// `error.code`.
    pub code: i64,
    /// `error.error_subcode`.
    pub subcode: Option<i64>,
    /// `error.type`.
    pub kind: String,
    /// `error.message`, or the transport's own words.
    pub message: String,
    /// `error.error_user_title`.
    pub user_title: Option<String>,
    /// `error.error_user_msg`.
    pub user_message: Option<String>,
    /// `error.error_data.details`, or `error.error_data` where it is plain text; then, a line each, every other text of the
    /// answer that has no field of its own.
    pub details: Option<String>,
    /// `error.is_transient`.
    pub is_transient: Option<bool>,
    /// Meta's trace id.
    pub fbtrace_id: Option<String>,
}

impl GraphError {
    /// Whether Meta answered it. Otherwise the call brought no answer, or one of something in between.
    #[must_use]
    pub fn is_of_meta(&self) -> bool {
        self.code != 0 || !self.kind.is_empty() || self.fbtrace_id.is_some()
    }
}

impl Fault {
    /// A fault of this reason, with the disposition and remedies of the table.
    #[must_use]
    pub fn of(reason: Reason) -> Self {
        Self {
            reason,
            disposition: reason.disposition(),
            remedies: reason.remedies().to_vec(),
            retry_after: None,
            effect: Effect::None,
            graph_error: None,
            failing_since: None,
        }
    }

    /// The same, as an answer of Meta's.
    #[must_use]
    pub fn with_graph_error(self, error: GraphError) -> Self {
        Self {
            graph_error: Some(Box::new(error)),
            ..self
        }
    }

    /// The same, with the time that Meta asked to wait.
    #[must_use]
    pub fn with_retry_after(self, retry_after: Option<SignedDuration>) -> Self {
        Self {
            retry_after,
            ..self
        }
    }

    /// The same, where every call of the app or to Meta has been failing since then.
    #[must_use]
    pub fn with_failing_since(self, failing_since: Option<Timestamp>) -> Self {
        Self {
            failing_since,
            ..self
        }
    }

    /// The same, with the remedies that this place asks for instead of the table's.
    #[must_use]
    pub fn with_remedies(self, remedies: &[Remedy]) -> Self {
        Self {
            remedies: remedies.to_vec(),
            ..self
        }
    }

    /// The same meaning another reason, with the disposition and remedies of that one: what was read of the number says more
    /// than Meta's text.
    #[must_use]
    pub fn meaning(self, reason: Reason) -> Self {
        Self {
            reason,
            disposition: reason.disposition(),
            remedies: reason.remedies().to_vec(),
            ..self
        }
    }

    /// The same, with what is known about the call's effect.
    #[must_use]
    pub fn with_effect(self, effect: Effect) -> Self {
        Self { effect, ..self }
    }

    /// The same, but now someone must act: trying again did not help.
    #[must_use]
    pub fn that_persists(self) -> Self {
        Self {
            disposition: Disposition::Ask,
            ..self
        }
    }

    /// For a person, in plain English.
    #[must_use]
    pub const fn message(&self) -> &'static str {
        self.reason.sentence()
    }
}
