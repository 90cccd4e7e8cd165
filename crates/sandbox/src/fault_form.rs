//! The JSON form of a fault: the body of `PUT /sandbox/faults`.
//!
//! Unknown keys are refused by name: a fault with a misspelt key would match more calls than
//! intended.

use std::collections::BTreeMap;
use std::time::Duration;

use axum::http::{HeaderName, HeaderValue};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::call::Call;
use super::fault::{Fault, Kind, Manner, bad_request};
use super::fault_words::Wording;
use super::given::Given;
use super::invalid::{self, Invalid};
use super::language::Language;

/// The JSON form of a fault.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Form {
    kind: KindName,
    number: Option<String>,
    call: Option<String>,
    account: Option<String>,
    field: Option<String>,
    times: Option<u32>,
    for_seconds: Option<u64>,
    delay_ms: Option<u64>,
    late_ms: Option<u64>,
    usage_headers: Option<bool>,
    regain_minutes: Option<u64>,
    headers: Option<BTreeMap<String, String>>,
    code: Option<i64>,
    subcode: Option<i64>,
    #[serde(alias = "user_title", alias = "error_user_title")]
    title: Option<String>,
    #[serde(default, alias = "error_user_msg")]
    user_message: Given<String>,
    message: Option<String>,
    details: Option<String>,
    error_data: Option<Value>,
    #[serde(default)]
    beside: Map<String, Value>,
    #[serde(default, alias = "is_transient")]
    transient: Given<bool>,
    status: Option<u16>,
    language: Option<String>,
    trace: Option<Value>,
}

#[derive(Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum KindName {
    LostResponse,
    LostRequest,
    Error,
    Html,
    Empty,
    BrokenJson,
    #[serde(alias = "delay_ms")]
    Delay,
}

/// Reads one fault or a list of faults.
pub(crate) fn read(body: &str) -> Result<Vec<Fault>, Invalid> {
    let forms: Vec<Form> = if body.trim_start().starts_with('[') {
        serde_json::from_str(body)?
    } else {
        vec![serde_json::from_str(body)?]
    };
    forms.into_iter().map(Form::fault).collect()
}

/// `None` for `*`.
fn named(text: Option<String>) -> Option<String> {
    text.filter(|text| text != "*")
}

impl Form {
    fn fault(self) -> Result<Fault, Invalid> {
        self.check()?;
        let kind = self.kind()?;
        let times = self.times.unwrap_or(if self.for_seconds.is_some() {
            u32::MAX
        } else {
            1
        });
        let mut fault = Fault::new(kind).times(times);
        fault.lasts = self.for_seconds.map(Duration::from_secs);
        if let Some(number) = named(self.number) {
            fault = fault.on_number(&number);
        }
        if let Some(name) = named(self.call) {
            let call: Call = serde_json::from_value(json!(name))?;
            fault = fault.on_call(call);
        }
        if let Some(account) = named(self.account) {
            invalid::account(&account)?;
            fault = fault.on_account(&account);
        }
        fault.field = self.field;
        fault.manner = Manner {
            late_ms: self.late_ms.unwrap_or(0),
            usage_headers: self
                .usage_headers
                .or_else(|| self.regain_minutes.map(|_| true)),
            regain_minutes: self.regain_minutes,
            headers: headers(self.headers.unwrap_or_default())?,
        };
        fault.wording = Wording {
            user_message: self.user_message,
            error_data: self.error_data,
            beside: self.beside,
            // Present: returned as is. Absent: false beside a subcode, otherwise omitted.
            transient: self.transient,
            language: self.language,
            trace: self.trace,
        };
        Ok(fault)
    }

    fn kind(&self) -> Result<Kind, Invalid> {
        Ok(match self.kind {
            KindName::LostResponse => Kind::LostResponse,
            KindName::LostRequest => Kind::LostRequest,
            KindName::Html => Kind::Html,
            KindName::Empty => Kind::Empty,
            KindName::BrokenJson => Kind::BrokenJson,
            KindName::Delay => Kind::Delay {
                delay_ms: self
                    .delay_ms
                    .ok_or_else(|| Invalid::new("missing field `delay_ms`"))?,
            },
            KindName::Error => Kind::Error {
                code: self
                    .code
                    .ok_or_else(|| Invalid::new("missing field `code`"))?,
                subcode: self.subcode,
                title: self.title.clone(),
                message: self.message.clone(),
                details: self.details.clone(),
                transient: self.transient == Given::This(true),
                status: self.status.unwrap_or_else(bad_request),
            },
        })
    }

    /// Validates what the types cannot express.
    fn check(&self) -> Result<(), Invalid> {
        let of_errors = [
            ("user_message", !self.user_message.is_nothing()),
            ("error_data", self.error_data.is_some()),
            ("beside", !self.beside.is_empty()),
            ("language", self.language.is_some()),
            ("trace", self.trace.is_some()),
        ];
        let stray = of_errors.iter().find(|(_, is_there)| *is_there);
        if let Some((key, _)) = stray.filter(|_| self.kind != KindName::Error) {
            return Err(Invalid::new(format!(
                "{key}: only a fault of kind error can have it"
            )));
        }
        if self.details.is_some() && self.error_data.is_some() {
            return Err(Invalid::new(
                "details and error_data are the same member: set one of them",
            ));
        }
        if self.beside.contains_key("error") {
            return Err(Invalid::new("beside: it cannot contain error"));
        }
        if self
            .status
            .is_some_and(|status| !(200..=599).contains(&status))
        {
            return Err(Invalid::new("status: an HTTP status is 200 to 599"));
        }
        if !matches!(self.trace, None | Some(Value::Bool(_) | Value::String(_))) {
            return Err(Invalid::new("trace: true, false, or the id"));
        }
        if self.regain_minutes.is_some() && self.usage_headers == Some(false) {
            return Err(Invalid::new("regain_minutes: requires usage_headers"));
        }
        self.check_language()
    }

    fn check_language(&self) -> Result<(), Invalid> {
        let Some(locale) = &self.language else {
            return Ok(());
        };
        let Some(known) = Language::of(locale) else {
            let tags: Vec<&str> = Language::TAGS.iter().map(|(tag, _)| *tag).collect();
            let tags = tags.join(", ");
            return Err(Invalid::new(format!(
                "language: the sandbox has texts in {tags} only; set title and user_message in {locale:?}"
            )));
        };
        let codes = (self.code.unwrap_or(0), self.subcode);
        let has_words =
            known == Language::English || known.texts_of(codes, self.title.as_deref()).is_some();
        has_words.then_some(()).ok_or_else(|| {
            Invalid::new(format!(
                "language: the sandbox has no texts for {codes:?} with this title; set title and user_message in {locale:?}"
            ))
        })
    }
}

/// The headers in lower case; fails for a header that cannot be sent.
fn headers(given: BTreeMap<String, String>) -> Result<BTreeMap<String, String>, Invalid> {
    let check = |(name, value): (String, String)| {
        let fits = HeaderName::try_from(&name).is_ok() && HeaderValue::try_from(&value).is_ok();
        fits.then(|| (name.to_ascii_lowercase(), value))
            .ok_or_else(|| Invalid::new(format!("headers: {name:?} cannot be sent")))
    };
    given.into_iter().map(check).collect()
}
