//! Overrides of an account: `PUT /sandbox/accounts/{id}` and its JSON.
//!
//! Owns what an account shows and refuses differently. Its normal behaviour is in `account`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::error::GraphError;
use super::invalid::Invalid;
use super::shape::Shown;

/// Overrides of one account.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct AccountShape {
    /// Shown verbatim instead of the account's own fields.
    fields: Map<String, Value>,
    /// Omitted from every read.
    absent: Vec<String>,
    /// A read that requests one of these fields fails as a whole.
    forbidden_fields: BTreeMap<String, Forbidden>,
    /// Subscribed apps of other providers.
    apps: Vec<App>,
    /// Maximum numbers in the account.
    numbers_limit: Option<usize>,
    /// The error of every call.
    unreadable: Option<Answer>,
}

/// An app of another provider.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct App {
    id: String,
    name: String,
    #[serde(default)]
    override_callback_uri: Option<String>,
}

/// How a field is refused: an error code, or a whole error.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(untagged)]
enum Forbidden {
    Code(i64),
    Answer(Answer),
}

/// An error.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Answer {
    code: i64,
    #[serde(default)]
    subcode: Option<i64>,
    message: String,
    #[serde(default)]
    status: Option<u16>,
}

impl AccountShape {
    /// Validates what the types cannot express.
    pub(crate) fn check(&self) -> Result<(), Invalid> {
        if self.fields.contains_key("id") {
            return Err(Invalid::new("fields: an id cannot be changed"));
        }
        Ok(())
    }

    /// The override of a field, if any.
    pub(crate) fn shown(&self, field: &str) -> Option<Shown> {
        if self.absent.iter().any(|own| own == field) {
            return Some(Shown::Absent);
        }
        self.fields.get(field).cloned().map(Shown::As)
    }

    /// The error of a read that requests these fields.
    pub(crate) fn forbids<'a>(
        &self,
        fields: impl IntoIterator<Item = &'a String>,
    ) -> Option<GraphError> {
        let mut fields = fields.into_iter();
        fields.find_map(|name| Some(self.forbidden_fields.get(name)?.answer(name)))
    }

    /// The error of every call, if it is unreadable.
    pub(crate) fn refuses(&self) -> Option<GraphError> {
        self.unreadable.as_ref().map(Answer::error)
    }

    /// Whether the account is full with this count of numbers.
    pub(crate) fn is_full(&self, numbers: usize) -> bool {
        self.numbers_limit.is_some_and(|limit| numbers >= limit)
    }

    /// The apps of other providers, as the list of subscribed apps shows them.
    pub(crate) fn apps(&self) -> impl Iterator<Item = Value> {
        self.apps.iter().map(|app| {
            let data = json!({"id": app.id, "name": app.name, "link": "https://www.example.org/"});
            app.override_callback_uri.as_ref().map_or_else(
                || json!({ "whatsapp_business_api_data": data }),
                |uri| json!({"whatsapp_business_api_data": data, "override_callback_uri": uri}),
            )
        })
    }
}

impl Forbidden {
    fn answer(&self, field: &str) -> GraphError {
        match self {
            Self::Code(code) => forbidden_field(*code, field),
            Self::Answer(answer) => answer.error(),
        }
    }
}

impl Answer {
    fn error(&self) -> GraphError {
        GraphError {
            subcode: self.subcode,
            ..GraphError::plain(self.status.unwrap_or(400), self.code, self.message.clone())
        }
    }
}

/// The error of a read that requests a forbidden field: code 10 or 200 at Graph.
pub(crate) fn forbidden_field(code: i64, field: &str) -> GraphError {
    let message = format!(
        "(#{code}) You do not have permission to access the field '{field}' on this object"
    );
    GraphError::plain(403, code, message)
}
