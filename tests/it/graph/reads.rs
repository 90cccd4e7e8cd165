//! Reads of one node with a token that may not read every field.

use domain::Reason;
use domain::facts::AccountHealth;
use serde_json::{Value, json};
use wiremock::matchers::path;
use wiremock::{Mock, Request, ResponseTemplate};

use super::{
    APP_SECRET, FakeMeta, NUMBER, TOKEN, WABA, error, listed, number_id, parameter, phone, waba,
};

/// Responds with `node` as Meta does to a token that may not read `forbidden`.
async fn forbid(meta: &FakeMeta, id: &str, forbidden: &'static str, node: Value) {
    let respond = move |call: &Request| {
        let fields = parameter(call, "fields").unwrap_or_default();
        if fields.split(',').any(|field| field == forbidden) {
            return ResponseTemplate::new(403)
                .set_body_json(error(200, "(#200) Permissions error"));
        }
        let asked = |name: &&String| {
            name.as_str() == "id" || fields.split(',').any(|field| field == name.as_str())
        };
        let seen: Value = node
            .as_object()
            .unwrap()
            .iter()
            .filter(|(name, _)| asked(name))
            .map(|(n, v)| (n.clone(), v.clone()))
            .collect();
        ResponseTemplate::new(200).set_body_json(seen)
    };
    Mock::given(path(format!("/v27.0/{id}")))
        .respond_with(respond)
        .mount(&meta.server)
        .await;
}

fn account() -> Value {
    json!({
        "id": WABA, "name": "Lucky Shrub", "status": "ACTIVE", "account_review_status": "APPROVED",
        "business_verification_status": "verified", "primary_funding_id": "99",
        "owner_business_info": {"id": "2729063490586005", "name": "Wind & Wool"}, "ownership_type": "CLIENT_OWNED",
        "health_status": {"can_send_message": "AVAILABLE", "entities": []}, "whatever": [1],
    })
}

#[tokio::test]
async fn one_call_reads_an_account_whose_fields_are_all_allowed() {
    let meta = FakeMeta::start().await;
    forbid(&meta, WABA, "nothing", account()).await;
    let read = meta.session().account(&waba()).await.unwrap();
    assert_eq!(meta.calls().await.len(), 1);
    assert_eq!(
        read.business_verification_status.as_deref(),
        Some("verified")
    );
    assert_eq!(read.owner_business_id.as_deref(), Some("2729063490586005"));
    assert_eq!(
        (read.has_payment_method, read.adding_numbers_restricted),
        (Some(true), Some(false))
    );
    assert_eq!(read.health, Some(AccountHealth::plain("AVAILABLE")));
}

#[tokio::test]
async fn a_forbidden_field_leaves_only_itself_unknown() {
    let read = |forbidden| async move {
        let meta = FakeMeta::start().await;
        forbid(&meta, WABA, forbidden, account()).await;
        meta.session().account(&waba()).await.unwrap()
    };
    let payment = read("primary_funding_id").await;
    assert_eq!(
        (
            payment.has_payment_method,
            payment.owner_business_id.is_some(),
            payment.health.is_some()
        ),
        (None, true, true)
    );
    let owner = read("owner_business_info").await;
    assert_eq!(
        (
            owner.has_payment_method,
            owner.owner_business_id.is_some(),
            owner.health.is_some()
        ),
        (Some(true), false, true)
    );
    let health = read("health_status").await;
    assert_eq!(
        (
            health.has_payment_method,
            health.owner_business_id.is_some(),
            health.health
        ),
        (Some(true), true, None)
    );
    assert_eq!(health.adding_numbers_restricted, None);
    assert_eq!(health.name.as_deref(), Some("Lucky Shrub"));
}

#[tokio::test]
async fn an_account_that_cannot_be_read_at_all_is_a_fault() {
    for (code, status, reason, calls) in [
        (200, 403, Reason::PermissionMissing, 2),
        (190, 401, Reason::TokenRefused, 1),
        (80_008, 400, Reason::AccountRateLimited, 1),
        (2, 503, Reason::GraphUnavailable, 1),
    ] {
        let meta = FakeMeta::start().await;
        meta.answers("GET", &format!("/{WABA}"), status, error(code, "x"))
            .await;
        assert_eq!(
            meta.session().account(&waba()).await.unwrap_err().reason,
            reason
        );
        assert_eq!(meta.calls().await.len(), calls, "{code}");
    }
}

#[tokio::test]
async fn a_number_is_read_though_a_field_is_forbidden() {
    let meta = FakeMeta::start().await;
    let mut node = listed();
    node["is_pin_enabled"] = json!(true);
    node["is_on_biz_app"] = json!(false);
    forbid(&meta, NUMBER, "is_pin_enabled", node).await;
    let number = meta.session().number(&number_id()).await.unwrap();
    assert!(number.is_connected());
    assert_eq!(
        (number.pin_enabled, number.on_business_app),
        (None, Some(false))
    );
}

