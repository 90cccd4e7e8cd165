//! Faults that a test or a person puts in the way of calls.

use serde::{Deserialize, Serialize};

use super::call::Call;
use super::error::{GraphError, Words};

/// What goes wrong, where, and how often.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct Fault {
    /// The digits of the number; `None` for any, and for calls that concern none.
    pub number: Option<String>,
    /// The call; `None` for any, reads too.
    pub call: Option<Call>,
    /// What goes wrong.
    #[serde(flatten)]
    pub kind: Kind,
    /// How many times more.
    pub times: u32,
}

/// What can go wrong.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Kind {
    /// Done, but the connection drops without an answer.
    LostResponse,
    /// Not done, and the connection drops without an answer.
    LostRequest,
    /// Not done, and this error is answered.
    Error {
        /// Graph's code.
        code: i64,
        /// Graph's subcode.
        #[serde(default)]
        subcode: Option<i64>,
        /// `error_user_title`.
        #[serde(default)]
        title: Option<String>,
        /// `message`.
        #[serde(default)]
        message: Option<String>,
        /// `error_data.details`.
        #[serde(default)]
        details: Option<String>,
        /// `is_transient`.
        #[serde(default)]
        transient: bool,
        /// The HTTP status, 400 if not said.
        #[serde(default = "bad_request")]
        status: u16,
    },
    /// Not done, and HTTP 502 with an HTML page.
    Html,
    /// Done, but HTTP 200 with an empty body.
    Empty,
    /// Done, but HTTP 200 with JSON that breaks off.
    BrokenJson,
    /// Done at once, but answered late.
    #[serde(alias = "delay_ms")]
    Delay {
        /// How late, in milliseconds.
        delay_ms: u64,
    },
}

impl Fault {
    /// A fault that strikes once, any call of any number.
    #[must_use]
    pub fn new(kind: Kind) -> Self {
        Self {
            number: None,
            call: None,
            kind,
            times: 1,
        }
    }

    /// The same for one number only.
    #[must_use]
    pub fn on_number(mut self, number: &str) -> Self {
        self.number = Some(super::digits_of(number));
        self
    }

    /// The same for one call only.
    #[must_use]
    pub fn on_call(mut self, call: Call) -> Self {
        self.call = Some(call);
        self
    }

    /// The same, so many times.
    #[must_use]
    pub fn times(mut self, times: u32) -> Self {
        self.times = times;
        self
    }

    /// Whether it strikes this call.
    pub(crate) fn strikes(&self, call: Call, number: Option<&str>) -> bool {
        self.times > 0
            && self.call.is_none_or(|own| own == call)
            && self.number.as_deref().is_none_or(|own| Some(own) == number)
    }
}

impl Kind {
    /// The error to answer, if it is one.
    pub(crate) fn error(&self) -> Option<GraphError> {
        let Self::Error {
            code,
            subcode,
            title,
            message,
            details,
            transient,
            status,
        } = self
        else {
            return None;
        };
        let wording = message
            .clone()
            .unwrap_or_else(|| format!("(#{code}) Injected fault"));
        Some(GraphError {
            subcode: *subcode,
            transient: *transient,
            words: Box::new(Words {
                text: title.clone(),
                title: title.clone(),
                details: details.clone(),
            }),
            ..GraphError::plain(*status, *code, wording)
        })
    }
}

fn bad_request() -> u16 {
    400
}
