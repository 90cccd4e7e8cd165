//! A text means the same wherever in an answer it stands.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::super::phrases::sentences::SENTENCES;
use super::*;
use crate::graph::redact::CallSecrets;

/// The fault of an answer to a changing call.
fn of(answer: &Value) -> Fault {
    fault(
        ErrorEnvelope::find(answer, 400, CallSecrets::default()).unwrap(),
        true,
        None,
    )
}

/// Puts a text into one of the places of an answer where texts were seen.
fn put(answer: &mut Value, place: usize, text: &str) {
    let error = &mut answer["error"];
    match place {
        0 => error["message"] = json!(text),
        1 => error["error_user_title"] = json!(text),
        2 => error["error_user_msg"] = json!(text),
        3 => error["error_data"]["details"] = json!(text),
        4 => error["error_data"]["messages"] = json!(["", text]),
        5 => error["error_data"]["more"] = json!(json!({"details": text}).to_string()),
        6 => error["explanation"] = json!([{"text": text}]),
        7 => answer["message"] = json!(text),
        8 => answer["error_user_msg"] = json!(text),
        _ => answer["error_data"] = json!({"details": text}),
    }
}

const PLACES: usize = 10;

proptest! {
    /// Which field a text stands in does not change what the error means, and no text is lost.
    #[test]
    fn a_text_means_the_same_wherever_it_stands(
        place in Just((0..PLACES).collect::<Vec<_>>()).prop_shuffle(),
        sentence in 0..SENTENCES.len(),
        with_subcode in any::<bool>(),
    ) {
        let (reason, sentence) = SENTENCES[sentence];
        let (code, subcode, headline) = match reason {
            Reason::CodeRequestedTooOften | Reason::CodeSendingUnavailable => (136_024, None, "Request code error"),
            Reason::CodeGuessedTooOften | Reason::CodeRejected => (136_025, None, "Verify code error"),
            _ => (100, with_subcode.then_some(2_388_103), "Cannot migrate phone number"),
        };
        let mut answer = json!({"error": {"code": code, "error_subcode": subcode, "error_data": {}}});
        let texts = [headline, "Invalid parameter", sentence];
        for (place, text) in place.into_iter().zip(texts) {
            put(&mut answer, place, text);
        }
        let fault = of(&answer);
        prop_assert_eq!(fault.reason, reason, "{}", answer);
        let error = fault.graph_error.unwrap();
        let kept = [Some(error.message), error.user_title, error.user_message, error.details];
        let kept = kept.map(Option::unwrap_or_default).join("\n");
        for text in texts {
            prop_assert!(kept.contains(text), "{} is lost: {}", text, answer);
        }
    }
}
