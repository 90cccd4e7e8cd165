//! Parses the health of an account, in any shape.
//!
//! Meta documents a list of entities, each with a list of errors. Also accepted are a single value
//! instead of a list, a text instead of an error, and a text instead of a code. Anything else is
//! left out and is never a fault.

use serde_json::Value;

use super::json::{Object, integer, shortened, text, text_of};
use domain::facts::{AccountHealth, HealthEntity, HealthError};

/// Maximum number of entities, and of errors and other texts of each. Meta sends a few.
const MAX_ITEMS: usize = 20;
/// Maximum length of a text, characters: checks quote it, and checks are stored.
const MAX_TEXT: usize = 300;

/// The health in `field` of an account.
pub(super) fn read(fields: &Object, field: &str) -> Option<AccountHealth> {
    match fields.get(field)? {
        Value::Object(health) => Some(AccountHealth {
            can_send_message: text_of(health, "can_send_message"),
            entities: items(health.get("entities")).filter_map(entity).collect(),
        }),
        plain => text(plain).map(|word| AccountHealth::plain(&word)),
    }
}

/// The items of a list; a single value is a list of one.
fn items(value: Option<&Value>) -> impl Iterator<Item = &Value> {
    let items = match value {
        Some(Value::Array(items)) => items.as_slice(),
        Some(Value::Null) | None => &[],
        Some(single) => std::slice::from_ref(single),
    };
    items.iter().take(MAX_ITEMS)
}

fn entity(value: &Value) -> Option<HealthEntity> {
    let fields = value.as_object()?;
    Some(HealthEntity {
        kind: text_of(fields, "entity_type").unwrap_or_default(),
        id: text_of(fields, "id"),
        can_send_message: text_of(fields, "can_send_message"),
        errors: items(fields.get("errors")).filter_map(error).collect(),
        additional_info: items(fields.get("additional_info"))
            .filter_map(text)
            .map(|info| on_one_line(&info))
            .collect(),
    })
}

fn error(value: &Value) -> Option<HealthError> {
    let Value::Object(fields) = value else {
        return text(value).map(|description| HealthError {
            code: None,
            description: Some(on_one_line(&description)),
            solution: None,
        });
    };
    let kept = |field| text_of(fields, field).map(|text| on_one_line(&text));
    let error = HealthError {
        code: fields.get("error_code").and_then(integer),
        description: kept("error_description"),
        solution: kept("possible_solution"),
    };
    (error != HealthError::default()).then_some(error)
}

/// `text` on one line, shortened.
fn on_one_line(text: &str) -> String {
    let is_space = |c: char| c.is_control() || c.is_whitespace();
    let words: Vec<&str> = text.split(is_space).filter(|it| !it.is_empty()).collect();
    shortened(words.join(" "), MAX_TEXT)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn health(value: &Value) -> Option<AccountHealth> {
        let fields = json!({ "health_status": value });
        read(fields.as_object().unwrap(), "health_status")
    }

    #[test]
    fn a_health_is_read_whole() {
        let read = health(&json!({"can_send_message": "BLOCKED", "entities": [
            {"entity_type": "WABA", "id": 104_996_122_399_160_u64, "can_send_message": "BLOCKED", "errors": [
                {"error_code": 141_006, "error_description": "There is an error\nwith the  payment method.",
                 "possible_solution": "Add another.\u{7}"}],
             "additional_info": ["A note."]},
            {"entity_type": "APP", "can_send_message": "AVAILABLE", "can_receive_call_sip": "BLOCKED"},
        ]}))
        .unwrap();
        assert_eq!(read.can_send_message.as_deref(), Some("BLOCKED"));
        let [waba, app] = read.entities.as_slice() else {
            panic!("{read:?}")
        };
        assert_eq!(
            (waba.kind.as_str(), waba.id.as_deref()),
            ("WABA", Some("104996122399160"))
        );
        let expected = HealthError {
            code: Some(141_006),
            description: Some("There is an error with the payment method.".to_owned()),
            solution: Some("Add another.".to_owned()),
        };
        assert_eq!(waba.errors, [expected]);
        assert_eq!(waba.additional_info, ["A note."]);
        assert!(app.errors.is_empty());
    }

    #[test]
    fn an_undocumented_shape_is_parsed_as_far_as_possible() {
        let codes = |value: Value| {
            let entities = health(&value).unwrap().entities;
            let errors = entities.into_iter().flat_map(|entity| entity.errors);
            errors.map(|error| error.code).collect::<Vec<_>>()
        };
        let of = |errors: Value| json!({"entities": [{ "errors": errors }]});
        assert_eq!(
            codes(of(json!([{"error_code": "141006"}]))),
            [Some(141_006)]
        );
        assert_eq!(codes(of(json!({"error_code": 141_010}))), [Some(141_010)]);
        assert_eq!(codes(of(json!(["a text"]))), [None]);
        assert_eq!(codes(of(json!(null))), []);
        assert_eq!(codes(of(json!([{}, 7.5, null, []]))), [None]);
        assert_eq!(
            codes(json!({"entities": {"errors": [{"error_code": 1}]}})),
            [Some(1)]
        );
        assert_eq!(codes(json!({"entities": ["odd", 5, null]})), []);
        assert_eq!(codes(json!({})), []);
        assert_eq!(
            health(&json!("LIMITED")),
            Some(AccountHealth::plain("LIMITED"))
        );
        assert_eq!(health(&json!(null)), None);
        assert_eq!(health(&json!([])), None);
    }

    #[test]
    fn the_size_of_a_health_is_bounded() {
        let long = "x".repeat(5_000);
        let error = json!({"error_code": 1, "error_description": long});
        let entity = json!({"entity_type": "WABA", "errors": vec![error; 500]});
        let read = health(&json!({"entities": vec![entity; 500]})).unwrap();
        assert_eq!(
            (read.entities.len(), read.entities[0].errors.len()),
            (MAX_ITEMS, MAX_ITEMS)
        );
        let description = read.entities[0].errors[0].description.as_ref().unwrap();
        assert_eq!(description.chars().count(), MAX_TEXT + 1);
    }
}
