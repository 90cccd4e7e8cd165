//! Faults that a test or a person puts in the way of calls.
//!
//! Owns what a fault is and which calls it strikes. Its JSON form stands in `fault_form`, what it does to a call in `obstacle`.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::call::Call;
use super::fault_words::Wording;

/// What goes wrong, where, and how often.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct Fault {
    /// The digits of the number; `None` for any, and for calls that concern none.
    pub number: Option<String>,
    /// The call; `None` for any, reads too.
    pub call: Option<Call>,
    /// The id of the account that is called, or whose number is; `None` for any.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
    /// The field that a read must ask for in `fields`; `None` for any call.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// What goes wrong.
    #[serde(flatten)]
    pub kind: Kind,
    /// How many times more; `u32::MAX` where only the time ends it.
    #[serde(skip_serializing_if = "is_unlimited")]
    pub times: u32,
    /// When it ends by itself, by the sandbox's clock. Set once it is injected.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
    /// How long it lasts from when it is injected.
    #[serde(skip)]
    pub(crate) lasts: Option<Duration>,
    /// What else is particular about the answer.
    #[serde(flatten)]
    pub(crate) manner: Manner,
    /// What else is particular about an error's words.
    #[serde(flatten)]
    pub(crate) wording: Wording,
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
        /// `error_user_title`, and `error_user_msg` where the fault has no other.
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

/// What is particular about an answer beside its words.
#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct Manner {
    /// How much later it is answered, in milliseconds.
    #[serde(skip_serializing_if = "is_zero")]
    pub(crate) late_ms: u64,
    /// Whether the two usage headers are sent; `None` for when they are due.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) usage_headers: Option<bool>,
    /// What the usage headers say of the minutes until calls are allowed again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) regain_minutes: Option<u64>,
    /// Other headers, sent as they are.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) headers: BTreeMap<String, String>,
}

impl Fault {
    /// A fault that strikes once, any call of any number.
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

    /// A fault that answers this error, with HTTP status 400, and no words but a message.
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

    /// The same for one account only: calls to it, and to its numbers.
    #[must_use]
    pub fn on_account(mut self, account: &str) -> Self {
        self.account = Some(account.to_owned());
        self
    }

    /// The same for reads only that ask for this field.
    #[must_use]
    pub fn on_field(mut self, field: &str) -> Self {
        self.field = Some(field.to_owned());
        self
    }

    /// The same, so many times.
    #[must_use]
    pub fn times(mut self, times: u32) -> Self {
        self.times = times;
        self
    }

    /// The same, however often it strikes, for as long as this from when it is injected.
    #[must_use]
    pub fn lasting(mut self, time: Duration) -> Self {
        self.times = u32::MAX;
        self.lasts = Some(time);
        self
    }

    /// Whether it strikes this call: of a number, to an account, and for a read of fields.
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

    /// Whether its time has passed.
    pub(crate) fn is_over(&self, now: Timestamp) -> bool {
        self.until.is_some_and(|until| now >= until)
    }

    /// Strikes once.
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
