//! The texts of an injected error: a builder method for each part of Graph's error, and the error
//! itself.

use std::time::Duration;

use serde::Serialize;
use serde_json::{Map, Value, json};

use super::error::{GraphError, Trace, Transience, Words};
use super::fault::{Fault, Kind};
use super::given::Given;
use super::language::Language;

/// Properties of an error's texts.
#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct Wording {
    /// `error_user_msg`; null omits it even if there is a title.
    #[serde(skip_serializing_if = "Given::is_nothing")]
    pub(crate) user_message: Given<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) error_data: Option<Value>,
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub(crate) beside: Map<String, Value>,
    /// `is_transient` exactly; null omits it.
    #[serde(skip_serializing_if = "Given::is_nothing", rename = "is_transient")]
    pub(crate) transient: Given<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) language: Option<String>,
    /// `fbtrace_id`: false omits it, a string replaces it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) trace: Option<Value>,
}

/// Each method changes one part of the response. Parts of an error have no effect on other faults.
impl Fault {
    /// Sets `error_subcode`.
    #[must_use]
    pub fn subcode(mut self, subcode: i64) -> Self {
        if let Kind::Error { subcode: own, .. } = &mut self.kind {
            *own = Some(subcode);
        }
        self
    }

    /// Sets `message`.
    #[must_use]
    pub fn message(mut self, message: &str) -> Self {
        if let Kind::Error { message: own, .. } = &mut self.kind {
            *own = Some(message.to_owned());
        }
        self
    }

    /// Sets `error_user_title`, and `error_user_msg` unless another is set.
    #[must_use]
    pub fn title(mut self, title: &str) -> Self {
        if let Kind::Error { title: own, .. } = &mut self.kind {
            *own = Some(title.to_owned());
        }
        self
    }

    /// Sets `error_user_msg`.
    #[must_use]
    pub fn user_message(mut self, text: &str) -> Self {
        self.wording.user_message = Given::This(text.to_owned());
        self
    }

    /// Omits `error_user_msg` even if there is a title.
    #[must_use]
    pub fn without_user_message(mut self) -> Self {
        self.wording.user_message = Given::Null;
        self
    }

    /// Sets `error_data.details`.
    #[must_use]
    pub fn details(mut self, details: &str) -> Self {
        if let Kind::Error { details: own, .. } = &mut self.kind {
            *own = Some(details.to_owned());
        }
        self
    }

    /// Sets `error_data` to a string or to an object without details.
    #[must_use]
    pub fn error_data(mut self, data: Value) -> Self {
        self.wording.error_data = Some(data);
        self
    }

    /// Adds a member to the response, beside `error`.
    #[must_use]
    pub fn beside(mut self, name: &str, value: Value) -> Self {
        self.wording.beside.insert(name.to_owned(), value);
        self
    }

    /// Sets `is_transient`; `None` omits it. By default it is false beside a subcode.
    #[must_use]
    pub fn transient(mut self, transient: Option<bool>) -> Self {
        self.wording.transient = transient.map_or(Given::Null, Given::This);
        self
    }

    /// Sets the HTTP status.
    #[must_use]
    pub fn status(mut self, status: u16) -> Self {
        if let Kind::Error { status: own, .. } = &mut self.kind {
            *own = status;
        }
        self
    }

    /// Translates the user texts into the language of this locale, if the sandbox has them. The
    /// error is found by its codes and, if several share them, by its English title.
    #[must_use]
    pub fn in_language(mut self, locale: &str) -> Self {
        self.wording.language = Some(locale.to_owned());
        self
    }

    /// Sets `fbtrace_id`.
    #[must_use]
    pub fn trace(mut self, id: &str) -> Self {
        self.wording.trace = Some(json!(id));
        self
    }

    /// Omits `fbtrace_id`.
    #[must_use]
    pub fn without_trace(mut self) -> Self {
        self.wording.trace = Some(json!(false));
        self
    }

    /// Delays the response, in whole milliseconds.
    #[must_use]
    pub fn late(mut self, time: Duration) -> Self {
        self.manner.late_ms = u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
        self
    }

    /// Omits the usage headers even if they are due.
    #[must_use]
    pub fn without_usage_headers(mut self) -> Self {
        self.manner.usage_headers = Some(false);
        self
    }

    /// Sends usage headers of 100 percent, with the minutes until calls are allowed again.
    #[must_use]
    pub fn with_usage_headers(mut self, regain_minutes: u64) -> Self {
        self.manner.usage_headers = Some(true);
        self.manner.regain_minutes = Some(regain_minutes);
        self
    }

    /// Adds a header.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.manner
            .headers
            .insert(name.to_ascii_lowercase(), value.to_owned());
        self
    }

    /// The error to return, if the fault is one.
    pub(crate) fn answer(&self) -> Option<GraphError> {
        let Kind::Error {
            code,
            subcode,
            title,
            message,
            details,
            transient,
            status,
        } = &self.kind
        else {
            return None;
        };
        let Wording {
            user_message,
            error_data,
            beside,
            transient: exactly,
            language,
            trace,
        } = &self.wording;
        let wording = message
            .clone()
            .unwrap_or_else(|| format!("(#{code}) Injected fault"));
        let language = language.as_deref().and_then(Language::of);
        let translated =
            language.and_then(|known| known.texts_of((*code, *subcode), title.as_deref()));
        let (title, text) = match translated {
            Some((title, text)) => (
                Some(title.to_owned()),
                (!text.is_empty()).then(|| text.to_owned()),
            ),
            None => (title.clone(), title.clone()),
        };
        Some(GraphError {
            subcode: *subcode,
            transient: match exactly {
                Given::Nothing => Transience::Usual(*transient),
                Given::Null => Transience::Exactly(None),
                Given::This(is) => Transience::Exactly(Some(*is)),
            },
            words: Box::new(Words {
                title,
                text: match user_message {
                    Given::Nothing => text,
                    Given::Null => None,
                    Given::This(own) => Some(own.clone()),
                },
                details: details.clone(),
                data: error_data.clone(),
                beside: beside.clone(),
                trace: match trace {
                    Some(Value::Bool(false)) => Trace::Absent,
                    Some(Value::String(id)) => Trace::Exactly(id.clone()),
                    _ => Trace::Usual,
                },
            }),
            ..GraphError::plain(*status, *code, wording)
        })
    }
}
