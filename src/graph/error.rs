//! Reads Meta's error answers, in whatever shape they come.
//!
//! Meta guarantees `message`, `type` and `code`; in practice any of them can be missing, `error_data` can be an object
//! or text, numbers can be text, and an error can come with HTTP 200. Nothing in here decides what an error means.

use serde_json::Value;

use super::json::{Object, flag_of, integer, text, text_of, text_within};
use crate::migration::GraphError;

/// An error of Meta's, as it came.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Envelope {
    /// `error.code`, apart from `error` since 0 is a code of its own.
    pub(super) code: Option<i64>,
    /// Everything else.
    pub(super) error: GraphError,
}

/// Texts of Meta's are kept up to this many characters: they end up in stored documents.
const LONGEST_TEXT: usize = 1000;

impl Envelope {
    /// The error in `answer`, if it holds one.
    pub(super) fn find(answer: &Value, http_status: u16) -> Option<Self> {
        match answer {
            Value::Object(object) => Self::of(object.get("error")?, http_status),
            // Answers to batches, and some proxies, wrap the error in a list.
            Value::Array(items) => {
                let objects = items.iter().filter_map(Value::as_object);
                objects
                    .filter_map(|object| object.get("error"))
                    .find_map(|error| Self::of(error, http_status))
            }
            _ => None,
        }
    }

    fn of(error: &Value, http_status: u16) -> Option<Self> {
        match error {
            Value::Null | Value::Bool(false) => None,
            Value::Object(fields) => Some(Self::read(fields, http_status)),
            Value::Array(items) => match items.iter().find_map(Value::as_object) {
                Some(fields) => Some(Self::read(fields, http_status)),
                None => Some(Self::plain(
                    "an error without fields".to_owned(),
                    http_status,
                )),
            },
            other => Some(Self::plain(
                text(other).unwrap_or_else(|| other.to_string()),
                http_status,
            )),
        }
    }

    fn plain(message: String, http_status: u16) -> Self {
        let error = GraphError {
            http_status,
            message: shortened(message),
            ..GraphError::default()
        };
        Self { code: None, error }
    }

    fn read(fields: &Object, http_status: u16) -> Self {
        let code = fields.get("code").and_then(integer);
        let kept = |field| text_of(fields, field).map(shortened);
        let error = GraphError {
            http_status,
            code: code.unwrap_or_default(),
            subcode: fields
                .get("error_subcode")
                .and_then(integer)
                .filter(|subcode| *subcode != 0),
            kind: kept("type").unwrap_or_default(),
            message: kept("message").unwrap_or_default(),
            user_title: kept("error_user_title"),
            user_message: kept("error_user_msg"),
            details: text_within(fields, "error_data", "details").map(details),
            is_transient: flag_of(fields, "is_transient"),
            fbtrace_id: kept("fbtrace_id"),
        };
        Self { code, error }
    }

    /// Every text of it that says what happened, in lower case.
    pub(super) fn words(&self) -> String {
        let error = &self.error;
        let texts = [
            Some(&error.message),
            error.user_title.as_ref(),
            error.user_message.as_ref(),
            error.details.as_ref(),
        ];
        let words: Vec<&str> = texts.into_iter().flatten().map(String::as_str).collect();
        words.join("\n").to_lowercase()
    }
}

/// `error_data` is sometimes an object written as text.
fn details(text: String) -> String {
    let inner = serde_json::from_str::<Object>(&text)
        .ok()
        .and_then(|fields| text_of(&fields, "details"));
    shortened(inner.unwrap_or(text))
}

/// `text`, cut where it is longer than is kept.
fn shortened(mut text: String) -> String {
    if let Some((end, _)) = text.char_indices().nth(LONGEST_TEXT) {
        text.truncate(end);
        text.push('…');
    }
    text
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn find(answer: &Value) -> Option<Envelope> {
        Envelope::find(answer, 400)
    }

    #[test]
    fn a_whole_error_is_kept_whole() {
        let envelope = find(&json!({"error": {
            "message": "(#133005) Two step verification PIN Mismatch", "type": "OAuthException", "code": 133_005,
            "error_subcode": 2_388_091, "is_transient": false, "error_user_title": "Title", "error_user_msg": "Words",
            "error_data": {"messaging_product": "whatsapp", "details": "The details"}, "fbtrace_id": "Az8",
        }}));
        let expected = GraphError {
            http_status: 400,
            code: 133_005,
            subcode: Some(2_388_091),
            kind: "OAuthException".to_owned(),
            message: "(#133005) Two step verification PIN Mismatch".to_owned(),
            user_title: Some("Title".to_owned()),
            user_message: Some("Words".to_owned()),
            details: Some("The details".to_owned()),
            is_transient: Some(false),
            fbtrace_id: Some("Az8".to_owned()),
        };
        assert_eq!(
            envelope,
            Some(Envelope {
                code: Some(133_005),
                error: expected
            })
        );
    }

    #[test]
    fn error_data_and_numbers_may_be_text() {
        let envelope =
            find(&json!({"error": {"code": "136024", "error_subcode": "2388366", "error_data": "plain"}})).unwrap();
        assert_eq!(
            (envelope.code, envelope.error.subcode),
            (Some(136_024), Some(2_388_366))
        );
        assert_eq!(envelope.error.details.as_deref(), Some("plain"));
        let nested =
            find(&json!({"error": {"code": 1, "error_data": "{\"details\":\"inner\"}"}})).unwrap();
        assert_eq!(nested.error.details.as_deref(), Some("inner"));
    }

    #[test]
    fn an_error_is_found_in_every_wrapping() {
        for answer in [
            json!({"error": "broken"}),
            json!([{"error": {"message": "broken"}}]),
            json!({"error": [{"message": "broken"}]}),
        ] {
            assert_eq!(find(&answer).unwrap().error.message, "broken", "{answer}");
        }
        for odd in [
            json!({"error": []}),
            json!({"error": 7}),
            json!({"error": true}),
            json!({"error": {"code": {}}}),
        ] {
            assert_eq!(find(&odd).unwrap().code, None, "{odd}");
        }
        for fine in [
            json!({"success": true}),
            json!({"error": null}),
            json!([]),
            json!("error"),
            json!(null),
        ] {
            assert_eq!(find(&fine), None, "{fine}");
        }
    }

    #[test]
    fn a_long_text_is_cut() {
        let envelope = find(&json!({"error": {"message": "ü".repeat(5000)}})).unwrap();
        assert_eq!(envelope.error.message.chars().count(), LONGEST_TEXT + 1);
    }
}
