//! Faults of the Meta app and of Meta as a whole: `PUT /sandbox/app` and its JSON.

use serde::{Deserialize, Serialize};

use super::error::GraphError;
use super::invalid::Invalid;
use super::language::Language;
use super::refusals as r;
use super::reply::Reply;

/// What is wrong for every call; initially nothing.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct App {
    /// Every call is refused.
    blocked: bool,
    /// Whether the terms are accepted; if not, every call is refused.
    accepts_terms: bool,
    /// Error code of a refused call, if not the usual one.
    code: Option<i64>,
    subcode: Option<i64>,
    message: Option<String>,
    status: Option<u16>,
    /// No call arrives at Graph.
    outage: Option<Outage>,
    /// Locale of Meta's error texts.
    language: Option<String>,
}

/// The response instead of Graph's.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Outage {
    /// HTTP 503 with Graph's error 2.
    #[serde(rename = "503")]
    Overloaded,
    /// HTTP 502 with an HTML page.
    Html,
    /// The connection is dropped without a response.
    Drop,
}

impl Default for App {
    fn default() -> Self {
        Self {
            blocked: false,
            accepts_terms: true,
            code: None,
            subcode: None,
            message: None,
            status: None,
            outage: None,
            language: None,
        }
    }
}

impl App {
    /// Validates what the types cannot express.
    pub(crate) fn check(&self) -> Result<(), Invalid> {
        let refuses = self.blocked || !self.accepts_terms;
        let has_words = self.code.is_some()
            || self.subcode.is_some()
            || self.message.is_some()
            || self.status.is_some();
        if has_words && !refuses {
            return Err(Invalid::new(
                "code, subcode, message and status describe a refusal: set blocked, or accepts_terms to false",
            ));
        }
        match &self.language {
            Some(locale) if Language::of(locale).is_none() => Err(Invalid::new(format!(
                "language: the sandbox has no texts in {locale:?}"
            ))),
            _ => Ok(()),
        }
    }

    /// The response to every call during an outage or while the app is refused.
    pub(crate) fn answer(&self) -> Option<Reply> {
        let usual = match (self.outage, self.blocked, self.accepts_terms) {
            (Some(Outage::Overloaded), ..) => return Some(Reply::Said(Err(r::OVERLOADED.into()))),
            (Some(Outage::Html), ..) => return Some(Reply::Html),
            (Some(Outage::Drop), ..) => return Some(Reply::Dropped),
            (None, true, _) => r::APP_BLOCKED,
            (None, false, false) => r::TERMS_NOT_ACCEPTED,
            (None, false, true) => return None,
        };
        let usual = GraphError::from(usual);
        Some(Reply::Said(Err(GraphError {
            code: self.code.unwrap_or(usual.code),
            subcode: self.subcode,
            status: self.status.unwrap_or(usual.status),
            message: self
                .message
                .clone()
                .unwrap_or_else(|| usual.message.clone()),
            ..usual
        })))
    }

    /// Language of Meta's error texts, if not English.
    pub(crate) fn language(&self) -> Option<Language> {
        Language::of(self.language.as_deref()?)
    }
}
