//! Injected faults: what they return and which calls they match.

use std::time::Duration;

use serde_json::{Value, json};

use super::harness::{Answer, SandboxHarness, WABA, added};
use crate::{Call, Fault};

const NUMBER: &str = "+12025550100";

/// The response to `add_number` with this fault.
async fn refused(harness: &SandboxHarness, fault: Value) -> Answer {
    let mut fault = fault;
    fault["kind"] = json!("error");
    fault["call"] = json!("add_number");
    let put = harness.put("faults", fault).await;
    assert_eq!(put.status, 200, "{}", put.body);
    let answer = harness
        .post(&format!("{WABA}/phone_numbers"), added(NUMBER))
        .await;
    assert!(harness.sandbox.faults().is_empty());
    answer
}

fn error(answer: &Answer) -> Value {
    answer.json()["error"].clone()
}

#[tokio::test]
async fn a_title_alone_is_the_user_message_too() {
    let harness = SandboxHarness::new().await;
    let error = error(
        &refused(
            &harness,
            json!({"code": 100, "subcode": 2_388_001, "title": "Why"}),
        )
        .await,
    );
    assert_eq!(error["error_user_title"], "Why");
    assert_eq!(error["error_user_msg"], "Why");
    assert_eq!(error["is_transient"], false);
    assert_eq!(error["message"], "(#100) Injected fault");
}

#[tokio::test]
async fn title_and_user_message_can_each_be_omitted() {
    let harness = SandboxHarness::new().await;
    for (fault, title, text) in [
        (
            json!({"code": 1, "title": "T", "user_message": "M"}),
            Some("T"),
            Some("M"),
        ),
        (
            json!({"code": 1, "user_title": "T", "error_user_msg": "M"}),
            Some("T"),
            Some("M"),
        ),
        (json!({"code": 1, "user_message": "M"}), None, Some("M")),
        (
            json!({"code": 1, "title": "T", "user_message": null}),
            Some("T"),
            None,
        ),
        (json!({"code": 1}), None, None),
    ] {
        let error = error(&refused(&harness, fault.clone()).await);
        assert_eq!(error["error_user_title"].as_str(), title, "{fault}");
        assert_eq!(error["error_user_msg"].as_str(), text, "{fault}");
    }
}

#[tokio::test]
async fn is_transient_is_sent_as_given_and_omitted_if_null() {
    let harness = SandboxHarness::new().await;
    for (fault, sent) in [
        (json!({"code": 1}), None),
        (json!({"code": 1, "subcode": 2}), Some(false)),
        (json!({"code": 1, "transient": true}), Some(true)),
        (json!({"code": 1, "transient": false}), Some(false)),
        (json!({"code": 1, "subcode": 2, "transient": null}), None),
    ] {
        let error = error(&refused(&harness, fault.clone()).await);
        assert_eq!(
            error.get("is_transient").and_then(Value::as_bool),
            sent,
            "{fault}"
        );
    }
}

#[tokio::test]
async fn error_data_can_be_anything_and_members_can_be_added_beside_the_error() {
    let harness = SandboxHarness::new().await;
    let blamed = json!({"blame_field_specs": [["phone_number"]]});
    for data in [
        json!("a text"),
        blamed,
        json!({"messaging_product": "whatsapp"}),
    ] {
        let error = error(&refused(&harness, json!({"code": 100, "error_data": data})).await);
        assert_eq!(error["error_data"], data);
    }
    let beside = json!({"details": "Your display name could not be processed."});
    let answer = refused(&harness, json!({"code": 100, "beside": beside})).await;
    assert_eq!(answer.json()["details"], beside["details"]);
    assert_eq!(answer.code().0, 100);
}

#[tokio::test]
async fn the_trace_id_is_generated_given_or_omitted() {
    let harness = SandboxHarness::new().await;
    assert!(error(&refused(&harness, json!({"code": 1})).await)["fbtrace_id"].is_string());
    let given = refused(&harness, json!({"code": 1, "trace": "AbCdEf"})).await;
    assert_eq!(error(&given)["fbtrace_id"], "AbCdEf");
    let none = refused(&harness, json!({"code": 1, "trace": false})).await;
    assert_eq!(error(&none).get("fbtrace_id"), None);
}

