//! Responses in the shapes that Meta documents, was observed to send, or could send.

use domain::{Disposition, Effect, Reason};
use serde_json::json;
use wiremock::ResponseTemplate;

use super::{FakeMeta, WABA, error, waba};

#[tokio::test]
async fn an_error_is_kept_completely() {
    let meta = FakeMeta::start().await;
    let fault = meta
        .fault(
            400,
            json!({"error": {
                "message": "(#133005) Two step verification PIN Mismatch", "type": "OAuthException", "code": 133_005,
                "error_subcode": 2_388_999, "is_transient": false, "error_user_title": "A title", "error_user_msg": "Words",
                "error_data": {"messaging_product": "whatsapp", "details": "The details"}, "fbtrace_id": "Az8or2",
            }}),
        )
        .await;
    assert_eq!(
        (fault.reason, fault.effect),
        (Reason::PinMismatch, Effect::None)
    );
    let kept = fault.graph_error.unwrap();
    assert_eq!(
        (kept.http_status, kept.code, kept.subcode),
        (400, 133_005, Some(2_388_999))
    );
    assert_eq!(kept.message, "(#133005) Two step verification PIN Mismatch");
    assert_eq!(
        (kept.user_title.as_deref(), kept.user_message.as_deref()),
        (Some("A title"), Some("Words"))
    );
    assert_eq!(
        (kept.details.as_deref(), kept.is_transient),
        (Some("The details"), Some(false))
    );
    assert_eq!(kept.fbtrace_id.as_deref(), Some("Az8or2"));
}

#[tokio::test]
async fn an_error_is_understood_in_every_shape() {
    let meta = FakeMeta::start().await;
    for (shape, reason) in [
        (json!({"error": {"code": 133_006}}), Reason::NotVerified),
        (
            json!({"error": {"code": "133006", "error_subcode": null}}),
            Reason::NotVerified,
        ),
        (
            json!({"error": {"code": 133_006, "error_data": "text"}}),
            Reason::NotVerified,
        ),
        (
            json!({"error": {"code": 133_006, "error_data": [1, {}]}}),
            Reason::NotVerified,
        ),
        (
            json!({"error": {"code": 133_006, "message": {"deep": []}, "type": 7, "is_transient": "no"}}),
            Reason::NotVerified,
        ),
        (json!([{"error": {"code": 133_006}}]), Reason::NotVerified),
        (json!({"error": [{"code": 133_006}]}), Reason::NotVerified),
        (
            json!({"success": true, "error": {"code": 133_006}}),
            Reason::NotVerified,
        ),
        (json!({"error": "something"}), Reason::UnknownGraphError),
        (json!({"error": {}}), Reason::UnknownGraphError),
        (json!({"error": []}), Reason::UnknownGraphError),
        (json!({"error": 5}), Reason::UnknownGraphError),
        (
            json!({"error": {"code": [], "message": null}}),
            Reason::UnknownGraphError,
        ),
    ] {
        for status in [200, 400] {
            assert_eq!(
                meta.fault(status, shape.clone()).await.reason,
                reason,
                "{status} {shape}"
            );
        }
    }
}

#[tokio::test]
async fn a_response_that_is_not_from_meta_leaves_the_effect_unknown() {
    let meta = FakeMeta::start().await;
    let deep = format!("{}1{}", "[".repeat(50_000), "]".repeat(50_000));
    for body in [
        "",
        "<!DOCTYPE html><html>Sorry</html>",
        "{\"success\": tr",
        "[]",
        "null",
        "\"success\"",
        "{}",
        &deep,
    ] {
        for (status, reason) in [
            (200, Reason::GraphUnreadable),
            (404, Reason::GraphUnreadable),
            (500, Reason::GraphUnavailable),
            (503, Reason::GraphUnavailable),
        ] {
            let response = ResponseTemplate::new(status).set_body_raw(body, "text/html");
            let fault = meta.register(response).await.unwrap_err();
            let shown = &body[..body.len().min(40)];
            assert_eq!(
                (fault.reason, fault.effect),
                (reason, Effect::Unknown),
                "{status} {shown}"
            );
            assert_eq!(fault.disposition, Disposition::Retry);
        }
    }
}

#[tokio::test]
async fn only_the_documented_success_response_counts_as_success() {
    let meta = FakeMeta::start().await;
    for yes in [
        json!({"success": true}),
        json!({"success": "true", "id": "5"}),
    ] {
        let response = ResponseTemplate::new(200).set_body_json(&yes);
        assert_eq!(meta.register(response).await, Ok(()), "{yes}");
    }
    for no in [
        json!({"success": false}),
        json!({"success": 1}),
        json!({"id": "5"}),
        json!({"error": null}),
    ] {
        let fault = meta.fault(200, no.clone()).await;
        assert_eq!(
            (fault.reason, fault.effect),
            (Reason::GraphUnreadable, Effect::Unknown),
            "{no}"
        );
    }
}

#[tokio::test]
async fn a_refusal_changed_nothing_but_a_server_error_may_have() {
    let meta = FakeMeta::start().await;
    for code in [1, 131_000, 987_654] {
        assert_eq!(
            meta.fault(500, error(code, "x")).await.effect,
            Effect::Unknown,
            "{code}"
        );
    }
    for code in [
        2, 4, 100, 190, 200, 133_004, 133_005, 133_006, 133_015, 133_016, 80_007,
    ] {
        assert_eq!(
            meta.fault(400, error(code, "x")).await.effect,
            Effect::None,
            "{code}"
        );
    }
}

/// Since July 2026 Meta responds like this to a parameter that it removed; clients that relied on
/// the status repeated the call for ever.
#[tokio::test]
async fn an_invalid_parameter_is_permanent_though_meta_answers_it_with_500() {
    let meta = FakeMeta::start().await;
    let refused = error(100, "The ids query parameter is deprecated in v26.0+.");
    let register = meta.fault(500, refused.clone()).await;
    assert_eq!(meta.calls().await.len(), 1);
    let apps = format!("/{WABA}/subscribed_apps");
    meta.answers("GET", &apps, 500, refused).await;
    let read = meta.session().subscribed_apps(&waba()).await.unwrap_err();
    assert_eq!(meta.calls().await.len(), 2);
    for fault in [register, read] {
        assert_eq!(
            (fault.reason, fault.disposition, fault.effect),
            (Reason::InvalidRequest, Disposition::Ask, Effect::None)
        );
        assert_eq!(fault.graph_error.map(|error| error.http_status), Some(500));
    }
}

#[tokio::test]
async fn a_response_over_the_size_limit_is_not_read() {
    let meta = FakeMeta::with(|settings| settings.max_response_bytes = 8 * 1024).await;
    let padded = |bytes: usize| json!({"success": true, "padding": "x".repeat(bytes)});
    assert_eq!(
        meta.register(ResponseTemplate::new(200).set_body_json(padded(7 * 1024)))
            .await,
        Ok(())
    );
    let fault = meta.fault(200, padded(9 * 1024)).await;
    assert_eq!(
        (fault.reason, fault.effect),
        (Reason::GraphUnreadable, Effect::Unknown)
    );
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let meta = FakeMeta::start().await;
    let elsewhere = format!("{}/elsewhere", meta.server.uri());
    let fault = meta
        .register(ResponseTemplate::new(307).insert_header("location", elsewhere))
        .await
        .unwrap_err();
    assert_eq!(
        (fault.reason, fault.effect),
        (Reason::GraphUnreadable, Effect::Unknown)
    );
    assert_eq!(meta.calls().await.len(), 1);
}
