//! What is refused, and in which words.

use axum::body::Body;
use axum::http::{Method, Request, StatusCode};
use serde_json::json;

use super::super::{Door, Limits, UNKNOWN_ID};
use super::request;
use crate::auth;
use crate::config::Config;

const JSON: [(&str, &str); 1] = [("content-type", "application/json")];

#[tokio::test]
async fn an_error_of_an_rpc_has_the_form_of_googles() {
    let door = Door::open().await;
    let answer = door.get(&format!("/v1/migrations/{UNKNOWN_ID}")).await;
    assert_eq!(answer.header("content-type"), Some("application/json"));
    assert_eq!(
        answer.json(),
        json!({ "error": {
            "code": 404,
            "message": "There is no such migration.",
            "status": "NOT_FOUND",
            "details": [
                {
                    "@type": "type.googleapis.com/google.rpc.ErrorInfo",
                    "reason": "MIGRATION_NOT_FOUND",
                    "domain": "waba-migrator",
                    "metadata": { "migration_id": UNKNOWN_ID },
                },
                {
                    "@type": "type.googleapis.com/google.rpc.ResourceInfo",
                    "resourceType": "waba.migration.v1.Migration",
                    "resourceName": UNKNOWN_ID,
                    "owner": "",
                    "description": "There is no such migration.",
                },
            ],
        }})
    );
}

#[tokio::test]
async fn each_way_to_be_refused_has_its_http_status() {
    let door = Door::open().await;
    let id = door.started(super::super::message("a", 3)).await.id;
    let started = |edit: fn(&mut serde_json::Value)| {
        let mut body = request("a", 3);
        edit(&mut body);
        body
    };
    for (path, body, expected) in [
        (
            "/v1/migrations",
            started(|it| it["phoneNumber"] = json!("+12025550124")),
            (409, "REQUEST_ID_REUSED"),
        ),
        (
            "/v1/migrations",
            started(|it| it["requestId"] = json!("b")),
            (409, "MIGRATION_IN_PROGRESS"),
        ),
        (
            &format!("/v1/migrations/{id}/resume"),
            json!({}),
            (400, "NOTHING_TO_RESUME"),
        ),
        (
            &format!("/v1/migrations/{id}/code"),
            json!({"code": "123-830"}),
            (400, "CODE_NOT_AWAITED"),
        ),
        (
            "/v1/migrations/mig_1/code",
            json!({"code": "123-830"}),
            (400, "INVALID_FIELDS"),
        ),
        (
            &format!("/v1/migrations/{UNKNOWN_ID}/cancel"),
            json!({}),
            (404, "MIGRATION_NOT_FOUND"),
        ),
    ] {
        let (status, reason) = door.post(path, &body).await.reason();
        assert_eq!((status, reason.as_str()), expected, "{path} {body}");
    }
}

#[tokio::test]
async fn what_is_no_request_of_the_contract_is_told_apart() {
    let door = Door::open().await;
    let large = json!({ "reference": "x".repeat(70_000) }).to_string();
    let deep = format!("{}{}", "[".repeat(5000), "]".repeat(5000));
    let path = "/v1/migrations";
    let form = [("content-type", "application/x-www-form-urlencoded")];
    let latin = [("content-type", "application/json; charset=latin1")];
    let packed = [
        ("content-type", "application/json"),
        ("content-encoding", "gzip"),
    ];
    let upper = [("content-type", "Application/JSON; charset=\"UTF-8\"")];
    for (method, path, headers, body, expected) in [
        (
            Method::GET,
            "/v1/migration",
            &[][..],
            "",
            (404, "PATH_UNKNOWN"),
        ),
        (Method::GET, "/", &[], "", (404, "PATH_UNKNOWN")),
        (
            Method::GET,
            "/v1/migrations/",
            &[],
            "",
            (404, "PATH_UNKNOWN"),
        ),
        (
            Method::GET,
            "/v1/migrations/%FF",
            &[],
            "",
            (404, "PATH_UNKNOWN"),
        ),
        (Method::DELETE, path, &[], "", (405, "METHOD_NOT_ALLOWED")),
        (
            Method::POST,
            path,
            &[],
            "{}",
            (415, "CONTENT_TYPE_UNSUPPORTED"),
        ),
        (
            Method::POST,
            path,
            &form,
            "a=b",
            (415, "CONTENT_TYPE_UNSUPPORTED"),
        ),
        (
            Method::POST,
            path,
            &latin,
            "{}",
            (415, "CONTENT_TYPE_UNSUPPORTED"),
        ),
        (
            Method::POST,
            path,
            &packed,
            "{}",
            (415, "CONTENT_TYPE_UNSUPPORTED"),
        ),
        (Method::POST, path, &upper, "{}", (400, "INVALID_FIELDS")),
        (Method::POST, path, &JSON, "{", (400, "MALFORMED_JSON")),
        (Method::POST, path, &JSON, "{} x", (400, "MALFORMED_JSON")),
        (Method::POST, path, &JSON, "[]", (400, "MALFORMED_JSON")),
        (Method::POST, path, &JSON, &deep, (400, "JSON_TOO_DEEP")),
        (
            Method::POST,
            path,
            &JSON,
            &large,
            (413, "MESSAGE_TOO_LARGE"),
        ),
    ] {
        let answer = door.rest(method, path, headers, body).await;
        let (status, reason) = answer.reason();
        assert_eq!((status, reason.as_str()), expected, "{path} {body:.20}");
    }
    let other = door.rest(Method::DELETE, path, &[], "").await;
    let mut allowed: Vec<_> = other.header("allow").unwrap().split(',').collect();
    allowed.sort_unstable();
    assert_eq!(allowed, ["GET", "HEAD", "POST"]);
}

