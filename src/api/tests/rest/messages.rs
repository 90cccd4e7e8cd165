//! Requests and responses as JSON.

use std::io::Read as _;

use axum::http::{Method, StatusCode, header};
use serde_json::json;

use super::super::ApiHarness;
use super::request;
use domain::MigrationId;

const JSON: (&str, &str) = ("content-type", "application/json");

#[tokio::test]
async fn rest_and_grpc_find_the_same_migration_in_canonical_json() {
    let api = ApiHarness::start().await;
    let started = api.post("/v1/migrations", &request("a", 3)).await;
    assert_eq!(started.status, StatusCode::CREATED);
    let json = started.json();
    assert_eq!(json["alreadyExisted"], false);
    let id = json["migration"]["id"].as_str().unwrap();
    let location = format!("/v1/migrations/{id}");
    assert_eq!(started.header("location"), Some(&*location));
    let repeated = api.post("/v1/migrations", &request("a", 3)).await;
    assert_eq!(
        (repeated.status, repeated.header("location")),
        (StatusCode::OK, None)
    );
    let again = api.started(super::super::message("a", 3)).await;
    assert_eq!(again.id, id);

    let read = api.get(&format!("/v1/migrations/{id}")).await.json();
    let migration = &read["migration"];
    assert_eq!(migration["phoneNumber"], "+12025550123");
    assert_eq!(migration["state"], "STATE_RUNNING");
    assert_eq!(migration["lastSequence"], again.last_sequence.to_string());
    let created: jiff::Timestamp = migration["createdAt"].as_str().unwrap().parse().unwrap();
    assert_eq!(created.as_second(), again.created_at.unwrap().seconds);
    assert!(created <= api.clock.now());
    // Fields without presence are always written, fields with presence only if set.
    assert_eq!(migration["reference"], "");
    assert_eq!(migration["checks"], json!([]));
    assert_eq!(migration.get("fault"), None);
}

#[tokio::test]
async fn both_forms_of_field_names_are_accepted_and_null_means_absent() {
    let api = ApiHarness::start().await;
    let camel = api.post("/v1/migrations", &request("a", 3)).await.json();
    let snake = json!({
        "request_id": "a",
        "phone_number": "+1 (202) 555-0123",
        "destination_waba_id": "104996122399160",
        "access_token": "EAAB-token",
        "source_waba_id": null,
        "labels": {},
        "wait": "0.0s",
    });
    let again = api.post("/v1/migrations", &snake).await.json();
    assert_eq!(again["alreadyExisted"], true);
    assert_eq!(again["migration"]["id"], camel["migration"]["id"]);
}

#[tokio::test]
async fn a_query_is_decoded_like_a_message() {
    let api = ApiHarness::start().await;
    for (digit, team) in [(1, "north"), (2, "south"), (3, "south")] {
        let mut request = request(&format!("r{digit}"), digit);
        request["labels"] = json!({ "team": team, "x/y.z": "1" });
        assert_eq!(api.post("/v1/migrations", &request).await.status, 201);
    }
    let numbers = async |query: &str| {
        let page = api.get(&format!("/v1/migrations?{query}")).await.json();
        let found = page["migrations"].as_array().unwrap().iter();
        let numbers = found.map(|it| it["phoneNumber"].as_str().unwrap().to_owned());
        (
            numbers.collect::<Vec<_>>(),
            page["nextPageToken"].as_str().unwrap().to_owned(),
        )
    };
    let (south, next) = numbers("labels.team=south&page_size=1&labels[x/y.z]=1").await;
    assert_eq!(south, ["+12025550123"]);
    let more = format!("labels.team=south&pageSize=1&labels.x%2Fy.z=1&pageToken={next}");
    assert_eq!(numbers(&more).await.0, ["+12025550122"]);
    let running = "states=STATE_RUNNING&states=STATE_FAILED&phone_number=%2B12025550121";
    assert_eq!(numbers(running).await.0, ["+12025550121"]);
    assert!(numbers("states=STATE_FAILED").await.0.is_empty());
    let basic = "view=MIGRATION_VIEW_BASIC&labels.team=north";
    assert_eq!(numbers(basic).await.0, ["+12025550121"]);
}

