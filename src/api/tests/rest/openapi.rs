//! The description of the API.

use std::collections::HashSet;

use axum::http::Method;
use serde_json::Value as Json;

use super::super::ApiHarness;
use crate::api::{AdminHandlers, as_command_line};
use crate::auth;
use crate::proto::v1::{self, admin_service_server::AdminService as _};
use crate::store::Database;

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
    let (api, store) = ApiHarness::with_auth(auth::Settings {
        api_keys: true,
        ..auth::Settings::default()
    })
    .await;
    let authorization = format!("Bearer {}", admin_key(store, &api).await);
    let document = api.get("/openapi.json").await.json();
    for (path, verbs) in document["paths"].as_object().unwrap() {
        for (verb, operation) in verbs.as_object().unwrap() {
            let examples = operation.pointer("/requestBody/content/application~1json/examples");
            for (name, example) in examples.and_then(Json::as_object).into_iter().flatten() {
                let path = path
                    .replace("{migration_id}", super::super::UNKNOWN_ID)
                    .replace("{key_id}", "key_01935f00000070008000000000000001")
                    .replace("{tenant_id}", "default");
                let headers = [
                    ("content-type", "application/json"),
                    ("authorization", &authorization),
                ];
                let method = verb.to_uppercase().parse().unwrap();
                let body = example["value"].to_string();
                let answer = api.rest(method, &path, &headers, &body).await;
                if answer.status.is_success() {
                    continue;
                }
                let reason = answer.reason().1;
                // There is no token, no such migration or key, and Meta is not reachable. A caller
                // cannot disable its own tenant.
                let expected = [
                    "MIGRATION_NOT_FOUND",
                    "API_KEY_NOT_FOUND",
                    "TENANT_IS_DEFAULT",
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
}

/// The text of a new key of an administrator.
async fn admin_key(store: Database, api: &ApiHarness) -> String {
    let handlers = AdminHandlers::new(store, api.clock.clone());
    let request = v1::CreateApiKeyRequest {
        tenant_id: "default".to_owned(),
        label: "examples".to_owned(),
        role: v1::Role::Admin.into(),
        expires_after: None,
    };
    let created = handlers.create_api_key(as_command_line(request)).await;
    created.unwrap().into_inner().key
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
