//! How a test words an injected error: one method for each part of Graph's answer.

use std::time::Duration;

use serde_json::{Value, json};

use super::fault::{Fault, Kind};

/// Each changes one part of the answer. On a fault that is no error, the parts of an error have no effect.
impl Fault {
    /// The same with an `error_subcode`.
    #[must_use]
    pub fn subcode(mut self, subcode: i64) -> Self {
        if let Kind::Error { subcode: own, .. } = &mut self.kind {
            *own = Some(subcode);
        }
        self
    }

    /// The same with a `message`.
    #[must_use]
    pub fn message(mut self, message: &str) -> Self {
        if let Kind::Error { message: own, .. } = &mut self.kind {
            *own = Some(message.to_owned());
        }
        self
    }

    /// The same with an `error_user_title`, which is the `error_user_msg` too where no other is given.
    #[must_use]
    pub fn title(mut self, title: &str) -> Self {
        if let Kind::Error { title: own, .. } = &mut self.kind {
            *own = Some(title.to_owned());
        }
        self
    }

    /// The same with an `error_user_msg`.
    #[must_use]
    pub fn user_message(mut self, text: &str) -> Self {
        self.wording.user_message = Some(Some(text.to_owned()));
        self
    }

    /// The same without an `error_user_msg`, though there may be a title.
    #[must_use]
    pub fn without_user_message(mut self) -> Self {
        self.wording.user_message = Some(None);
        self
    }

    /// The same with `error_data.details`.
    #[must_use]
    pub fn details(mut self, details: &str) -> Self {
        if let Kind::Error { details: own, .. } = &mut self.kind {
            *own = Some(details.to_owned());
        }
        self
    }

    /// The same with this `error_data`, a text or an object without details.
    #[must_use]
    pub fn error_data(mut self, data: Value) -> Self {
        self.wording.error_data = Some(data);
        self
    }

    /// The same with another member of the answer, beside `error`.
    #[must_use]
    pub fn beside(mut self, name: &str, value: Value) -> Self {
        self.wording.beside.insert(name.to_owned(), value);
        self
    }

    /// The same with exactly this `is_transient`; `None` leaves it out. Not called, it is sent as false beside a subcode.
    #[must_use]
    pub fn transient(mut self, transient: Option<bool>) -> Self {
        self.wording.transient = Some(transient);
        self
    }

    /// The same under this HTTP status.
    #[must_use]
    pub fn status(mut self, status: u16) -> Self {
        if let Kind::Error { status: own, .. } = &mut self.kind {
            *own = status;
        }
        self
    }

    /// The same in the language of this locale, where the sandbox has words of its own for the error in it: for its codes and,
    /// where several share them, its title in English.
    #[must_use]
    pub fn in_language(mut self, locale: &str) -> Self {
        self.wording.language = Some(locale.to_owned());
        self
    }

    /// The same with this `fbtrace_id`.
    #[must_use]
    pub fn trace(mut self, id: &str) -> Self {
        self.wording.trace = Some(json!(id));
        self
    }

    /// The same without an `fbtrace_id`.
    #[must_use]
    pub fn without_trace(mut self) -> Self {
        self.wording.trace = Some(json!(false));
        self
    }

    /// The same, answered so much later. Milliseconds count.
    #[must_use]
    pub fn late(mut self, time: Duration) -> Self {
        self.manner.late_ms = u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
        self
    }

    /// The same without usage headers, though they may be due.
    #[must_use]
    pub fn without_usage_headers(mut self) -> Self {
        self.manner.usage_headers = Some(false);
        self
    }

    /// The same with usage headers that say that all is used up, and calls are allowed again after so many minutes.
    #[must_use]
    pub fn with_usage_headers(mut self, regain_minutes: u64) -> Self {
        self.manner.usage_headers = Some(true);
        self.manner.regain_minutes = Some(regain_minutes);
        self
    }

    /// The same with one more header.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.manner
            .headers
            .insert(name.to_ascii_lowercase(), value.to_owned());
        self
    }
}