#[tokio::test]
async fn all_that_is_wrong_with_the_json_is_told_at_once_without_its_values() {
    let door = Door::open().await;
    let body = json!({
        "requestId": 4_711_001,
        "request_ids": "canary",
        "phoneNumber": { "canary": true },
        "route": "ROUTE_canary",
        "codeMethod": true,
        "labels": { "team": 4_711_001, "city": "x", "floor": null },
        "cutover": { "hold": "canary", "notBefore": "canary", "canary_x": 1 },
        "generate": {},
        "useCode": {},
        "expiresAfter": "canary",
        "wait": 4_711_001,
    });
    let answer = door.post("/v1/migrations?wait=0s", &body).await;
    let told: Vec<String> = answer
        .violations()
        .into_iter()
        .map(|(field, mend)| format!("{field}: {mend}"))
        .collect();
    insta::assert_snapshot!(told.join("\n"), @r#"
    wait: is in the query: put it into the body
    code_method: must be one of CODE_METHOD_SMS, CODE_METHOD_VOICE
    cutover.canary_x: is not known; there are: hold, not_before
    cutover.hold: must be true or false
    cutover.not_before: must be a time of RFC 3339, for example "2026-01-31T12:00:00Z"
    expires_after: must be a duration in seconds, for example "10s" or "0.5s"
    labels["floor"]: must be a text
    labels["team"]: must be a text
    phone_number: must be a text
    request_id: must be a text
    request_ids: is not known; there are: request_id, phone_number, destination_waba_id, source_waba_id, route, code_method, language, provided, generate, use_code, access_token, reference, labels, cutover, expires_after, wait
    route: must be one of ROUTE_OTP, ROUTE_ADDED_NUMBER
    use_code: excludes generate: give one of them
    wait: must be a duration in seconds, for example "10s" or "0.5s"
    "#);
    let known = ["request_ids", "canary_x"];
    let values = known.iter().fold(answer.text().to_owned(), |text, name| {
        text.replace(name, "")
    });
    assert!(
        !values.contains("canary") && !values.contains("4711001"),
        "{values}"
    );
}

#[tokio::test]
async fn a_query_that_is_no_message_is_told_field_by_field() {
    let door = Door::open().await;
    let id = UNKNOWN_ID;
    for (query, expected) in [
        ("v1/migrations?state=STATE_RUNNING", "state"),
        ("v1/migrations?states=running", "states[0]"),
        ("v1/migrations?page_size=ten", "page_size"),
        ("v1/migrations?view=BASIC", "view"),
        ("v1/migrations?page_size=1&pageSize=1", "page_size"),
        ("v1/migrations?labels=team", "labels"),
        ("v1/migrations?labels.a=1&labels.a=2", "labels[\"a\"]"),
        ("v1/migrations?reference.x=1", "reference.x"),
        (
            &format!("v1/migrations/{id}?migration_id={id}"),
            "migration_id",
        ),
        (
            &format!("v1/migrations/{id}/events?after_sequence=1.5"),
            "after_sequence",
        ),
    ] {
        let answer = door.get(&format!("/{query}")).await;
        assert_eq!(
            answer.reason(),
            (400, "INVALID_FIELDS".to_owned()),
            "{query}"
        );
        let fields: Vec<_> = answer.violations().into_iter().map(|it| it.0).collect();
        assert_eq!(fields, [expected], "{query}");
    }
    let other = json!({ "migrationId": "mig_other", "code": "123456" });
    let answer = door
        .post(&format!("/v1/migrations/{id}/code"), &other)
        .await;
    assert_eq!(answer.violations()[0].0, "migration_id");
    let same = json!({ "migrationId": id, "code": "123456" });
    let answer = door.post(&format!("/v1/migrations/{id}/code"), &same).await;
    assert_eq!(answer.reason(), (404, "MIGRATION_NOT_FOUND".to_owned()));
}

#[tokio::test]
async fn who_shows_nothing_is_told_so_before_the_request_is_read() {
    let (door, _) = Door::asking(auth::Settings {
        api_keys: true,
        ..auth::Settings::default()
    })
    .await;
    let answer = door.rest(Method::POST, "/v1/migrations", &JSON, "{").await;
    assert_eq!(answer.reason(), (401, "CREDENTIALS_MISSING".to_owned()));
    assert_eq!(answer.header("www-authenticate"), Some("Bearer"));
    let key = [("x-api-key", "wam_x")];
    let answer = door.rest(Method::GET, "/v1/migrations", &key, "").await;
    assert_eq!(answer.reason(), (401, "CREDENTIALS_MALFORMED".to_owned()));
    let foreign = [("authorization", "Basic eDp5")];
    let answer = door.rest(Method::GET, "/v1/migrations", &foreign, "").await;
    assert_eq!(answer.reason(), (401, "CREDENTIALS_MALFORMED".to_owned()));
}

#[tokio::test]
async fn a_foreign_page_is_not_answered_by_either_door() {
    let door = Door::open().await;
    let origin = ("origin", "https://evil.example");
    for headers in [
        [origin, ("content-type", "application/json")],
        [origin, ("content-type", "application/grpc")],
        [origin, ("content-type", "text/plain")],
    ] {
        let answer = door
            .rest(Method::POST, "/v1/migrations", &headers, "{}")
            .await;
        assert_eq!(answer.reason(), (403, "ORIGIN_NOT_ALLOWED".to_owned()));
        assert_eq!(answer.header("access-control-allow-origin"), None);
    }
}

#[tokio::test]
async fn a_page_that_may_call_is_told_so() {
    let console = "https://console.example.com";
    let door = Door::showing(&[console]).await;
    let ask = [
        ("origin", console),
        ("access-control-request-method", "POST"),
    ];
    let answer = door.rest(Method::OPTIONS, "/v1/migrations", &ask, "").await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(answer.header("access-control-allow-origin"), Some(console));
    let methods = answer.header("access-control-allow-methods").unwrap();
    assert!(methods.contains("POST"));
    let headers = answer.header("access-control-allow-headers").unwrap();
    assert!(headers.contains("idempotency-key") && headers.contains("authorization"));

    let unknown = format!("/v1/migrations/{UNKNOWN_ID}");
    let answer = door
        .rest(Method::GET, &unknown, &[("origin", console)], "")
        .await;
    assert_eq!(answer.reason(), (404, "MIGRATION_NOT_FOUND".to_owned()));
    assert_eq!(answer.header("access-control-allow-origin"), Some(console));
    let answer = door.rest(Method::OPTIONS, "/v1/migrations", &[], "").await;
    assert_ne!(answer.header("access-control-allow-origin"), Some("*"));
}

#[tokio::test]
async fn a_body_that_does_not_come_is_not_waited_for() {
    let door = Door::within(Limits {
        request_timeout: std::time::Duration::from_millis(100),
        ..Config::defaults().server.api
    })
    .await;
    let never = futures_util::stream::pending::<Result<Vec<u8>, std::io::Error>>();
    let request = Request::post("/v1/migrations").header(JSON[0].0, JSON[0].1);
    let answer = door
        .send(request.body(Body::from_stream(never)).unwrap())
        .await;
    assert_eq!(answer.reason(), (504, "DEADLINE_EXCEEDED".to_owned()));
}
