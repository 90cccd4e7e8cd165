//! Errors over REST.

use axum::body::Body;
use axum::http::{Method, Request, StatusCode};
use serde_json::json;

use super::super::{ApiHarness, ApiLimits, UNKNOWN_ID};
use super::request;
use crate::auth;
use crate::config::Config;

const JSON: [(&str, &str); 1] = [("content-type", "application/json")];

#[tokio::test]
async fn an_error_has_the_form_of_googles_apis() {
    let api = ApiHarness::start().await;
    let answer = api.get(&format!("/v1/migrations/{UNKNOWN_ID}")).await;
    assert_eq!(answer.header("content-type"), Some("application/json"));
    let trace_id = answer.header("x-trace-id").unwrap();
    assert_eq!(
        answer.json(),
        json!({ "error": {
            "code": 404,
            "message": "The tenant has no migration with this id. Check the id and the credentials.",
            "status": "NOT_FOUND",
            "details": [
                {
                    "@type": "type.googleapis.com/google.rpc.ErrorInfo",
                    "reason": "MIGRATION_NOT_FOUND",
                    "domain": "waba-migrator",
                    "metadata": { "migration_id": UNKNOWN_ID },
                },
                {
                    "@type": "type.googleapis.com/google.rpc.RequestInfo",
                    "requestId": trace_id,
                    "servingData": "",
                },
                {
                    "@type": "type.googleapis.com/google.rpc.ResourceInfo",
                    "resourceType": "waba.migration.v1.Migration",
                    "resourceName": UNKNOWN_ID,
                    "owner": "",
                    "description":
                        "The tenant has no migration with this id. Check the id and the credentials.",
                },
            ],
        }})
    );
}

#[tokio::test]
async fn each_reason_has_its_http_status() {
    let api = ApiHarness::start().await;
    let id = api.started(super::super::message("a", 3)).await.id;
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
            (409, "NOTHING_TO_RESUME"),
        ),
        (
            &format!("/v1/migrations/{id}/code"),
            json!({"code": "123-830"}),
            (409, "CODE_NOT_AWAITED"),
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
        let (status, reason) = api.post(path, &body).await.reason();
        assert_eq!((status, reason.as_str()), expected, "{path} {body}");
    }
}

#[tokio::test]
async fn each_kind_of_invalid_request_has_its_reason() {
    let api = ApiHarness::start().await;
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
        (Method::POST, "/", &[], "", (405, "METHOD_NOT_ALLOWED")),
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
        let answer = api.rest(method, path, headers, body).await;
        let (status, reason) = answer.reason();
        assert_eq!((status, reason.as_str()), expected, "{path} {body:.20}");
    }
    let other = api.rest(Method::DELETE, path, &[], "").await;
    let mut allowed: Vec<_> = other.header("allow").unwrap().split(',').collect();
    allowed.sort_unstable();
    assert_eq!(allowed, ["GET", "HEAD", "POST"]);
}

