//! Faults: what went wrong, in our own terms, and what is done about it.
//!
//! The adapter to Meta decides *which* reason a response has; the table in [`reason`] defines what
//! each reason means. A fault never contains a secret.

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
    /// What can be done about it, and by whom.
    pub remedies: Vec<Remedy>,
    /// How long Meta asks to wait, if it names a time.
    pub retry_after: Option<SignedDuration>,
    /// Whether the failed call may have changed something at Meta.
    pub effect: Effect,
    /// Meta's error, unchanged, if Meta returned one.
    pub graph_error: Option<Box<GraphError>>,
    /// Since when every call of the Meta app, or every call to Meta, has been failing like this.
    /// `None`: the fault is this call's own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failing_since: Option<Timestamp>,
}

/// What is done about a fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Disposition {
    /// Retry automatically, soon, a limited number of times.
    Retry,
    /// Retry automatically once Meta's limit has passed.
    Wait,
    /// An actor must apply a remedy first.
    Ask,
    /// Nothing can be done: the migration has failed.
    GiveUp,
}

/// Whether a failed call may have changed something at Meta.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Effect {
    /// It changed nothing.
    None,
    /// Unknown: Meta must be read before the call is repeated.
    Unknown,
}

/// An error as Meta returned it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct GraphError {
    /// HTTP status; 0 if there was no HTTP response.
    pub http_status: u16,
    /// `error.code`.
    pub code: i64,
    /// `error.error_subcode`.
    pub subcode: Option<i64>,
    /// `error.type`.
    pub kind: String,
    /// `error.message`, or the message of the HTTP client.
    pub message: String,
    /// `error.error_user_title`.
    pub user_title: Option<String>,
    /// `error.error_user_msg`.
    pub user_message: Option<String>,
    /// `error.error_data.details`, or `error.error_data` if that is plain text; then, one a line,
    /// every other text of the response that has no field of its own.
    pub details: Option<String>,
    /// `error.is_transient`.
    pub is_transient: Option<bool>,
    /// Meta's trace id.
    pub fbtrace_id: Option<String>,
}

impl GraphError {
    /// Whether Meta returned it. Otherwise there was no response, or an intermediary wrote it.
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

    /// Sets Meta's error.
    #[must_use]
    pub fn with_graph_error(self, error: GraphError) -> Self {
        Self {
            graph_error: Some(Box::new(error)),
            ..self
        }
    }

    /// Sets how long Meta asks to wait.
    #[must_use]
    pub fn with_retry_after(self, retry_after: Option<SignedDuration>) -> Self {
        Self {
            retry_after,
            ..self
        }
    }

    /// Sets since when every call of the app, or to Meta, has been failing.
    #[must_use]
    pub fn with_failing_since(self, failing_since: Option<Timestamp>) -> Self {
        Self {
            failing_since,
            ..self
        }
    }

    /// Replaces the remedies of the table.
    #[must_use]
    pub fn with_remedies(self, remedies: &[Remedy]) -> Self {
        Self {
            remedies: remedies.to_vec(),
            ..self
        }
    }

    /// Replaces the reason, with the disposition and remedies of the new one. For when reading the
    /// number shows more than Meta's text does.
    #[must_use]
    pub fn meaning(self, reason: Reason) -> Self {
        Self {
            reason,
            disposition: reason.disposition(),
            remedies: reason.remedies().to_vec(),
            ..self
        }
    }

    /// Sets whether the call may have changed something at Meta.
    #[must_use]
    pub fn with_effect(self, effect: Effect) -> Self {
        Self { effect, ..self }
    }

    /// Sets the disposition to [`Disposition::Ask`]: retries did not help.
    #[must_use]
    pub fn that_persists(self) -> Self {
        Self {
            disposition: Disposition::Ask,
            ..self
        }
    }

    /// A sentence for a person.
    #[must_use]
    pub const fn message(&self) -> &'static str {
        self.reason.sentence()
    }
}