#[tokio::test]
async fn headers_are_sent_or_omitted_and_responses_delayed() {
    let harness = SandboxHarness::with(|options| options.usage_headers_after = 0).await;
    let usage = "x-business-use-case-usage";
    let held_back = refused(&harness, json!({"code": 80008, "usage_headers": false})).await;
    assert!(!held_back.headers.contains_key(usage));
    let sent = refused(&harness, json!({"code": 80008, "regain_minutes": 7})).await;
    assert!(sent.headers[usage].contains(r#""estimated_time_to_regain_access":7"#));
    assert!(sent.headers[usage].contains(r#""call_count":100"#));
    let own = refused(
        &harness,
        json!({"code": 4, "headers": {"Retry-After": "60"}}),
    )
    .await;
    assert_eq!(own.headers["retry-after"], "60");
}

#[tokio::test]
async fn a_refusal_can_come_late() {
    let harness = SandboxHarness::new().await;
    let fault = Fault::error(131_000).late(Duration::from_hours(1));
    harness.sandbox.inject(fault.on_call(Call::AddNumber));
    let path = format!("{WABA}/phone_numbers");
    let refused = harness.post(&path, added(NUMBER));
    let stop = async {
        while harness.sandbox.ledger().is_empty() {
            tokio::task::yield_now().await;
        }
        // A delayed response is sent at once when the sandbox stops.
        harness.shutdown.cancel();
    };
    let (answer, ()) = tokio::join!(refused, stop);
    assert_eq!(answer.code().0, 131_000);
}

#[tokio::test]
async fn a_fault_can_be_limited_to_one_account_and_its_numbers() {
    let harness = SandboxHarness::new().await;
    let id = harness.add(NUMBER).await;
    let fault = json!({"kind": "error", "code": 80008, "account": WABA, "times": 2});
    harness.put("faults", fault).await;
    assert_eq!(harness.get("/v27.0/300000000000002").await.status, 200);
    assert_eq!(
        harness.get(&format!("/v27.0/{WABA}")).await.code().0,
        80_008
    );
    assert_eq!(harness.get(&format!("/v27.0/{id}")).await.code().0, 80_008);
    assert_eq!(harness.get(&format!("/v27.0/{id}")).await.status, 200);
}

#[tokio::test]
async fn a_fault_can_be_limited_to_reads_of_one_field() {
    let harness = SandboxHarness::new().await;
    let fault = json!({"kind": "error", "code": 10, "status": 403, "field": "primary_funding_id", "times": 9});
    harness.put("faults", fault).await;
    assert_eq!(
        harness.fields(WABA, "name").await["name"],
        format!("Sandbox account {WABA}")
    );
    assert_eq!(harness.get(&format!("/v27.0/{WABA}")).await.status, 200);
    for fields in [
        "name,primary_funding_id",
        "id,owner_business_info{primary_funding_id}",
    ] {
        let answer = harness.fields(WABA, fields).await;
        assert_eq!(answer["error"]["code"], 10, "{fields}");
    }
    assert_eq!(harness.sandbox.faults()[0].times, 7);
}

#[tokio::test]
async fn a_fault_lasts_by_the_sandboxs_clock() {
    let harness = SandboxHarness::new().await;
    let path = format!("/v27.0/{WABA}/phone_numbers");
    let fault =
        json!({"kind": "error", "code": 80008, "call": "list_numbers", "for_seconds": 3600});
    let shown = harness.put("faults", fault).await.json();
    assert_eq!(shown["faults"][0]["until"], "2026-11-22T11:00:00Z");
    assert_eq!(shown["faults"][0].get("times"), None);
    for _ in 0..20 {
        assert_eq!(harness.get(&path).await.code().0, 80_008);
        harness.pass(Duration::from_secs(179));
    }
    harness.pass(Duration::from_secs(20));
    assert_eq!(harness.get(&path).await.status, 200);
    assert!(harness.sandbox.faults().is_empty());
}

#[tokio::test]
async fn unknown_keys_of_a_fault_are_refused_by_name() {
    let harness = SandboxHarness::new().await;
    for (fault, named) in [
        (
            json!({"kind": "error", "code": 1, "how_many": 3}),
            "how_many",
        ),
        (json!({"kind": "error"}), "code"),
        (json!({"kind": "delay"}), "delay_ms"),
        (json!({"kind": "html", "user_message": "M"}), "user_message"),
        (
            json!({"kind": "error", "code": 1, "account": "north"}),
            "account",
        ),
        (json!({"kind": "error", "code": 1, "status": 99}), "status"),
        (json!({"kind": "error", "code": 1, "trace": 5}), "trace"),
        (
            json!({"kind": "error", "code": 1, "details": "a", "error_data": "b"}),
            "error_data",
        ),
        (
            json!({"kind": "error", "code": 1, "beside": {"error": 1}}),
            "beside",
        ),
        (
            json!({"kind": "error", "code": 1, "headers": {"a b": "c"}}),
            "headers",
        ),
        (json!({"kind": "error", "code": 1, "call": "fly"}), "fly"),
        (
            json!([{"kind": "html"}, {"kind": "html", "often": 2}]),
            "often",
        ),
    ] {
        let answer = harness.put("faults", fault.clone()).await;
        assert_eq!(answer.status, 400, "{fault}");
        assert!(answer.body.contains(named), "{fault}: {}", answer.body);
        assert!(harness.sandbox.inject_json(&fault).is_err(), "{fault}");
    }
    assert!(harness.sandbox.faults().is_empty(), "atomic");
}

#[tokio::test]
async fn the_builder_makes_the_same_faults_as_json() {
    let harness = SandboxHarness::new().await;
    let fault = Fault::error(136_024)
        .subcode(2_388_367)
        .message("(#136024) Request code error")
        .title("T")
        .user_message("M")
        .details("D")
        .transient(None)
        .status(429)
        .without_trace()
        .beside("x", json!(1));
    harness
        .sandbox
        .inject(fault.on_number(NUMBER).on_account(WABA));
    let answer = harness
        .post(&format!("{WABA}/phone_numbers"), added(NUMBER))
        .await;
    assert_eq!(answer.status, 429);
    let data = json!({"messaging_product": "whatsapp", "details": "D"});
    let error = json!({
        "message": "(#136024) Request code error", "type": "OAuthException", "code": 136_024, "error_subcode": 2_388_367,
        "error_user_title": "T", "error_user_msg": "M", "error_data": data,
    });
    assert_eq!(answer.json(), json!({"error": error, "x": 1}));
}
