//! The shape of an account: `PUT /sandbox/accounts/{id}` and its JSON.
//!
//! Owns what an account shows and refuses otherwise than it would. What it does of itself stands in `account`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::error::GraphError;
use super::invalid::Invalid;
use super::shape::Shown;

/// What is particular about an account.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct AccountShape {
    /// Shown as they are, in place of the account's own.
    fields: Map<String, Value>,
    /// Left out of every read.
    absent: Vec<String>,
    /// A read that asks for one of them is refused whole.
    forbidden_fields: BTreeMap<String, Forbidden>,
    /// The apps of others that are subscribed to it.
    apps: Vec<App>,
    /// How many numbers fill it.
    numbers_limit: Option<usize>,
    /// Every call is refused so.
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

/// How a field is refused: a code, or a whole answer.
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
    /// What no type says.
    pub(crate) fn check(&self) -> Result<(), Invalid> {
        if self.fields.contains_key("id") {
            return Err(Invalid::new("fields: an id cannot be changed"));
        }
        Ok(())
    }

    /// What it shows in place of a field, if anything.
    pub(crate) fn shown(&self, field: &str) -> Option<Shown> {
        if self.absent.iter().any(|own| own == field) {
            return Some(Shown::Absent);
        }
        self.fields.get(field).cloned().map(Shown::As)
    }

    /// The refusal of a read that asks for these fields.
    pub(crate) fn forbids<'a>(
        &self,
        fields: impl IntoIterator<Item = &'a String>,
    ) -> Option<GraphError> {
        let mut fields = fields.into_iter();
        fields.find_map(|name| Some(self.forbidden_fields.get(name)?.answer(name)))
    }

    /// The refusal of every call.
    pub(crate) fn refuses(&self) -> Option<GraphError> {
        self.unreadable.as_ref().map(Answer::error)
    }

    /// Whether this count of numbers fills it.
    pub(crate) fn is_full(&self, numbers: usize) -> bool {
        self.numbers_limit.is_some_and(|limit| numbers >= limit)
    }

    /// The apps of others, as the list of apps has them.
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

/// The refusal of a read over one field, which Graph answers with 10 or with 200.
pub(crate) fn forbidden_field(code: i64, field: &str) -> GraphError {
    let message = format!(
        "(#{code}) You do not have permission to access the field '{field}' on this object"
    );
    GraphError::plain(403, code, message)
}
