//! Collects the texts of an error answer, wherever they stand: none is lost, since any of them may hold the reason.
//!
//! The first text of a name that has a field of its own goes there; every other one is added to the details, a line each.

use serde_json::Value;

use super::json::{Object, text};
use super::redact::CallSecrets;
use domain::GraphError;

/// Longest text that is kept, in characters: they end up in stored documents.
pub(super) const LONGEST_TEXT: usize = 1000;
/// Longest details, in characters, where several texts have no field of their own.
const LONGEST_DETAILS: usize = 4000;
/// Most texts that are added to the details.
const MOST_EXTRAS: usize = 20;
/// Deepest object or list that texts are looked for in.
const DEEPEST: u8 = 8;

/// FieldGroups that are for programs: none of them is a text.
const OF_PROGRAMS: [&str; 17] = [
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
    /// None yet. What is taken in loses these secrets.
    pub(super) fn without(secrets: CallSecrets<'a>) -> Self {
        Self {
            secrets,
            ..Self::default()
        }
    }

    /// Takes every text in `object`: those of its own fields first, then those within.
    pub(super) fn take_all(&mut self, object: &Object) {
        self.within(object, 0);
    }

    /// Takes one text.
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

    /// As the fields of an error.
    pub(super) fn into_error(self, http_status: u16) -> GraphError {
        let lines: Vec<String> = self.details.into_iter().chain(self.extras).collect();
        let details = (!lines.is_empty()).then(|| cut(lines.join("\n"), LONGEST_DETAILS));
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
            if !OF_PROGRAMS.contains(&name.as_str()) && !name.starts_with("__") {
                self.value(name, value, depth);
            }
        }
    }

    fn value(&mut self, name: &str, value: &Value, depth: u8) {
        if depth > DEEPEST {
            return;
        }
        match value {
            Value::Object(object) => self.within(object, depth + 1),
            Value::Array(items) => {
                for item in items {
                    self.value(name, item, depth + 1);
                }
            }
            // `error_data` is sometimes an object written as text.
            Value::String(written) if written.trim_start().starts_with(['{', '[']) => {
                match serde_json::from_str::<Value>(written) {
                    Ok(inner) => self.value(name, &inner, depth + 1),
                    Err(_) => self.text(name, value),
                }
            }
            // A number is a text only where a text is expected.
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
        if self.extras.len() < MOST_EXTRAS && !self.holds(&text) {
            self.extras.push(text);
        }
    }
}

/// `text` without secrets, cut where it is longer than is kept.
pub(super) fn kept(text: String, secrets: CallSecrets<'_>) -> String {
    cut(secrets.hidden_in(text), LONGEST_TEXT)
}

fn cut(mut text: String, longest: usize) -> String {
    if let Some((end, _)) = text.char_indices().nth(longest) {
        text.truncate(end);
        text.push('…');
    }
    text
}
