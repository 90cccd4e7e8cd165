//! The description of the API.

use std::collections::HashSet;

use axum::http::Method;
use serde_json::Value as Json;

use super::super::ApiHarness;
use crate::auth;

#[tokio::test]
async fn the_description_needs_no_authentication_and_names_every_rpc_and_reason() {
    let (api, _) = ApiHarness::with_auth(auth::Settings {
        api_keys: true,
        ..auth::Settings::default()
    })
    .await;
    let answer = api.get("/openapi.json").await;
    let document = answer.json();
    assert_eq!(document["openapi"], "3.1.0");
    let paths = document["paths"].as_object().unwrap();
    let operations = paths
        .values()
        .flat_map(|it| it.as_object().unwrap().values());
    assert_eq!(operations.count(), 26);
    let mut references = HashSet::new();
    refer(&document, &mut references);
    for reference in references {
        let pointer = reference.strip_prefix('#').unwrap();
        assert!(document.pointer(pointer).is_some(), "{reference}");
    }
    let printed: Json = serde_json::from_str(&crate::api::openapi().unwrap()).unwrap();
    assert_eq!(printed, document);
}

fn refer(json: &Json, found: &mut HashSet<String>) {
    match json {
        Json::Object(object) => {
            found.extend(object.get("$ref").map(|it| it.as_str().unwrap().to_owned()));
            object.values().for_each(|it| refer(it, found));
        }
        Json::Array(items) => items.iter().for_each(|it| refer(it, found)),
        _ => {}
    }
}

#[tokio::test]
async fn each_example_is_a_valid_request() {
    let api = ApiHarness::start().await;
    let document = api.get("/openapi.json").await.json();
    for (path, verbs) in document["paths"].as_object().unwrap() {
        let pointer = "/post/requestBody/content/application~1json/examples";
        let examples = verbs.pointer(pointer).and_then(Json::as_object);
        for (name, example) in examples.into_iter().flatten() {
            let path = path.replace("{migration_id}", super::super::UNKNOWN_ID);
            let answer = api.post(&path, &example["value"]).await;
            let refused = !answer.status.is_success();
            let reason = if refused {
                answer.reason().1
            } else {
                String::new()
            };
            // There is no token and no such migration, and Meta is not reachable.
            let expected = [
                "",
                "MIGRATION_NOT_FOUND",
                "GRAPH_UNAVAILABLE",
                "INVALID_FIELDS",
            ];
            assert!(
                expected.contains(&reason.as_str()),
                "{path} {name}: {answer:?}"
            );
            if reason == "INVALID_FIELDS" {
                let fields: Vec<_> = answer.violations().into_iter().map(|it| it.0).collect();
                assert_eq!(fields, ["accessToken"], "{path} {name}");
            }
        }
    }
}

#[tokio::test]
async fn the_description_is_sent_compressed_or_plain_or_not_modified() {
    let api = ApiHarness::start().await;
    for path in ["/openapi.json", "/docs", "/docs/faults"] {
        let asked = |headers| api.rest(Method::GET, path, headers, "");
        let plain = asked(&[]).await;
        let etag = plain.header("etag").unwrap();
        assert_eq!(plain.header("content-encoding"), None);
        assert_eq!(plain.header("vary"), Some("accept-encoding"));
        let gzip = asked(&[("accept-encoding", "br, gzip")]).await;
        assert_eq!(gzip.header("content-encoding"), Some("gzip"));
        assert_eq!(gzip.header("vary"), Some("accept-encoding"));
        assert_eq!(gzip.header("etag"), Some(etag));
        let mut text = String::new();
        let mut decoder = flate2::read::GzDecoder::new(&*gzip.bytes);
        std::io::Read::read_to_string(&mut decoder, &mut text).unwrap();
        assert_eq!(text, plain.text());
        assert!(gzip.bytes.len() < plain.bytes.len() / 2);
        let held = [("accept-encoding", "gzip"), ("if-none-match", etag)];
        let unchanged = asked(&held).await;
        assert_eq!((unchanged.status.as_u16(), unchanged.bytes.len()), (304, 0));
        assert_eq!(unchanged.header("etag"), Some(etag));
        let other = asked(&[("if-none-match", "\"other\"")]).await;
        assert_eq!(other.status, 200);
    }
}
