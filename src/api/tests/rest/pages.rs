//! The pages for people.

use std::collections::{BTreeMap, BTreeSet};

use axum::http::Method;

use super::super::{ApiHarness, Reason};
use crate::auth;
use domain::{Reason as FaultReason, Remedy};

/// Every page that links lead to, from `/docs` on, by path.
async fn all_pages(api: &ApiHarness) -> BTreeMap<String, String> {
    let mut pages = BTreeMap::new();
    let mut open = vec!["/docs".to_owned()];
    while let Some(path) = open.pop() {
        if pages.contains_key(&path) {
            continue;
        }
        let answer = api.get(&path).await;
        assert_eq!(answer.status, 200, "{path}");
        let text = answer.text().to_owned();
        let is_page = answer.header("content-type") == Some("text/html; charset=utf-8");
        if is_page {
            let links = links(&text).into_iter();
            open.extend(links.filter_map(|link| target(&path, link)).map(|it| it.0));
        }
        pages.insert(path, if is_page { text } else { String::new() });
    }
    pages
}

fn links(page: &str) -> Vec<&str> {
    let links = page.split("href=\"").skip(1);
    links.map(|rest| rest.split('"').next().unwrap()).collect()
}

fn anchors(page: &str) -> Vec<&str> {
    let ids = page.split(" id=\"").skip(1);
    ids.map(|rest| rest.split('"').next().unwrap()).collect()
}

/// The path and the anchor that a link on this page leads to. `None` for another server.
fn target(page: &str, link: &str) -> Option<(String, String)> {
    if link.starts_with("http") {
        return None;
    }
    let (file, anchor) = link.split_once('#').unwrap_or((link, ""));
    let folder = page.rsplit_once('/').unwrap().0;
    let path = match file.strip_prefix("../") {
        Some(above) => format!("{}/{above}", folder.rsplit_once('/').unwrap().0),
        None if file.is_empty() => page.to_owned(),
        None => format!("{folder}/{file}"),
    };
    Some((path, anchor.to_owned()))
}

#[tokio::test]
async fn each_link_of_each_page_resolves() {
    let api = ApiHarness::start().await;
    let pages = all_pages(&api).await;
    for (path, page) in &pages {
        let ids = anchors(page);
        let unique: BTreeSet<_> = ids.iter().collect();
        assert_eq!(ids.len(), unique.len(), "{path}: {ids:?}");
        for link in links(page) {
            let Some((path_of_target, anchor)) = target(path, link) else {
                continue;
            };
            let found = &pages[&path_of_target];
            assert!(
                anchor.is_empty() || anchors(found).contains(&anchor.as_str()),
                "{path} links to {link}"
            );
        }
    }
    for expected in [
        "preparing-a-number",
        "faults",
        "errors",
        "api",
        "reference",
        "sandbox",
    ] {
        assert!(
            pages.contains_key(&format!("/docs/{expected}")),
            "{expected}"
        );
    }
}

#[tokio::test]
async fn each_remedy_fault_error_and_rpc_has_an_anchor() {
    let api = ApiHarness::start().await;
    let pages = all_pages(&api).await;
    let has = |page: &str, anchor: &str| {
        let found = anchors(&pages[&format!("/docs/{page}")]).contains(&anchor);
        assert!(found, "{page}#{anchor}");
    };
    for remedy in Remedy::ALL {
        has("preparing-a-number", remedy.anchor());
    }
    for reason in FaultReason::ALL {
        has("faults", reason.as_str());
        assert!(pages["/docs/faults"].contains(&reason.sentence().replace('"', "&quot;")));
    }
    for reason in Reason::ALL {
        has("errors", reason.as_str());
    }
    for rpc in ["Migrate", "SubmitCode", "Watch", "ForgetNumber"] {
        has("migration-service", rpc);
    }
    has("admin-service", "CreateTenant");
    has("types", "Migration");
    has("types", "State");
}

#[tokio::test]
async fn the_pages_need_no_authentication_and_load_nothing_from_elsewhere() {
    let (api, _) = ApiHarness::with_auth(auth::Settings {
        api_keys: true,
        ..auth::Settings::default()
    })
    .await;
    for (path, page) in all_pages(&api).await {
        let answer = api.get(&path).await;
        let policy = answer.header("content-security-policy").unwrap();
        assert!(policy.starts_with("default-src 'none'") && !policy.contains("script"));
        for outside in ["<script", " src=", "@import", "url(", " style="] {
            assert!(!page.contains(outside), "{path}: {outside}");
        }
    }
}

#[tokio::test]
async fn an_unknown_page_is_answered_with_a_page_and_the_folder_with_a_redirect() {
    let api = ApiHarness::start().await;
    let unknown = api.get("/docs/nothing").await;
    assert_eq!(unknown.status, 404);
    assert!(unknown.text().contains("There is no such page"));
    let held = [("if-none-match", "*")];
    let again = api.rest(Method::GET, "/docs/nothing", &held, "").await;
    assert_eq!(again.status, 404);
    let folder = api.get("/docs/").await;
    assert_eq!(
        (folder.status.as_u16(), folder.header("location")),
        (308, Some("../docs"))
    );
}
