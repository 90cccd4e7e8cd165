//! Reads Meta's JSON without relying on its types: a number or a flag may be text, and a group may
//! be a plain value.
//!
//! Nothing here fails: a missing value, or one of another type, is `None`. Every text of Meta's is
//! read here and loses its control characters, since other businesses choose the names.

use serde_json::{Map, Value};

use crate::util::visible::visible;

/// A JSON object of Meta's.
pub(super) type Object = Map<String, Value>;

/// A text, or the digits of a number. A blank text is `None`.
pub(super) fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => {
            let text = visible(text);
            (!text.trim().is_empty()).then(|| text.into_owned())
        }
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// An integer, or the text of one.
pub(super) fn integer(value: &Value) -> Option<i64> {
    match value {
        Value::Number(number) => number.as_i64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    }
}

/// A boolean, or the text of one.
pub(super) fn flag(value: &Value) -> Option<bool> {
    match value {
        Value::Bool(flag) => Some(*flag),
        Value::String(text) if text.eq_ignore_ascii_case("true") => Some(true),
        Value::String(text) if text.eq_ignore_ascii_case("false") => Some(false),
        _ => None,
    }
}

/// The text of `field`.
pub(super) fn text_of(object: &Object, field: &str) -> Option<String> {
    object.get(field).and_then(text)
}

/// The flag of `field`.
pub(super) fn flag_of(object: &Object, field: &str) -> Option<bool> {
    object.get(field).and_then(flag)
}

/// The text of `field`, or of `inner` in it if it is an object: `"HIGH"` or `{"level": "HIGH"}`.
pub(super) fn text_within(object: &Object, field: &str, inner: &str) -> Option<String> {
    match object.get(field)? {
        Value::Object(group) => text_of(group, inner),
        plain => text(plain),
    }
}

/// The texts of a list, without other values.
pub(super) fn texts_of(object: &Object, field: &str) -> Vec<String> {
    match object.get(field) {
        Some(Value::Array(items)) => items.iter().filter_map(text).collect(),
        _ => Vec::new(),
    }
}

/// `text`, cut after `max` characters.
pub(super) fn shortened(mut text: String, max: usize) -> String {
    if let Some((end, _)) = text.char_indices().nth(max) {
        text.truncate(end);
        text.push('…');
    }
    text
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn object(value: &Value) -> Object {
        value.as_object().cloned().unwrap()
    }

    #[test]
    fn a_text_is_read_without_control_characters() {
        let read = object(&json!({
            "name": "Acme\u{1b}]52;c;aGk=\u{7} \u{202e}dtL\r", "list": ["\u{1b}[2J", "\u{1b}"], "group": {"level": "HIGH\u{9b}"},
        }));
        assert_eq!(
            text_of(&read, "name").as_deref(),
            Some("Acme]52;c;aGk= dtL")
        );
        assert_eq!(texts_of(&read, "list"), ["[2J"]);
        assert_eq!(
            text_within(&read, "group", "level").as_deref(),
            Some("HIGH")
        );
    }

    #[test]
    fn ids_flags_and_groups_are_read_in_every_shape() {
        let read = object(&json!({
            "id": 106_540_352_242_922_u64, "name": " ", "flag": "true", "list": ["a", 5, null, {}],
            "throughput": {"level": "HIGH"}, "quality": "GREEN", "odd": [1],
        }));
        assert_eq!(text_of(&read, "id").as_deref(), Some("106540352242922"));
        assert_eq!(text_of(&read, "name"), None);
        assert_eq!(flag_of(&read, "flag"), Some(true));
        assert_eq!(texts_of(&read, "list"), ["a", "5"]);
        assert_eq!(
            text_within(&read, "throughput", "level").as_deref(),
            Some("HIGH")
        );
        assert_eq!(
            text_within(&read, "quality", "score").as_deref(),
            Some("GREEN")
        );
        assert_eq!(text_within(&read, "odd", "score"), None);
        assert_eq!(integer(&json!("100")), Some(100));
        assert_eq!(integer(&json!(1.5)), None);
    }
}