#[tokio::test]
async fn listed_numbers_are_read_though_a_field_is_forbidden() {
    let meta = FakeMeta::start().await;
    let respond = |call: &Request| {
        let fields = parameter(call, "fields").unwrap();
        if fields.contains("health_status") {
            return ResponseTemplate::new(400)
                .set_body_json(error(100, "(#100) Tried accessing nonexisting field"));
        }
        let mut number = listed();
        if fields.contains("is_pin_enabled") {
            number["is_pin_enabled"] = json!(true);
        }
        if fields.contains("is_on_biz_app") {
            number["is_on_biz_app"] = json!(true);
        }
        ResponseTemplate::new(200).set_body_json(json!({ "data": [number] }))
    };
    Mock::given(path(format!("/v27.0/{WABA}/phone_numbers")))
        .respond_with(respond)
        .mount(&meta.server)
        .await;
    let numbers = meta.session().numbers(&waba()).await.unwrap();
    assert_eq!(numbers.len(), 1);
    assert_eq!(
        (numbers[0].pin_enabled, numbers[0].health.as_deref()),
        (Some(true), None)
    );

    let found = meta
        .session()
        .find_number(&waba(), &phone())
        .await
        .unwrap()
        .unwrap();
    assert_eq!((found.on_business_app, found.health), (Some(true), None));
}

#[tokio::test]
async fn a_number_without_any_field_is_a_fault() {
    let meta = FakeMeta::start().await;
    meta.answers("GET", &format!("/{NUMBER}"), 200, json!({}))
        .await;
    assert_eq!(
        meta.session()
            .number(&number_id())
            .await
            .unwrap_err()
            .reason,
        Reason::GraphUnreadable
    );
}

#[tokio::test]
async fn a_token_is_inspected_with_the_app_if_known_and_otherwise_with_itself() {
    let described = json!({"data": {"app_id": "138483919580948", "is_valid": true, "expires_at": 1_800_000_000,
        "scopes": ["whatsapp_business_management"],
        "granular_scopes": [{"scope": "whatsapp_business_management", "target_ids": [WABA]}]}});
    for (app_known, bearer) in [
        (false, TOKEN.to_owned()),
        (true, format!("138483919580948|{APP_SECRET}")),
    ] {
        let meta = if app_known {
            FakeMeta::of_app().await
        } else {
            FakeMeta::start().await
        };
        meta.answers("GET", "/debug_token", 200, described.clone())
            .await;
        let token = meta.session().debug_token().await.unwrap();
        assert!(token.is_valid);
        assert_eq!(token.limited_to, [WABA]);
        let call = &meta.calls().await[0];
        assert_eq!(call.headers["authorization"], format!("Bearer {bearer}"));
        assert_eq!(parameter(call, "input_token").as_deref(), Some(TOKEN));
    }
}

#[tokio::test]
async fn shapes_observed_in_practice_are_read() {
    for (shape, messaging_limit, throughput) in [
        (
            json!({"messaging_limit_tier": null, "whatsapp_business_manager_messaging_limit": "TIER_2K"}),
            Some("TIER_2K"),
            None,
        ),
        (
            json!({"messaging_limit_tier": "TIER_250"}),
            Some("TIER_250"),
            None,
        ),
        (
            json!({"throughput": {"level": "NOT_APPLICABLE"}}),
            None,
            Some("NOT_APPLICABLE"),
        ),
        (json!({"throughput": {"level": "HIGH"}}), None, Some("HIGH")),
        (json!({"throughput": 80}), None, Some("80")),
        (json!({"throughput": null}), None, None),
    ] {
        let meta = FakeMeta::start().await;
        let mut node = listed();
        let fields = shape.as_object().unwrap().clone();
        node.as_object_mut().unwrap().extend(fields);
        meta.answers("GET", &format!("/{NUMBER}"), 200, node).await;
        let number = meta.session().number(&number_id()).await.unwrap();
        assert_eq!(
            number.messaging_limit.as_deref(),
            messaging_limit,
            "{shape}"
        );
        assert_eq!(number.throughput.as_deref(), throughput, "{shape}");
    }
}

#[tokio::test]
async fn whether_a_number_works_depends_on_its_status_and_platform_and_never_on_its_code() {
    for (status, platform, code, connected, works) in [
        ("CONNECTED", "CLOUD_API", "EXPIRED", true, true),
        ("FLAGGED", "CLOUD_API", "VERIFIED", true, true),
        ("RESTRICTED", "CLOUD_API", "NOT_VERIFIED", true, true),
        ("RATE_LIMITED", "CLOUD_API", "EXPIRED", true, true),
        ("CONNECTED", "ON_PREMISE", "VERIFIED", false, true),
        ("CONNECTED", "NOT_APPLICABLE", "VERIFIED", false, false),
        ("PENDING", "NOT_APPLICABLE", "VERIFIED", false, false),
        ("PENDING", "ON_PREMISE", "NOT_VERIFIED", false, false),
    ] {
        let meta = FakeMeta::start().await;
        let node = json!({"id": NUMBER, "display_phone_number": "+1 202-555-0123", "status": status,
            "platform_type": platform, "code_verification_status": code, "name_status": "NON_EXISTS"});
        meta.answers("GET", &format!("/{NUMBER}"), 200, node).await;
        let number = meta.session().number(&number_id()).await.unwrap();
        let read = (number.is_connected(), number.works());
        assert_eq!(read, (connected, works), "{status} {platform}");
    }
}
