//! Collects all texts of an error response, since any of them may contain the reason.
//!
//! The first text of a name that has a field of its own goes there; every other one becomes a line
//! of the details.

use serde_json::Value;

use super::json::{Object, shortened, text};
use super::redact::CallSecrets;
use domain::GraphError;

/// Maximum length of a text, characters: texts are stored.
pub(super) const MAX_TEXT: usize = 1000;
/// Maximum length of the details, characters.
const MAX_DETAILS: usize = 4000;
/// Maximum number of texts that are added to the details.
const MAX_EXTRAS: usize = 20;
/// Maximum depth of objects and lists that are searched for texts.
const MAX_DEPTH: u8 = 8;

/// Fields for programs, which contain no texts for people.
const NOT_TEXTS: [&str; 17] = [
    "type",
    "code",
    "error_code",
    "error_subcode",
    "subcode",
    "fbtrace_id",
    "trace_id",
    "is_transient",
    "messaging_product",
    "blame_field_specs",
    "id",
    "status",
    "success",
    "data",
    "paging",
    "debug",
    "error",
];

/// The texts of an error.
#[derive(Default)]
pub(super) struct ErrorTexts<'a> {
    secrets: CallSecrets<'a>,
    message: Option<String>,
    user_title: Option<String>,
    user_message: Option<String>,
    details: Option<String>,
    extras: Vec<String>,
}

impl<'a> ErrorTexts<'a> {
    /// No texts. These secrets are removed from every text that is added.
    pub(super) fn without(secrets: CallSecrets<'a>) -> Self {
        Self {
            secrets,
            ..Self::default()
        }
    }

    /// Adds every text in `object`: those of its own fields first, then nested ones.
    pub(super) fn take_all(&mut self, object: &Object) {
        self.within(object, 0);
    }

    /// Adds one text.
    pub(super) fn take(&mut self, name: &str, text: &str) {
        let field = match name {
            "message" => &mut self.message,
            "error_user_title" => &mut self.user_title,
            "error_user_msg" => &mut self.user_message,
            "details" | "error_data" => &mut self.details,
            _ => return self.add(text),
        };
        match field {
            None => *field = Some(kept(text.to_owned(), self.secrets)),
            Some(_) => self.add(text),
        }
    }

    /// The error with these texts.
    pub(super) fn into_error(self, http_status: u16) -> GraphError {
        let lines: Vec<String> = self.details.into_iter().chain(self.extras).collect();
        let details = (!lines.is_empty()).then(|| shortened(lines.join("\n"), MAX_DETAILS));
        GraphError {
            http_status,
            message: self.message.unwrap_or_default(),
            user_title: self.user_title,
            user_message: self.user_message,
            details,
            ..GraphError::default()
        }
    }

    fn within(&mut self, object: &Object, depth: u8) {
        let is_text = |value: &Value| matches!(value, Value::String(_) | Value::Number(_));
        let texts = object.iter().filter(|(_, value)| is_text(value));
        let groups = object.iter().filter(|(_, value)| !is_text(value));
        for (name, value) in texts.chain(groups) {
            if !NOT_TEXTS.contains(&name.as_str()) && !name.starts_with("__") {
                self.value(name, value, depth);
            }
        }
    }

    fn value(&mut self, name: &str, value: &Value, depth: u8) {
        if depth > MAX_DEPTH {
            return;
        }
        match value {
            Value::Object(object) => self.within(object, depth + 1),
            Value::Array(items) => {
                for item in items {
                    self.value(name, item, depth + 1);
                }
            }
            // `error_data` is sometimes an object, serialised as text.
            Value::String(written) if written.trim_start().starts_with(['{', '[']) => {
                match serde_json::from_str::<Value>(written) {
                    Ok(inner) => self.value(name, &inner, depth + 1),
                    Err(_) => self.text(name, value),
                }
            }
            // A number is a text only in a field that should have a text.
            Value::Number(_) if !matches!(name, "message" | "details") => {}
            other => self.text(name, other),
        }
    }

    fn text(&mut self, name: &str, value: &Value) {
        if let Some(text) = text(value) {
            self.take(name, &text);
        }
    }

    fn holds(&self, text: &str) -> bool {
        let fields = [
            &self.message,
            &self.user_title,
            &self.user_message,
            &self.details,
        ];
        let mut known = fields.into_iter().flatten().chain(&self.extras);
        known.any(|known| known == text)
    }

    fn add(&mut self, text: &str) {
        let text = kept(text.to_owned(), self.secrets);
        if self.extras.len() < MAX_EXTRAS && !self.holds(&text) {
            self.extras.push(text);
        }
    }
}

/// `text` without secrets, shortened.
pub(super) fn kept(text: String, secrets: CallSecrets<'_>) -> String {
    shortened(secrets.hidden_in(text), MAX_TEXT)
}
