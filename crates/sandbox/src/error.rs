//! Errors as Graph returns them.
//!
//! Owns the two forms of an error: `Refusal`, a constant of the sandbox's tables, and `GraphError`,
//! which is returned. It must never decide when an error happens.

use serde_json::{Map, Value, json};

use super::invalid::Invalid;
use super::language::Language;

/// An error of the sandbox's tables, a compile-time constant.
#[derive(Clone, Copy, Debug)]
pub struct Refusal {
    status: u16,
    code: i64,
    subcode: Option<i64>,
    message: &'static str,
    title: Option<&'static str>,
    text: Option<&'static str>,
    details: Option<&'static str>,
    transient: Transience,
    data_as_string: bool,
    language: Option<Language>,
}

/// How `is_transient` is returned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Transience {
    /// As Graph usually does: beside a subcode, or if true.
    Usual(bool),
    /// Exactly this; `None` omits it.
    Exactly(Option<bool>),
}

/// An error that is returned to the caller.
#[derive(Clone, Debug)]
pub(crate) struct GraphError {
    pub(crate) status: u16,
    pub(crate) code: i64,
    pub(crate) subcode: Option<i64>,
    pub(crate) message: String,
    pub(crate) transient: Transience,
    pub(crate) data_as_string: bool,
    /// Boxed: every call may return an error, and few have these.
    pub(crate) words: Box<Words>,
}

/// Parts of an error beyond its message.
#[derive(Clone, Debug, Default)]
pub(crate) struct Words {
    pub(crate) title: Option<String>,
    pub(crate) text: Option<String>,
    pub(crate) details: Option<String>,
    /// `error_data` verbatim, instead of one made from the details.
    pub(crate) data: Option<Value>,
    /// Other members of the response beside `error`.
    pub(crate) beside: Map<String, Value>,
    pub(crate) trace: Trace,
}

/// How `fbtrace_id` is returned.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum Trace {
    /// The trace id of the call.
    #[default]
    Usual,
    /// Omitted.
    Absent,
    /// This one.
    Exactly(String),
}

impl Refusal {
    /// An error with the fields that Meta guarantees.
    #[must_use]
    pub const fn new(status: u16, code: i64, message: &'static str) -> Self {
        Self {
            status,
            code,
            subcode: None,
            message,
            title: None,
            text: None,
            details: None,
            transient: Transience::Usual(false),
            data_as_string: false,
            language: None,
        }
    }

    /// Sets `error_subcode`.
    #[must_use]
    pub const fn sub(mut self, subcode: i64) -> Self {
        self.subcode = Some(subcode);
        self
    }

    /// Sets `error_user_title` and `error_user_msg`.
    #[must_use]
    pub const fn user(mut self, title: &'static str, text: &'static str) -> Self {
        self.title = Some(title);
        self.text = Some(text);
        self
    }

    /// Sets `error_user_title` alone.
    #[must_use]
    pub const fn title(mut self, title: &'static str) -> Self {
        self.title = Some(title);
        self
    }

    /// Sets `error_data.details`.
    #[must_use]
    pub const fn details(mut self, details: &'static str) -> Self {
        self.details = Some(details);
        self
    }

    /// Marks it as transient.
    #[must_use]
    pub const fn transient(mut self) -> Self {
        self.transient = Transience::Usual(true);
        self
    }

    /// Omits `is_transient`.
    #[must_use]
    pub const fn without_transient(mut self) -> Self {
        self.transient = Transience::Exactly(None);
        self
    }

    /// Translates its user texts.
    #[must_use]
    pub(crate) const fn in_language(mut self, language: Language) -> Self {
        self.language = Some(language);
        self
    }

    /// Sets another HTTP status.
    #[must_use]
    pub const fn under(mut self, status: u16) -> Self {
        self.status = status;
        self
    }

    /// Sends `error_data` as a string, as some Graph errors do.
    #[must_use]
    pub const fn data_as_string(mut self) -> Self {
        self.data_as_string = true;
        self
    }

    /// Omits its subcode, as Meta announced for versions after v16.0.
    #[must_use]
    pub const fn without_subcode(mut self) -> Self {
        self.subcode = None;
        self
    }
}

