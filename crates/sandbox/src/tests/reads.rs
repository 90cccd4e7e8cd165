//! Reads, tokens, parameters and headers.

use serde_json::json;

use super::harness::{SandboxHarness, WABA};
use crate::Call;
use crate::scenario::account::SOURCE;

#[tokio::test]
async fn a_list_is_followed_page_by_page() {
    let harness = SandboxHarness::new().await;
    let (mut path, mut seen) = (
        format!("/v27.0/{SOURCE}/phone_numbers?fields=id&limit=30"),
        Vec::new(),
    );
    loop {
        let page = harness.get(&path).await.json();
        seen.extend(page["data"].as_array().unwrap().clone());
        let Some(next) = page["paging"]["next"].as_str() else {
            break;
        };
        assert!(next.contains("fields=id&limit=30&after="), "{next}");
        path = next
            .split_once("//")
            .unwrap()
            .1
            .split_once('/')
            .map(|(_, path)| format!("/{path}"))
            .unwrap();
    }
    assert_eq!(seen.len(), 100);
    seen.dedup();
    assert_eq!(seen.len(), 100);
}

#[tokio::test]
async fn an_unknown_field_fails_the_whole_read() {
    let harness = SandboxHarness::new().await;
    let path = "/v27.0/104996122399208?fields=name";
    assert_eq!(harness.get(path).await.status, 200);
    let answer = harness.get(&format!("{path},primary_funding_id")).await;
    assert_eq!((answer.status, answer.code().0), (403, 200));
    let answer = harness.get(&format!("{path},no_such_field")).await;
    assert_eq!((answer.status, answer.code().0), (400, 100));
}

#[tokio::test]
async fn accounts_show_their_problems() {
    let harness = SandboxHarness::new().await;
    let read = async |id: &str| {
        let fields = "business_verification_status,account_review_status,primary_funding_id,owner_business_info,health_status";
        harness
            .get(&format!("/v27.0/{id}?fields={fields}"))
            .await
            .json()
    };
    let source = read(SOURCE).await;
    assert_eq!(source["business_verification_status"], "verified");
    assert_eq!(
        read(WABA).await["owner_business_info"],
        source["owner_business_info"]
    );
    assert_ne!(
        read("104996122399201").await["owner_business_info"],
        source["owner_business_info"]
    );
    assert_eq!(
        read("200000000000003").await["business_verification_status"],
        "VERIFIED"
    );
    assert_eq!(
        read("104996122399202").await["business_verification_status"],
        "not_verified"
    );
    assert_eq!(
        read("104996122399203").await["account_review_status"],
        "PENDING"
    );
    assert_eq!(
        read("104996122399204").await.get("primary_funding_id"),
        None
    );
    assert_eq!(
        read("104996122399205").await["health_status"]["can_send_message"],
        "BLOCKED"
    );
}

#[tokio::test]
async fn tokens_are_looked_at() {
    let harness = SandboxHarness::new().await;
    for (token, status, code) in [
        ("", 401, 104),
        ("sandbox-expired-token", 401, 190),
        ("sandbox-no-permission", 403, 200),
        ("sandbox-missing-scope", 403, 10),
        ("anything", 200, 0),
    ] {
        let answer = harness
            .send("GET", &format!("/v27.0/{WABA}"), token, "")
            .await
            .unwrap();
        assert_eq!((answer.status, answer.code().0), (status, code), "{token}");
    }
    let answer = harness
        .send("GET", &format!("/v27.0/{WABA}?access_token=one"), "", "")
        .await
        .unwrap();
    assert_eq!(answer.status, 200);
    let inspect = async |token: &str| {
        let answer = harness
            .get(&format!("/v27.0/debug_token?input_token={token}"))
            .await
            .json();
        answer["data"].clone()
    };
    assert_eq!(inspect("anything").await["is_valid"], true);
    assert_eq!(inspect("sandbox-expired-token").await["is_valid"], false);
    assert_eq!(
        inspect("sandbox-missing-scope").await["scopes"],
        json!(["whatsapp_business_messaging"])
    );
}

#[tokio::test]
async fn unknown_calls_get_graphs_error_and_are_counted() {
    let harness = SandboxHarness::new().await;
    for (method, path) in [
        ("GET", "/v27.0/200000000000002/no_such_edge".to_owned()),
        ("DELETE", format!("/v27.0/{WABA}/phone_numbers")),
        ("GET", "/25.0/200000000000002".to_owned()),
        ("GET", "/".to_owned()),
    ] {
        let answer = harness.send(method, &path, "a-token", "").await.unwrap();
        assert_eq!((answer.status, answer.code().0), (400, 2500), "{path}");
        assert!(answer.json()["error"]["fbtrace_id"].is_string());
    }
    let unknown = harness
        .sandbox
        .ledger()
        .iter()
        .filter(|entry| entry.call == Call::Unknown)
        .count();
    assert_eq!(unknown, 4);
    let missing = harness.register("999999", "123456").await;
    assert_eq!((missing.status, missing.code()), (400, (100, 33)));
}

#[tokio::test]
async fn usage_headers_are_sent_after_enough_calls() {
    let harness = SandboxHarness::with(|options| options.usage_headers_after = 3).await;
    let path = format!("/v27.0/{WABA}");
    for _ in 0..2 {
        assert!(!harness.get(&path).await.headers.contains_key("x-app-usage"));
    }
    let answer = harness.get(&path).await;
    let usage: serde_json::Value =
        serde_json::from_str(&answer.headers["x-business-use-case-usage"]).unwrap();
    assert_eq!(usage[WABA][0]["type"], "whatsapp_business_management");
    assert_eq!(usage[WABA][0]["estimated_time_to_regain_access"], 0);
    assert_eq!(answer.headers["facebook-api-version"], "v27.0");

    let throttled = harness.get("/v27.0/104996122399210").await;
    assert_eq!(throttled.code().0, 80_008);
    assert!(
        throttled.headers["x-business-use-case-usage"]
            .contains(r#""estimated_time_to_regain_access":1"#)
    );
    harness.pass(std::time::Duration::from_mins(1));
    assert_eq!(harness.get("/v27.0/104996122399210").await.status, 200);
}

#[tokio::test]
async fn wrong_parameters_are_named() {
    let harness = SandboxHarness::new().await;
    harness.subscribe(WABA).await;
    let path = format!("{WABA}/phone_numbers");
    for body in [
        json!({"phone_number": "2025550100"}),
        json!({"cc": "+1", "phone_number": "2025550100"}),
        json!({"cc": "1", "phone_number": "call me"}),
        json!({"cc": "1", "phone_number": "12"}),
    ] {
        assert_eq!(
            harness.post(&path, body.clone()).await.code().0,
            100,
            "{body}"
        );
    }
    let id = harness.verify("+12025550100").await;
    assert_eq!(harness.register(&id, "12345").await.code().0, 131_009);
    assert_eq!(
        harness
            .post(&format!("{id}/register"), json!({"pin": "123456"}))
            .await
            .code()
            .0,
        100
    );
}
