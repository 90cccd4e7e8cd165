//! Injected faults.
//!
//! Owns what a fault is and which calls it matches. Its JSON form is in `fault_form`, its effect on
//! a call in `obstacle`.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::call::Call;
use super::fault_words::Wording;

/// What goes wrong, for which calls, and how often.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct Fault {
    /// The digits of the number; `None` for any number and for calls without one.
    pub number: Option<String>,
    /// The call; `None` for any, including reads.
    pub call: Option<Call>,
    /// The account, or the account of the number; `None` for any.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
    /// A field that the read must request; `None` for any call.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// What goes wrong.
    #[serde(flatten)]
    pub kind: Kind,
    /// Remaining times; `u32::MAX` if only the time ends it.
    #[serde(skip_serializing_if = "is_unlimited")]
    pub times: u32,
    /// When it ends, by the sandbox's clock. Set when it is injected.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
    /// How long it lasts after injection.
    #[serde(skip)]
    pub(crate) lasts: Option<Duration>,
    /// Other properties of the response.
    #[serde(flatten)]
    pub(crate) manner: Manner,
    /// Other properties of an error's texts.
    #[serde(flatten)]
    pub(crate) wording: Wording,
}

/// What can go wrong.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Kind {
    /// Performed, but the connection is dropped without a response.
    LostResponse,
    /// Not performed; the connection is dropped without a response.
    LostRequest,
    /// Not performed; this error is returned.
    Error {
        /// Graph's code.
        code: i64,
        /// Graph's subcode.
        #[serde(default)]
        subcode: Option<i64>,
        /// `error_user_title`, and `error_user_msg` unless the fault has another.
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
        /// HTTP status; 400 by default.
        #[serde(default = "bad_request")]
        status: u16,
    },
    /// Not performed; HTTP 502 with an HTML page.
    Html,
    /// Performed, but HTTP 200 with an empty body.
    Empty,
    /// Performed, but HTTP 200 with truncated JSON.
    BrokenJson,
    /// Performed at once, but the response is delayed.
    #[serde(alias = "delay_ms")]
    Delay {
        /// Delay in milliseconds.
        delay_ms: u64,
    },
}

/// Properties of a response beside its texts.
#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct Manner {
    /// Additional delay in milliseconds.
    #[serde(skip_serializing_if = "is_zero")]
    pub(crate) late_ms: u64,
    /// Whether the usage headers are sent; `None`: when they are due.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) usage_headers: Option<bool>,
    /// Minutes until calls are allowed again, in the usage headers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) regain_minutes: Option<u64>,
    /// Other headers, sent verbatim.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) headers: BTreeMap<String, String>,
}

impl Fault {
    /// A fault of any call of any number, once.
    #[must_use]
    pub fn new(kind: Kind) -> Self {
        Self {
            number: None,
            call: None,
            account: None,
            field: None,
            kind,
            times: 1,
            until: None,
            lasts: None,
            manner: Manner::default(),
            wording: Wording::default(),
        }
    }

    /// A fault that returns this error with HTTP status 400 and only a message.
    #[must_use]
    pub fn error(code: i64) -> Self {
        Self::new(Kind::Error {
            code,
            subcode: None,
            title: None,
            message: None,
            details: None,
            transient: false,
            status: bad_request(),
        })
    }

    /// Limits it to one number.
    #[must_use]
    pub fn on_number(mut self, number: &str) -> Self {
        self.number = Some(super::digits_of(number));
        self
    }

    /// Limits it to one call.
    #[must_use]
    pub fn on_call(mut self, call: Call) -> Self {
        self.call = Some(call);
        self
    }

    /// Limits it to one account and its numbers.
    #[must_use]
    pub fn on_account(mut self, account: &str) -> Self {
        self.account = Some(account.to_owned());
        self
    }

    /// Limits it to reads that request this field.
    #[must_use]
    pub fn on_field(mut self, field: &str) -> Self {
        self.field = Some(field.to_owned());
        self
    }

    /// Sets how many times it happens.
    #[must_use]
    pub fn times(mut self, times: u32) -> Self {
        self.times = times;
        self
    }

    /// Limits it by time after injection instead of by count.
    #[must_use]
    pub fn lasting(mut self, time: Duration) -> Self {
        self.times = u32::MAX;
        self.lasts = Some(time);
        self
    }

    /// Whether it matches a call of this number, account and fields.
    pub(crate) fn strikes(
        &self,
        now: Timestamp,
        call: Call,
        is_number: impl FnOnce(&str) -> bool,
        account: Option<&str>,
        asks_for: impl FnOnce(&str) -> bool,
    ) -> bool {
        self.times > 0
            && !self.is_over(now)
            && self.call.is_none_or(|own| own == call)
            && self.number.as_deref().is_none_or(is_number)
            && self
                .account
                .as_deref()
                .is_none_or(|own| Some(own) == account)
            && self.field.as_deref().is_none_or(asks_for)
    }

    /// Whether it has expired.
    pub(crate) fn is_over(&self, now: Timestamp) -> bool {
        self.until.is_some_and(|until| now >= until)
    }

    /// Counts one occurrence.
    pub(crate) fn spend(&mut self) {
        if !is_unlimited(&self.times) {
            self.times = self.times.saturating_sub(1);
        }
    }
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde passes what it skips by reference"
)]
const fn is_unlimited(times: &u32) -> bool {
    *times == u32::MAX
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde passes what it skips by reference"
)]
const fn is_zero(late: &u64) -> bool {
    *late == 0
}

pub(crate) const fn bad_request() -> u16 {
    400
}
