//! Changing calls: their requests and responses.

use domain::{CodeMethod, Effect, PhoneNumber, Reason};
use serde_json::{Value, json};

use super::{CODE, FakeMeta, NUMBER, PIN, TOKEN, WABA, number_id, parameter, phone, pin, waba};

use crate::support::graph::Writes as _;

async fn only_call(meta: &FakeMeta) -> (wiremock::Request, Value) {
    let calls = meta.calls().await;
    assert_eq!(calls.len(), 1);
    let body = calls[0].body_json().unwrap();
    (calls[0].clone(), body)
}

#[tokio::test]
async fn a_number_is_added_with_its_parts_only() {
    let meta = FakeMeta::start().await;
    meta.answers(
        "POST",
        &format!("/{WABA}/phone_numbers"),
        200,
        json!({"id": NUMBER}),
    )
    .await;
    assert_eq!(
        meta.session().add_number(&waba(), &phone()).await,
        Ok(number_id())
    );
    let (call, body) = only_call(&meta).await;
    assert_eq!(
        body,
        json!({"cc": "1", "phone_number": "2025550123", "migrate_phone_number": true})
    );
    assert_eq!(call.headers["authorization"], format!("Bearer {TOKEN}"));
    assert_eq!(call.headers["content-type"], "application/json");
    assert!(
        !call.headers.contains_key("accept-language"),
        "Meta would translate its errors"
    );
    assert_eq!(call.url.query(), None);
}

#[tokio::test]
async fn a_number_is_added_in_the_form_that_was_given() {
    for (number, display, cc, national) in [
        ("+225 07 68 12 34 56", "+225 68 12 34 56", "225", "68123456"),
        ("+225 07 68 12 34 56", "", "225", "0768123456"),
        (
            "+52 1 55 4132 0000",
            "+52 1 55 4132 0000",
            "52",
            "15541320000",
        ),
        ("+52 1 55 4132 0000", "", "52", "5541320000"),
        ("+39 06 6982 0000", "+39 06 6982 0000", "39", "0669820000"),
    ] {
        let meta = FakeMeta::start().await;
        let route = format!("/{WABA}/phone_numbers");
        meta.answers("POST", &route, 200, json!({"id": NUMBER}))
            .await;
        let number: PhoneNumber = number.parse().unwrap();
        let number = number.in_form_of(display);
        meta.session().add_number(&waba(), &number).await.unwrap();
        let (_, body) = only_call(&meta).await;
        assert_eq!(body["cc"], cc);
        assert_eq!(body["phone_number"], national);
    }
}

#[tokio::test]
async fn an_id_may_be_a_json_number_and_a_missing_id_leaves_the_effect_unknown() {
    let meta = FakeMeta::start().await;
    let route = format!("/{WABA}/phone_numbers");
    meta.answers("POST", &route, 200, json!({"id": 106_540_352_242_922_u64}))
        .await;
    assert_eq!(
        meta.session().add_number(&waba(), &phone()).await,
        Ok(number_id())
    );
    for without in [
        json!({}),
        json!({"success": true}),
        json!({"id": "not digits"}),
        json!({"id": null}),
    ] {
        meta.server.reset().await;
        meta.answers("POST", &route, 200, without).await;
        let fault = meta
            .session()
            .add_number(&waba(), &phone())
            .await
            .unwrap_err();
        assert_eq!(
            (fault.reason, fault.effect),
            (Reason::GraphUnreadable, Effect::Unknown)
        );
    }
}

#[tokio::test]
async fn the_other_calls_send_the_documented_parameters() {
    let meta = FakeMeta::start().await;
    let (session, id) = (meta.session(), number_id());
    let ok = json!({"success": true});

    meta.answers("POST", &format!("/{NUMBER}/request_code"), 200, ok.clone())
        .await;
    session
        .request_code(&id, CodeMethod::Voice, &"pt_BR".parse().unwrap())
        .await
        .unwrap();
    assert_eq!(
        only_call(&meta).await.1,
        json!({"code_method": "VOICE", "language": "pt_BR"})
    );

    meta.server.reset().await;
    meta.answers("POST", &format!("/{NUMBER}/verify_code"), 200, ok.clone())
        .await;
    session
        .verify_code(&id, &CODE.parse().unwrap())
        .await
        .unwrap();
    assert_eq!(only_call(&meta).await.1, json!({"code": CODE}));

    meta.server.reset().await;
    meta.answers("POST", &format!("/{NUMBER}/register"), 200, ok.clone())
        .await;
    session.register(&id, &pin()).await.unwrap();
    assert_eq!(
        only_call(&meta).await.1,
        json!({"messaging_product": "whatsapp", "pin": PIN})
    );

    meta.server.reset().await;
    meta.answers("POST", &format!("/{WABA}/subscribed_apps"), 200, ok)
        .await;
    session.subscribe(&waba()).await.unwrap();
    assert_eq!(only_call(&meta).await.1, json!({}));
}

#[tokio::test]
async fn a_call_sends_an_app_secret_proof_if_the_secret_is_known() {
    let meta = FakeMeta::of_app().await;
    meta.answers(
        "POST",
        &format!("/{NUMBER}/register"),
        200,
        json!({"success": true}),
    )
    .await;
    meta.session().register(&number_id(), &pin()).await.unwrap();
    let (call, _) = only_call(&meta).await;
    // echo -n EAABcanarytoken0123456789abcdef | openssl dgst -sha256 -hmac canary-of-the-app
    let proof = "838b83b99c8a5d0b8ad5cd0b7dc5f19ff10745b1f65446e1a801140cb9e1d5bc";
    assert_eq!(parameter(&call, "appsecret_proof").as_deref(), Some(proof));
}