impl Refusal {
    /// Its code and subcode.
    pub(crate) const fn codes(&self) -> (i64, Option<i64>) {
        (self.code, self.subcode)
    }

    /// Its user texts in English: title and text.
    pub(crate) const fn said(&self) -> (Option<&'static str>, Option<&'static str>) {
        (self.title, self.text)
    }
}

impl GraphError {
    /// A wrong or missing parameter.
    pub(crate) fn parameter(what: &str) -> Self {
        Self::plain(400, 100, format!("(#100) {what}"))
    }

    /// An error with the fields that Meta guarantees.
    pub(crate) fn plain(status: u16, code: i64, message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            ..Self::from(Refusal::new(status, code, ""))
        }
    }

    /// No object has this id, or the token may not see it. Graph does not distinguish the two.
    pub(crate) fn no_object(method: &str, id: &str) -> Self {
        let message = format!(
            "Unsupported {} request. Object with ID '{id}' does not exist, cannot be loaded due to missing permissions, or \
             does not support this operation",
            method.to_lowercase()
        );
        Self {
            subcode: Some(33),
            ..Self::plain(400, 100, message)
        }
    }

    /// A path that Graph does not have.
    pub(crate) fn unknown_path(path: &str) -> Self {
        Self::plain(400, 2500, format!("Unknown path components: {path}"))
    }

    /// Replaces the details.
    pub(crate) fn with_details(mut self, details: String) -> Self {
        self.words.details = Some(details);
        self
    }

    /// Graph's error envelope. Absent parts are omitted, as at Graph.
    pub(crate) fn envelope(&self, trace: &str) -> Value {
        let Words {
            title,
            text,
            details,
            data,
            beside,
            trace: traced,
        } = &*self.words;
        let of_details = |details: &String| {
            if self.data_as_string {
                json!(details)
            } else {
                json!({"messaging_product": "whatsapp", "details": details})
            }
        };
        let data = data.clone().or_else(|| details.as_ref().map(of_details));
        let transient = match self.transient {
            Transience::Usual(is) => (is || self.subcode.is_some()).then_some(is),
            Transience::Exactly(said) => said,
        };
        let trace = match traced {
            Trace::Usual => Some(json!(trace)),
            Trace::Absent => None,
            Trace::Exactly(id) => Some(json!(id)),
        };
        let fields = [
            ("message", Some(json!(self.message))),
            ("type", Some(json!("OAuthException"))),
            ("code", Some(json!(self.code))),
            ("error_subcode", self.subcode.map(Value::from)),
            ("is_transient", transient.map(Value::from)),
            ("error_user_title", title.as_ref().map(|title| json!(title))),
            ("error_user_msg", text.as_ref().map(|text| json!(text))),
            ("error_data", data),
            ("fbtrace_id", trace),
        ];
        let fields: Map<String, Value> = fields
            .into_iter()
            .filter_map(|(name, value)| Some((name.to_owned(), value?)))
            .collect();
        let mut envelope = beside.clone();
        envelope.insert("error".to_owned(), Value::Object(fields));
        Value::Object(envelope)
    }

    /// Translates its user texts if the sandbox has them in this language.
    pub(crate) fn translated(mut self, language: Language) -> Self {
        let Words { title, text, .. } = &mut *self.words;
        language.translate(title, text);
        self
    }
}

impl From<Invalid> for GraphError {
    /// A request that Graph could serve and the sandbox cannot.
    fn from(invalid: Invalid) -> Self {
        Self::parameter(&format!("(sandbox) {invalid}"))
    }
}

impl From<Refusal> for GraphError {
    fn from(refusal: Refusal) -> Self {
        let error = Self {
            status: refusal.status,
            code: refusal.code,
            subcode: refusal.subcode,
            message: refusal.message.to_owned(),
            transient: refusal.transient,
            data_as_string: refusal.data_as_string,
            words: Box::new(Words {
                title: refusal.title.map(str::to_owned),
                text: refusal.text.map(str::to_owned),
                details: refusal.details.map(str::to_owned),
                ..Words::default()
            }),
        };
        match refusal.language {
            Some(language) => error.translated(language),
            None => error,
        }
    }
}
