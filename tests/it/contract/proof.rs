//! The checks find what is wrong: each kind of deviation from the description, and each kind of difference to another one.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::check::Check;
use super::compare;
use super::document::Document;
use super::listed::List;
use super::record::{Asked, Exchange};

const WABA: &str = "104996122399160";

fn exchange(
    method: &str,
    target: &str,
    header: &str,
    asked: Value,
    status: u16,
    answer: &Value,
) -> Exchange {
    let mut headers = axum::http::HeaderMap::new();
    headers.insert("authorization", "Bearer EAAB".parse().unwrap());
    headers.insert("content-type", "application/json".parse().unwrap());
    if let Some((name, value)) = header.split_once(": ") {
        let name: axum::http::HeaderName = name.parse().unwrap();
        headers.insert(name, value.parse().unwrap());
    }
    let body = if asked.is_null() {
        String::new()
    } else {
        asked.to_string()
    };
    let asked = Asked {
        method: method.parse().unwrap(),
        uri: format!("/v27.0/{target}").parse().unwrap(),
        headers,
        body: body.into(),
    };
    Exchange::new(
        asked,
        status,
        answer
            .as_str()
            .map_or_else(|| answer.to_string(), str::to_owned),
    )
}

#[test]
fn every_kind_of_deviation_from_the_description_is_found() {
    let document = Document::ours();
    let number = format!("{WABA}/phone_numbers");
    let add = |body: Value| exchange("POST", &number, "", body, 200, &json!({"id": "1"}));
    let moved = json!({"cc": "1", "phone_number": "2025550100", "migrate_phone_number": true});
    let refused = |status, error: Value| {
        exchange(
            "POST",
            &number,
            "",
            moved.clone(),
            status,
            &json!({"error": error}),
        )
    };
    let get = |target: &str, answer: Value| exchange("GET", target, "", Value::Null, 200, &answer);
    for (exchange, problem) in [
        (
            get(&format!("{WABA}/flows"), json!({})),
            "GET /{WABA-ID}/flows is not described",
        ),
        (
            get(&format!("{WABA}?debug=all"), json!({"id": "1"})),
            "query/debug is not described",
        ),
        (
            get(&format!("{WABA}?fields=id,nam"), json!({"id": "1"})),
            "query/fields/nam is not described",
        ),
        (
            get(&format!("{number}?limit=500"), json!({"data": []})),
            "query/limit is not as described",
        ),
        (
            get("debug_token", json!({"data": {"is_valid": true}})),
            "query/input_token is missing",
        ),
        (
            exchange(
                "GET",
                WABA,
                "if-none-match: x",
                Value::Null,
                200,
                &json!({"id": "1"}),
            ),
            "header/if-none-match is not described",
        ),
        (
            exchange(
                "GET",
                WABA,
                "authorization: x",
                Value::Null,
                200,
                &json!({"id": "1"}),
            ),
            "carries no token",
        ),
        (
            exchange(
                "POST",
                &number,
                "content-type: text/plain",
                moved.clone(),
                200,
                &json!({"id": "1"}),
            ),
            "request is not sent as JSON",
        ),
        (add(Value::Null), "request is missing"),
        (
            add(json!({"cc": "1", "phone_number": "2025550100"})),
            "request/migrate_phone_number is missing",
        ),
        (
            add(json!({"cc": "+1", "phone_number": "2025550100", "migrate_phone_number": true})),
            "request/cc is not as described",
        ),
        (
            add(
                json!({"cc": "1", "phone_number": "2025550100", "migrate_phone_number": true, "pin": "1"}),
            ),
            "request/pin is not described",
        ),
        (
            get(&number, json!({"data": [{"id": "1", "state": "x"}]})),
            "answer/data/*/state is not described",
        ),
        (
            get(&number, json!({"data": [{"id": "1", "status": "LINKED"}]})),
            "answer/data/*/status is not as",
        ),
        (
            get(&number, json!("<!DOCTYPE html>")),
            "answer 200 is no JSON",
        ),
        (
            exchange("GET", &number, "", Value::Null, 404, &json!({})),
            "answer/error is missing",
        ),
        (
            exchange("GET", &number, "", Value::Null, 429, &json!({})),
            "answer 429 is not described",
        ),
        (
            refused(400, json!({"code": 133_005, "message": "m", "type": "t"})),
            "error 133005 is not described for it",
        ),
        (
            refused(400, json!({"code": 2, "message": "m", "type": "t"})),
            "error 2 is not described under 400",
        ),
        (
            refused(
                400,
                json!({"code": 100, "error_subcode": 2_388_103, "message": "m", "type": "t"}),
            ),
            "error 100/2388103 says no text that is described",
        ),
        (
            refused(400, json!({"code": 100, "message": "m"})),
            "answer/error/type is missing",
        ),
    ] {
        let mut check = Check::new(&document, BTreeSet::from([WABA.to_owned()]));
        check.hold(&exchange);
        let problems = check.problems();
        let found = problems.iter().any(|own| own.contains(problem));
        assert!(found, "{problem}: {:?}\n{}", exchange.asked, problems[0]);
    }
}

#[test]
fn every_kind_of_difference_to_another_description_is_found() {
    let ours = Document::ours();
    assert_eq!(compare::differences(&ours, &ours), []);
    let status = "/nodes.yaml/Number/properties/status";
    let added = "/accounts.yaml/phone_numbers/post";
    let added_body = &format!("{added}/requestBody/content/application~1json/schema");
    for (pointer, value, what, at) in [
        (added, Value::Null, "operation", ""),
        (
            "/parameters.yaml/After/name",
            json!("behind"),
            "parameter",
            "query/behind",
        ),
        (
            "/parameters.yaml/AppSecretProof/required",
            json!(true),
            "required",
            "query/appsecret_proof",
        ),
        (
            &format!("{added_body}/required"),
            json!(["cc"]),
            "required",
            "request",
        ),
        (
            &format!("{added_body}/properties/cc/pattern"),
            json!("^1$"),
            "pattern",
            "request/cc",
        ),
        (
            &format!("{status}/type"),
            json!("integer"),
            "type",
            "answer/data/*/status",
        ),
        (
            &format!("{status}/enum"),
            json!(["LINKED"]),
            "values",
            "answer/status",
        ),
        (
            "/nodes.yaml/Paging/properties/pages",
            json!({}),
            "property",
            "answer/paging/pages",
        ),
        (
            "/answers.yaml/Success/headers/x",
            json!({}),
            "header",
            "answer/x",
        ),
        (
            &format!("{added}/responses/429"),
            json!({}),
            "status",
            "429",
        ),
        (
            "/answers.yaml/Refused/content/application~1json/example",
            json!({"error": {"code": 133_005}}),
            "error",
            "133005",
        ),
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
fn a_listed_difference_that_no_longer_shows_is_a_problem() {
    let ours = Document::ours();
    let list = List::read();
    let problems = list.problems(&[], &ours);
    assert!(problems.len() >= list.len(), "{}", problems.len());
}