#[tokio::test]
async fn all_violations_in_the_json_are_reported_at_once_without_values() {
    let api = ApiHarness::start().await;
    let body = json!({
        "requestId": 4_711_001,
        "request_ids": "canary",
        "phoneNumber": { "canary": true },
        "route": "ROUTE_canary",
        "codeMethod": true,
        "labels": { "team": 4_711_001, "city": "x", "floor": null },
        "cutover": { "hold": "canary", "notBefore": "canary", "canary_x": 1 },
        "expiresAfter": "canary",
        "wait": 4_711_001,
    });
    let answer = api.post("/v1/migrations?wait=0s", &body).await;
    let reported: Vec<String> = answer
        .violations()
        .into_iter()
        .map(|(field, description)| format!("{field}: {description}"))
        .collect();
    insta::assert_snapshot!(reported.join("\n"), @r#"
    wait: is in the query: move it to the body
    codeMethod: must be one of CODE_METHOD_SMS, CODE_METHOD_VOICE
    cutover.canary_x: is unknown; the fields are: `cutover.hold`, `cutover.notBefore`
    cutover.hold: must be true or false
    cutover.notBefore: must be a time in RFC 3339, for example "2026-01-31T12:00:00Z"
    expiresAfter: must be a duration in seconds, for example "10s" or "0.5s"
    labels["floor"]: must be a string
    labels["team"]: must be a string
    phoneNumber: must be a string
    requestId: must be a string
    request_ids: is unknown; the fields are: `requestId`, `phoneNumber`, `destinationWabaId`, `sourceWabaId`, `route`, `codeMethod`, `language`, `accessToken`, `reference`, `labels`, `cutover`, `expiresAfter`, `wait`, `twoStepPin`, `twoStepPinSource`
    route: must be one of ROUTE_OTP, ROUTE_ADDED_NUMBER
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
async fn violations_in_a_query_are_reported_by_field() {
    let api = ApiHarness::start().await;
    let id = UNKNOWN_ID;
    for (query, expected) in [
        ("v1/migrations?state=STATE_RUNNING", "state"),
        ("v1/migrations?states=running", "states[0]"),
        ("v1/migrations?page_size=ten", "page_size"),
        ("v1/migrations?view=BASIC", "view"),
        ("v1/migrations?pageSize=ten", "pageSize"),
        ("v1/migrations?page_size=1&page_size=1", "page_size"),
        ("v1/migrations?page_size=1&pageSize=1", "page_size"),
        ("v1/migrations?labels=team", "labels"),
        ("v1/migrations?labels.a=1&labels.a=2", "labels[\"a\"]"),
        ("v1/migrations?reference.x=1", "reference.x"),
        (
            &format!("v1/migrations/{id}?migration_id={id}"),
            "migration_id",
        ),
        (
            &format!("v1/migrations/{id}?migrationId={id}"),
            "migrationId",
        ),
        (
            &format!("v1/migrations/{id}/events?after_sequence=1.5"),
            "after_sequence",
        ),
    ] {
        let answer = api.get(&format!("/{query}")).await;
        assert_eq!(
            answer.reason(),
            (400, "INVALID_FIELDS".to_owned()),
            "{query}"
        );
        let fields: Vec<_> = answer.violations().into_iter().map(|it| it.0).collect();
        assert_eq!(fields, [expected], "{query}");
    }
    let other = json!({ "migrationId": "mig_other", "code": "123456" });
    let answer = api.post(&format!("/v1/migrations/{id}/code"), &other).await;
    assert_eq!(answer.violations()[0].0, "migrationId");
    let same = json!({ "migrationId": id, "code": "123456" });
    let answer = api.post(&format!("/v1/migrations/{id}/code"), &same).await;
    assert_eq!(answer.reason(), (404, "MIGRATION_NOT_FOUND".to_owned()));
}

#[tokio::test]
async fn the_message_has_the_first_violation_with_fields_named_as_the_caller_wrote_them() {
    let api = ApiHarness::start().await;
    let camel = json!({
        "requestId": "a",
        "phoneNumber": "+1 202 555",
        "destinationWabaId": "104996122399160",
        "sourceWabaId": "104996122399160",
        "labels": { "Top Floor": "1" },
    });
    let snake = json!({
        "request_id": "a",
        "phone_number": "+1 202 555",
        "destination_waba_id": "104996122399160",
        "source_waba_id": "104996122399160",
        "labels": { "Top Floor": "1" },
    });
    let start = "is too short for its country: it is read as +1 202555, with 6 digits after +1, where numbers \
                 have 10: check the digits";
    for (body, number, destination, source, token) in [
        (
            camel,
            "phoneNumber",
            "destinationWabaId",
            "sourceWabaId",
            "accessToken",
        ),
        (
            snake,
            "phone_number",
            "destination_waba_id",
            "source_waba_id",
            "access_token",
        ),
    ] {
        let answer = api.post("/v1/migrations", &body).await;
        let message = answer.json()["error"]["message"]
            .as_str()
            .unwrap()
            .to_owned();
        assert_eq!(
            message,
            format!(
                "{number} {start} (and 3 more fields: {source}, labels[\"Top Floor\"], {token})"
            )
        );
        let other = answer.violations().swap_remove(1);
        assert_eq!(
            other,
            (
                source.to_owned(),
                format!("must be another account than `{destination}`")
            )
        );
    }
    let other = request("a", 3);
    api.post("/v1/migrations", &other).await;
    let reused = api.post("/v1/migrations", &request("a", 4)).await.json();
    let message = reused["error"]["message"].as_str().unwrap();
    assert!(
        message.contains("other content in `phoneNumber`. "),
        "{message}"
    );
    let fields = &reused["error"]["details"][0]["metadata"]["fields"];
    assert_eq!(fields, "phoneNumber");
}

#[tokio::test]
async fn an_unknown_path_says_where_to_look() {
    let api = ApiHarness::start().await;
    let message = async |path: &str| {
        let answer = api.get(path).await;
        assert_eq!(answer.reason(), (404, "PATH_UNKNOWN".to_owned()));
        answer.json()["error"]["message"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    assert_eq!(
        message("/v1/migrations/").await,
        "Unknown path: remove the slash at its end. See /openapi.json for all paths."
    );
    for path in ["/v1/migration", "/v1/migration/", "/v2/migrations"] {
        assert_eq!(
            message(path).await,
            "Unknown path. See /openapi.json for all paths."
        );
    }
    let home = api.get("/").await;
    assert_eq!(
        (home.status, home.header("location")),
        (StatusCode::TEMPORARY_REDIRECT, Some("/docs"))
    );
}

#[tokio::test]
async fn missing_credentials_are_reported_before_the_body_is_read() {
    let (api, _) = ApiHarness::with_auth(auth::Settings {
        api_keys: true,
        ..auth::Settings::default()
    })
    .await;
    let answer = api.rest(Method::POST, "/v1/migrations", &JSON, "{").await;
    assert_eq!(answer.reason(), (401, "CREDENTIALS_MISSING".to_owned()));
    assert_eq!(
        answer.json()["error"]["message"],
        "No credentials. Send an API key, `Authorization: Bearer wam_…`."
    );
    assert_eq!(answer.header("www-authenticate"), Some("Bearer"));
    let key = [("x-api-key", "wam_x")];
    let answer = api.rest(Method::GET, "/v1/migrations", &key, "").await;
    assert_eq!(answer.reason(), (401, "CREDENTIALS_MALFORMED".to_owned()));
    let foreign = [("authorization", "Basic eDp5")];
    let answer = api.rest(Method::GET, "/v1/migrations", &foreign, "").await;
    assert_eq!(answer.reason(), (401, "CREDENTIALS_MALFORMED".to_owned()));
}

#[tokio::test]
async fn a_page_of_another_origin_can_call_neither_rest_nor_grpc() {
    let api = ApiHarness::start().await;
    let origin = ("origin", "https://evil.example");
    for headers in [
        [origin, ("content-type", "application/json")],
        [origin, ("content-type", "application/grpc")],
        [origin, ("content-type", "text/plain")],
    ] {
        let answer = api
            .rest(Method::POST, "/v1/migrations", &headers, "{}")
            .await;
        assert_eq!(answer.reason(), (403, "ORIGIN_NOT_ALLOWED".to_owned()));
        assert_eq!(answer.header("access-control-allow-origin"), None);
    }
}

#[tokio::test]
async fn a_page_of_an_allowed_origin_gets_cors_headers() {
    let console = "https://console.example.com";
    let api = ApiHarness::with_origins(&[console]).await;
    let ask = [
        ("origin", console),
        ("access-control-request-method", "POST"),
    ];
    let answer = api.rest(Method::OPTIONS, "/v1/migrations", &ask, "").await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(answer.header("access-control-allow-origin"), Some(console));
    let methods = answer.header("access-control-allow-methods").unwrap();
    assert!(methods.contains("POST"));
    let headers = answer.header("access-control-allow-headers").unwrap();
    assert!(headers.contains("idempotency-key") && headers.contains("authorization"));
    for method in ["GET", "POST", "PATCH", "DELETE"] {
        assert!(methods.contains(method), "{methods}");
    }

    let unknown = format!("/v1/migrations/{UNKNOWN_ID}");
    let answer = api
        .rest(Method::GET, &unknown, &[("origin", console)], "")
        .await;
    assert_eq!(answer.reason(), (404, "MIGRATION_NOT_FOUND".to_owned()));
    assert_eq!(answer.header("access-control-allow-origin"), Some(console));
    let exposed = answer.header("access-control-expose-headers").unwrap();
    assert!(exposed.contains("x-trace-id"), "{exposed}");
    let answer = api.rest(Method::OPTIONS, "/v1/migrations", &[], "").await;
    assert_ne!(answer.header("access-control-allow-origin"), Some("*"));
}

#[tokio::test]
async fn a_request_without_a_body_ends_at_the_request_timeout() {
    let api = ApiHarness::with_limits(ApiLimits {
        request_timeout: std::time::Duration::from_millis(100),
        ..Config::defaults().server.api
    })
    .await;
    let never = futures_util::stream::pending::<Result<Vec<u8>, std::io::Error>>();
    let request = Request::post("/v1/migrations").header(JSON[0].0, JSON[0].1);
    let answer = api
        .send(request.body(Body::from_stream(never)).unwrap())
        .await;
    assert_eq!(answer.reason(), (504, "DEADLINE_EXCEEDED".to_owned()));
}
