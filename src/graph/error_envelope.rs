//! Parses Meta's error responses, in any shape.
//!
//! Meta guarantees `message`, `type` and `code`. In practice any of them can be missing,
//! `error_data` can be an object or text, numbers can be text, and an error can have HTTP status
//! 200. The meaning of an error is not decided here.

use serde_json::Value;

use super::error_texts::{ErrorTexts, kept};
use super::json::{Object, flag_of, integer, text, text_of};
use super::redact::CallSecrets;
use domain::GraphError;

/// An error as Meta returned it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct ErrorEnvelope {
    /// `error.code`; `None` if missing, since 0 is a valid code.
    pub(super) code: Option<i64>,
    /// Everything else.
    pub(super) error: GraphError,
}

impl ErrorEnvelope {
    /// The error in `answer`, if there is one, without the secrets of the call.
    pub(super) fn find(answer: &Value, http_status: u16, secrets: CallSecrets<'_>) -> Option<Self> {
        match answer {
            Value::Object(object) => Self::of(object.get("error")?, object, http_status, secrets),
            // Batch responses, and some proxies, wrap the error in a list.
            Value::Array(items) => {
                let mut objects = items.iter().filter_map(Value::as_object);
                objects
                    .find_map(|object| Self::of(object.get("error")?, object, http_status, secrets))
            }
            _ => None,
        }
    }

    /// Parses `error`, a field of `around`.
    fn of(
        error: &Value,
        around: &Object,
        http_status: u16,
        secrets: CallSecrets<'_>,
    ) -> Option<Self> {
        let fields = match error {
            Value::Null | Value::Bool(false) => return None,
            Value::Object(fields) => Some(fields.clone()),
            Value::Array(items) => items.iter().find_map(Value::as_object).cloned(),
            // An object, serialised as text.
            Value::String(text) => serde_json::from_str(text).ok(),
            _ => None,
        };
        Some(match fields {
            // Nested in the error of an intermediary.
            Some(fields)
                if !fields.contains_key("code")
                    && fields.get("error").is_some_and(Value::is_object) =>
            {
                let inner = fields.get("error").and_then(Value::as_object);
                let around = [&fields, around];
                Self::read(inner.unwrap_or(&fields), &around, http_status, secrets)
            }
            Some(fields) => Self::read(&fields, &[around], http_status, secrets),
            None => Self::plain(error, around, http_status, secrets),
        })
    }

    /// Parses an error that is not an object.
    fn plain(error: &Value, around: &Object, http_status: u16, secrets: CallSecrets<'_>) -> Self {
        let message = match error {
            Value::Array(_) => "an error without fields".to_owned(),
            Value::String(_) => text(error).unwrap_or_default(),
            other => other.to_string(),
        };
        let mut texts = ErrorTexts::without(secrets);
        texts.take("message", &message);
        texts.take_all(around);
        Self {
            code: None,
            error: texts.into_error(http_status),
        }
    }

    /// Parses the error object `fields`, with the texts of the objects around it.
    fn read(
        fields: &Object,
        around: &[&Object],
        http_status: u16,
        secrets: CallSecrets<'_>,
    ) -> Self {
        let mut texts = ErrorTexts::without(secrets);
        // The texts of the error take precedence over those around it.
        texts.take_all(fields);
        for object in around {
            texts.take_all(object);
        }
        let code = fields.get("code").and_then(integer);
        let text = |object: &Object, field| text_of(object, field).map(|text| kept(text, secrets));
        let mut traces = std::iter::once(fields)
            .chain(around.iter().copied())
            .filter_map(|object| text(object, "fbtrace_id"));
        let error = GraphError {
            code: code.unwrap_or_default(),
            subcode: fields
                .get("error_subcode")
                .and_then(integer)
                .filter(|subcode| *subcode != 0),
            kind: text(fields, "type").unwrap_or_default(),
            is_transient: flag_of(fields, "is_transient"),
            fbtrace_id: traces.next(),
            ..texts.into_error(http_status)
        };
        Self { code, error }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::error_texts::MAX_TEXT;
    use super::*;

    fn find(answer: &Value) -> Option<ErrorEnvelope> {
        ErrorEnvelope::find(answer, 400, CallSecrets::default())
    }

    #[test]
    fn every_field_of_an_error_is_kept() {
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
            Some(ErrorEnvelope {
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
    fn control_characters_are_removed_at_every_depth() {
        let written = json!({"details": "Wait\u{1b}[2J", "more": "\u{202e}x"}).to_string();
        let envelope = find(&json!({"error": {
            "code": 1, "message": "No\u{1b}]52;c;aGk=\u{7}", "type": "O\rAuth", "fbtrace_id": "A\u{9b}z", "error_data": written,
            "odd": "{\u{1b}not JSON",
        }}));
        let printed = format!("{envelope:?}");
        assert!(!printed.contains("\\u{"), "{printed}");
        for shown in ["No]52;c;aGk=", "OAuth", "Az", "Wait[2J", "x", "{not JSON"] {
            assert!(printed.contains(shown), "{shown} in {printed}");
        }
    }

    #[test]
    fn a_long_text_is_cut() {
        let envelope = find(&json!({"error": {"message": "ü".repeat(5000)}})).unwrap();
        assert_eq!(envelope.error.message.chars().count(), MAX_TEXT + 1);
    }
}