#[tokio::test]
async fn an_empty_body_is_a_message_without_fields() {
    let api = ApiHarness::start().await;
    let id = api.started(super::super::message("a", 3)).await.id;
    let path = format!("/v1/migrations/{id}/cancel");
    let canceled = api.rest(Method::POST, &path, &[], "").await.json();
    assert_eq!(canceled["migration"]["state"], "STATE_CANCELED");
    let history = api
        .get(&format!("/v1/migrations/{id}/events?after_sequence=1"))
        .await;
    let events = history.json();
    assert_eq!(events["events"][0]["sequence"], "2");
    assert_eq!(events["more"], false);
}

#[tokio::test]
async fn headers_can_set_the_request_id_and_the_wait() {
    let api = ApiHarness::start().await;
    let mut body = request("a", 3);
    let object = body.as_object_mut().unwrap();
    object.remove("requestId");
    object.remove("wait");
    let text = body.to_string();
    for key in ["a", "\"a\""] {
        let headers = [JSON, ("idempotency-key", key), ("prefer", "wait=0")];
        let answer = api
            .rest(Method::POST, "/v1/migrations", &headers, &text)
            .await;
        assert_eq!(answer.json()["migration"]["requestId"], "a");
        assert_eq!(answer.header("preference-applied"), Some("wait=0"));
        assert_eq!(answer.header("cache-control"), Some("no-store"));
    }
    let headers = [JSON, ("idempotency-key", "b"), ("prefer", "wait=1")];
    let both = request("a", 3).to_string();
    let refused = api
        .rest(Method::POST, "/v1/migrations", &headers, &both)
        .await;
    let fields: Vec<_> = refused.violations().into_iter().map(|it| it.0).collect();
    assert_eq!(fields, ["requestId", "wait"]);
    let headers = [JSON, ("prefer", "wait=61")];
    let long = api
        .rest(Method::POST, "/v1/migrations", &headers, &text)
        .await;
    assert!(long.violations().iter().any(|it| it.0 == "wait"));
}

#[tokio::test]
async fn an_unchanged_response_is_not_sent_again() {
    let api = ApiHarness::start().await;
    let mut body = request("a", 3);
    body["labels"] = json!({"a": "1", "b": "2", "c": "3", "d": "4", "e": "5"});
    let started = api.post("/v1/migrations", &body).await.json();
    let id: MigrationId = started["migration"]["id"]
        .as_str()
        .unwrap()
        .parse()
        .unwrap();
    let path = format!("/v1/migrations/{id}");
    let first = api.get(&path).await;
    let etag = first.header("etag").unwrap().to_owned();
    assert!(etag.starts_with("W/\""), "{etag}");
    let held = [("if-none-match", etag.as_str())];
    for _ in 0..5 {
        let unchanged = api.rest(Method::GET, &path, &held, "").await;
        assert_eq!(unchanged.status, StatusCode::NOT_MODIFIED);
        assert_eq!(unchanged.header("etag"), Some(etag.as_str()));
        assert!(unchanged.bytes.is_empty());
    }
    api.post(&format!("{path}/cancel"), &json!({})).await;
    let changed = api.rest(Method::GET, &path, &held, "").await;
    assert_eq!(changed.status, StatusCode::OK);
    assert_ne!(changed.header("etag"), Some(etag.as_str()));
}

#[tokio::test]
async fn a_long_response_is_compressed_if_the_client_accepts_it() {
    let api = ApiHarness::start().await;
    api.post("/v1/migrations", &request("a", 3)).await;
    let plain = api.get("/v1/migrations").await;
    let headers = [("accept-encoding", "gzip, br")];
    let packed = api.rest(Method::GET, "/v1/migrations", &headers, "").await;
    assert_eq!(packed.headers[header::CONTENT_ENCODING], "gzip");
    assert_eq!(packed.headers[header::VARY], "accept-encoding");
    let mut unpacked = Vec::new();
    flate2::read::GzDecoder::new(packed.bytes.as_slice())
        .read_to_end(&mut unpacked)
        .unwrap();
    let json: serde_json::Value = serde_json::from_slice(&unpacked).unwrap();
    assert_eq!(json, plain.json());
    assert_eq!(plain.header("content-encoding"), None);
}

#[tokio::test]
async fn a_head_request_is_a_get_without_a_body() {
    let api = ApiHarness::start().await;
    let head = api.rest(Method::HEAD, "/v1/migrations", &[], "").await;
    assert_eq!((head.status, head.bytes.len()), (StatusCode::OK, 0));
    assert!(head.header("etag").is_some());
}
