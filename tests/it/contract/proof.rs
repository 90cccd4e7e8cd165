//! The contract checks detect each kind of deviation from the description, and each kind of
//! difference between descriptions.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::check::Check;
use super::compare;
use super::document::Document;
use super::listed::List;
use super::record::{Asked, Exchange};

const WABA: &str = "104996122399160";
const NUMBERS: &str = "104996122399160/phone_numbers";

/// An exchange with an additional header: `name: value`.
fn exchange(
    (method, target, header): (&str, &str, &str),
    asked: &Value,
    status: u16,
    answer: &Value,
) -> Exchange {
    let mut headers = axum::http::HeaderMap::new();
    for header in [
        "authorization: Bearer EAAB",
        "content-type: application/json",
        header,
    ] {
        if let Some((name, value)) = header.split_once(": ") {
            let name: axum::http::HeaderName = name.parse().unwrap();
            headers.insert(name, value.parse().unwrap());
        }
    }
    let text = |body: &Value| match body {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        body => body.to_string(),
    };
    let asked = Asked {
        method: method.parse().unwrap(),
        uri: format!("/v27.0/{target}").parse().unwrap(),
        headers,
        body: text(asked).into(),
    };
    Exchange::new(asked, status, text(answer))
}

/// A read with this response.
fn get(target: &str, status: u16, answer: &Value) -> Exchange {
    exchange(("GET", target, ""), &Value::Null, status, answer)
}

fn assert_found<const N: usize>(deviations: [(Exchange, &str); N]) {
    let document = Document::ours();
    for (exchange, problem) in deviations {
        let mut check = Check::new(&document, BTreeSet::from([WABA.to_owned()]));
        check.validate(&exchange);
        let problems = check.problems();
        let found = problems.iter().any(|own| own.contains(problem));
        assert!(found, "{problem}: {:?}\n{}", exchange.asked, problems[0]);
    }
}

#[test]
#[rustfmt::skip]
fn every_kind_of_deviation_in_a_request_is_found() {
    let (node, id, list) = (&json!({"id": "1"}), &json!({"id": "1"}), &json!({"data": []}));
    let with = |header| exchange(("GET", WABA, header), &Value::Null, 200, node);
    let add = |header, body| exchange(("POST", NUMBERS, header), &body, 200, id);
    let moved = json!({"cc": "1", "phone_number": "2025550100", "migrate_phone_number": true});
    let changed = |name: &str, value| {
        let mut body = moved.clone();
        body[name] = value;
        add("", body)
    };
    assert_found([
        (get("104996122399160/flows", 200, list), "GET /{WABA-ID}/flows is not described"),
        (get("104996122399160?debug=all", 200, node), "query/debug is not described"),
        (get("104996122399160?fields=id,title", 200, node), "query/fields/title is not described"),
        (get("104996122399160/phone_numbers?limit=500", 200, list), "query/limit is not as described"),
        (get("debug_token", 200, &json!({"data": {"is_valid": true}})), "query/input_token is missing"),
        (with("if-none-match: x"), "header/if-none-match is not described"),
        (with("authorization: x"), "has no token"),
        (add("content-type: text/plain", moved.clone()), "request is not sent as JSON"),
        (add("", Value::Null), "request is missing"),
        (add("", json!({"cc": "1", "phone_number": "2025550100"})), "request/migrate_phone_number is missing"),
        (changed("cc", json!("+1")), "request/cc is not as described"),
        (changed("pin", json!("482913")), "request/pin is not described"),
    ]);
}

#[test]
#[rustfmt::skip]
fn every_kind_of_deviation_in_an_answer_is_found() {
    let list = |status, answer| get(NUMBERS, status, &answer);
    let refused = |status, error| list(status, json!({"error": error}));
    assert_found([
        (list(200, json!({"data": [{"id": "1", "state": "x"}]})), "answer/data/*/state is not described"),
        (list(200, json!({"data": [{"id": "1", "status": "LINKED"}]})), "answer/data/*/status is not as described"),
        (list(200, json!("<!DOCTYPE html>")), "answer 200 is no JSON"),
        (list(404, json!({})), "answer/error is missing"),
        (list(429, json!({})), "answer 429 is not described"),
        (refused(400, json!({"code": 133_005, "message": "m", "type": "t"})), "error 133005 is not described for it"),
        (refused(400, json!({"code": 2, "message": "m", "type": "t"})), "error 2 is not described under 400"),
        (refused(400, json!({"code": 80_008, "message": "m", "type": "t"})), "error 80008 has no text that is described"),
        (refused(400, json!({"code": 100, "message": "m"})), "answer/error/type is missing"),
    ]);
}

#[test]
#[rustfmt::skip]
fn every_kind_of_difference_to_another_description_is_found() {
    let ours = Document::ours();
    assert_eq!(compare::differences(&ours, &ours), []);
    let status = "/nodes.yaml/Number/properties/status";
    let added = "/accounts.yaml/phone_numbers/post";
    let added_body = &format!("{added}/requestBody/content/application~1json/schema");
    let error_example = "/answers.yaml/Refused/content/application~1json/example";
    for (pointer, value, what, at) in [
        (added, Value::Null, "operation", ""),
        ("/parameters.yaml/After/name", json!("behind"), "parameter", "query/behind"),
        ("/parameters.yaml/AppSecretProof/required", json!(true), "required", "query/appsecret_proof"),
        (&format!("{added_body}/required"), json!(["cc"]), "required", "request"),
        (&format!("{added_body}/properties/cc/pattern"), json!("^1$"), "pattern", "request/cc"),
        (&format!("{status}/type"), json!("integer"), "type", "answer/data/*/status"),
        (&format!("{status}/enum"), json!(["LINKED"]), "values", "answer/status"),
        ("/nodes.yaml/Paging/properties/pages", json!({}), "property", "answer/paging/pages"),
        ("/answers.yaml/Success/headers/x", json!({}), "header", "answer/x"),
        (&format!("{added}/responses/429"), json!({}), "status", "429"),
        (error_example, json!({"error": {"code": 133_005}}), "error", "133005"),
    ] {
        let theirs = ours.clone().with(pointer, value);
        let found = compare::differences(&ours, &theirs);
        let is_it = |own: &&compare::Difference| own.what == what && own.at == at;
        let difference = found.iter().find(is_it);
        assert!(difference.is_some(), "{what} at {at}: {found:?}");
        assert!(!List::none().problems(&found, &theirs).is_empty());
    }
}

#[test]
fn a_listed_difference_that_no_longer_exists_is_a_problem() {
    let ours = Document::ours();
    let list = List::read();
    let problems = list.problems(&[], &ours);
    assert!(problems.len() >= list.len(), "{}", problems.len());
}
