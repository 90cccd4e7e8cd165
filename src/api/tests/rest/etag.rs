//! Entity tags of migrations, in the body and in the header.

use axum::http::{Method, StatusCode};
use jiff::SignedDuration;
use serde_json::json;

use super::super::ApiHarness;
use super::request;
use crate::api::docs_links::DocsLinks;
use crate::api::responses::{self, View};
use domain::{Check, CheckId, GraphCall, TenantId, Verdict};

#[tokio::test]
async fn the_tag_in_the_body_is_the_tag_in_the_header() {
    let api = ApiHarness::start().await;
    let started = api.post("/v1/migrations", &request("a", 3)).await.json();
    let id = started["migration"]["id"].as_str().unwrap();
    let path = format!("/v1/migrations/{id}");
    let read = api.get(&path).await;
    let tag = read.header("etag").unwrap().to_owned();
    assert_eq!(read.json()["migration"]["etag"], tag);
    assert_eq!(started["migration"]["etag"], tag);
    let listed = api.get("/v1/migrations").await.json();
    assert_eq!(listed["migrations"][0]["etag"], tag);

    let known = [("if-none-match", tag.as_str())];
    let unchanged = api.rest(Method::GET, &path, &known, "").await;
    assert_eq!(unchanged.status, StatusCode::NOT_MODIFIED);
    assert_eq!(unchanged.header("etag"), Some(tag.as_str()));
    assert!(unchanged.bytes.is_empty());

    let canceled = api.post(&format!("{path}/cancel"), &json!({})).await.json();
    let changed = api.rest(Method::GET, &path, &known, "").await;
    assert_eq!(changed.status, StatusCode::OK);
    let tag = changed.header("etag").unwrap();
    assert_eq!(canceled["migration"]["etag"], tag);
}

#[tokio::test]
async fn a_tag_changes_with_what_depends_on_the_time_and_with_nothing_else() {
    let api = ApiHarness::start().await;
    let id = api.started(super::super::message("a", 3)).await.id;
    let tenant = TenantId::default_tenant();
    let stored = api.engine.load(&tenant, id.parse().unwrap()).await.unwrap();
    let mut migration = stored;
    let now = api.clock.now();
    migration.attempts.record(GraphCall::RequestCode, now);
    let shown = |at| {
        let (machine, links) = (api.engine.machine(), &DocsLinks::default());
        responses::migration(
            &migration,
            View {
                machine,
                now: at,
                links,
            },
        )
    };
    let first = shown(now);
    let second = shown(now + SignedDuration::from_secs(1));
    assert_eq!(first, second);
    // The call has left the window of its budget.
    let later = shown(now + SignedDuration::from_hours(100));
    assert_ne!(first.budgets, later.budgets);
    assert_ne!(first.etag, later.etag);
}

#[tokio::test]
async fn the_views_of_a_migration_have_different_tags_if_they_differ() {
    let api = ApiHarness::start().await;
    let id = api.started(super::super::message("a", 3)).await.id;
    let tenant = TenantId::default_tenant();
    let stored = api.engine.load(&tenant, id.parse().unwrap()).await.unwrap();
    let mut migration = stored;
    let view = View {
        machine: api.engine.machine(),
        now: api.clock.now(),
        links: &DocsLinks::default(),
    };
    let (basic, full) = (
        responses::basic(&migration, view),
        responses::migration(&migration, view),
    );
    assert_eq!(basic, full);
    migration.findings.checks.push(Check {
        id: CheckId::TwoStepOff,
        verdict: Verdict::Pass,
        finding: "it is off".to_owned(),
        remedies: Vec::new(),
        graph_error: None,
    });
    let full = responses::migration(&migration, view);
    assert_ne!(basic.etag, full.etag);
}
