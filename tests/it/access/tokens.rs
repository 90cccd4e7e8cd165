//! Tokens: accepted and refused.

use jiff::{SignedDuration, Timestamp};
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde_json::{Value, json};
use tonic::{Code, Status};
use tonic_types::StatusExt as _;
use wiremock::ResponseTemplate;

use super::harness::{AccessHarness, StoreKind};
use super::issuer::{AUDIENCE, ISSUER, Issuer, Pair, claims};
use super::raw::Answer;
use super::rpcs;

/// Key ids that the issuer never published.
const INVENTED: [&str; 8] = ["i1", "i2", "i3", "i4", "i5", "i6", "i7", "i8"];

/// A service that accepts the issuer's tokens.
async fn open(issuer: &Issuer) -> AccessHarness {
    open_with(issuer, &[]).await
}

/// The same with additional settings.
async fn open_with(issuer: &Issuer, more: &[(&'static str, &str)]) -> AccessHarness {
    let url = issuer.url();
    let mut settings = vec![
        ("auth.jwt.issuer", ISSUER),
        ("auth.jwt.audience", AUDIENCE),
        ("auth.jwt.jwks_url", url.as_str()),
    ];
    settings.extend(more);
    AccessHarness::with(StoreKind::Sqlite, &settings).await
}

/// The answer to a list call with this token.
async fn answer(harness: &AccessHarness, token: &str) -> Answer {
    let header = ("authorization", format!("Bearer {token}"));
    let caller = harness.with_headers(&[header]);
    let answer = caller
        .call("ListMigrations", rpcs::message("ListMigrations", ""))
        .await;
    assert!(!format!("{answer:?}").contains(token));
    answer
}

/// The reason why a list call with this token is refused; empty if it is accepted.
async fn refusal(harness: &AccessHarness, token: &str) -> String {
    let answer = answer(harness, token).await;
    match answer.code {
        Code::Ok => String::new(),
        _ => answer.reason(),
    }
}

/// The delay before a retry.
fn retry_after(answer: &Answer) -> Option<std::time::Duration> {
    let status = Status::with_details(answer.code, &answer.message, answer.details.clone().into());
    status.get_details_retry_info()?.retry_delay
}

/// The claims of a token that stays valid for as long as a test may advance the clock.
fn long_lived(harness: &AccessHarness) -> Value {
    claims_with(harness.service.clock.now(), "exp", json!(4_000_000_000_u32))
}

fn claims_with(now: Timestamp, claim: &str, value: Value) -> Value {
    let mut claims = claims(now);
    claims[claim] = value;
    claims
}

#[tokio::test]
async fn a_valid_token_of_each_algorithm_is_accepted() {
    let pairs = [Pair::p256("ec"), Pair::ed25519("ed"), Pair::rsa("rsa")];
    let issuer = Issuer::publishing(&pairs.iter().collect::<Vec<_>>()).await;
    let harness = open(&issuer).await;
    let now = harness.service.clock.now();
    for pair in &pairs {
        assert_eq!(refusal(&harness, &pair.token(&claims(now))).await, "");
    }
    assert_eq!(issuer.fetches().await, 1);
    let reader = pairs[0].token(&claims_with(now, "role", json!(["other", "reader"])));
    let header = ("authorization", format!("Bearer {reader}"));
    let refused = harness
        .with_headers(&[header])
        .call("Migrate", rpcs::message("Migrate", ""))
        .await;
    assert_eq!(refused.reason(), "ROLE_MAY_NOT");
    // The tenant must exist and be enabled.
    let gone = pairs[0].token(&claims_with(now, "tenant", json!("unknown")));
    assert_eq!(refusal(&harness, &gone).await, "TENANT_UNKNOWN");
    harness
        .tenant("bakery", |bakery| bakery.disabled_at = Some(now))
        .await;
    let disabled = pairs[0].token(&claims_with(now, "tenant", json!("bakery")));
    assert_eq!(refusal(&harness, &disabled).await, "TENANT_DISABLED");
    // API keys are not accepted by this service.
    assert_eq!(
        refusal(
            &harness,
            super::harness::bearer(1).1.trim_start_matches("Bearer ")
        )
        .await,
        "CREDENTIALS_MALFORMED"
    );
}

#[tokio::test]
async fn an_invalid_token_is_refused_whatever_is_wrong_with_it() {
    let (ec, ed, other) = (Pair::p256("ec"), Pair::ed25519("ed"), Pair::p256("ec"));
    let issuer = Issuer::publishing(&[&ec, &ed]).await;
    let harness = open(&issuer).await;
    let now = harness.service.clock.now();
    let good = ec.token(&claims(now));
    assert_eq!(refusal(&harness, &good).await, "");
    let part = |nth: usize| good.split('.').nth(nth).unwrap();
    let of_another = ec.token(&claims_with(now, "tenant", json!("bakery")));
    let of_another = of_another.split('.').nth(1).unwrap();
    // {"alg":"none","kid":"ec"}
    let none = "eyJhbGciOiJub25lIiwia2lkIjoiZWMifQ";
    // Signed with the public key as an HMAC secret.
    let header = Header {
        kid: Some("ec".to_owned()),
        ..Header::new(Algorithm::HS256)
    };
    let public = ec.public().to_string();
    let confused = encode(
        &header,
        &claims(now),
        &EncodingKey::from_secret(public.as_bytes()),
    )
    .unwrap();
    let second = now.as_second();
    for (token, reason) in [
        (format!("{none}.{}.", part(1)), "TOKEN_INVALID"),
        (format!("{none}.{}.{}", part(1), part(2)), "TOKEN_INVALID"),
        (confused, "TOKEN_INVALID"),
        (
            format!("{}.{of_another}.{}", part(0), part(2)),
            "TOKEN_INVALID",
        ),
        (format!("{}.{}.", part(0), part(1)), "TOKEN_INVALID"),
        (other.token(&claims(now)), "TOKEN_INVALID"),
        (Pair::p256("ed").token(&claims(now)), "TOKEN_INVALID"),
        (Pair::p256("unknown").token(&claims(now)), "TOKEN_INVALID"),
        (
            encode(
                &Header::new(Algorithm::HS256),
                &claims(now),
                &EncodingKey::from_secret(b"x"),
            )
            .unwrap(),
            "TOKEN_INVALID",
        ),
        ("x".to_owned(), "TOKEN_INVALID"),
        ("x.y.z".to_owned(), "TOKEN_INVALID"),
        (
            ec.token(&claims_with(now, "aud", json!("other"))),
            "TOKEN_INVALID",
        ),
        (
            ec.token(&claims_with(now, "iss", json!("https://evil.example"))),
            "TOKEN_INVALID",
        ),
        (
            ec.token(&claims_with(now, "nbf", json!(second + 60))),
            "TOKEN_INVALID",
        ),
        (
            ec.token(&claims_with(now, "exp", json!(second - 31))),
            "TOKEN_EXPIRED",
        ),
        (
            ec.token(&claims_with(now, "exp", json!("never"))),
            "TOKEN_INVALID",
        ),
        (
            ec.token(&claims_with(now, "tenant", json!("Acme"))),
            "TOKEN_INVALID",
        ),
        (
            ec.token(&claims_with(now, "role", json!("owner"))),
            "TOKEN_INVALID",
        ),
        (ec.token(&json!([1])), "TOKEN_INVALID"),
    ] {
        assert_eq!(refusal(&harness, &token).await, reason, "{token}");
    }
    harness
        .service
        .clock
        .advance(SignedDuration::from_secs(3631));
    assert_eq!(refusal(&harness, &good).await, "TOKEN_EXPIRED");
}

#[tokio::test]
async fn keys_that_cannot_be_fetched_are_used_until_they_are_stale() {
    let pair = Pair::p256("ec");
    let issuer = Issuer::publishing(&[]).await;
    issuer.answer(ResponseTemplate::new(503)).await;
    let harness = open(&issuer).await;
    let token = pair.token(&long_lived(&harness));
    for _ in 0..3 {
        assert_eq!(refusal(&harness, &token).await, "TOKEN_KEYS_UNAVAILABLE");
    }
    assert_eq!(issuer.fetches().await, 1);
    issuer.publish(&[&pair]).await;
    harness.service.clock.advance(SignedDuration::from_secs(30));
    assert_eq!(refusal(&harness, &token).await, "");

    let text = |text: String| ResponseTemplate::new(200).set_body_string(text);
    let long = json!({ "keys": [pair.public()], "x": "x".repeat(300_000) }).to_string();
    let elsewhere = format!("{}x", issuer.url());
    for bad in [
        ResponseTemplate::new(500),
        ResponseTemplate::new(302).insert_header("location", elsewhere),
        text("<html>".to_owned()),
        text(r#"{"keys": []}"#.to_owned()),
        text(long),
    ] {
        issuer.answer(bad).await;
        harness.service.clock.advance(SignedDuration::from_mins(10));
        assert_eq!(refusal(&harness, &token).await, "");
        while issuer.fetches().await == 0 {
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
        // Whether the issuer has a key that is not in the cached set is unknown.
        let unknown = Pair::p256("other").token(&claims(harness.service.clock.now()));
        assert_eq!(refusal(&harness, &unknown).await, "TOKEN_KEYS_UNAVAILABLE");
        assert_eq!(refusal(&harness, &token).await, "");
        assert_eq!(issuer.fetches().await, 1);
    }

    // The cached keys are an hour old.
    harness.service.clock.advance(SignedDuration::from_mins(10));
    let refused = answer(&harness, &token).await;
    assert_eq!(refused.code, Code::Unavailable);
    assert_eq!(refused.reason(), "TOKEN_KEYS_UNAVAILABLE");
    assert_eq!(
        retry_after(&refused),
        Some(std::time::Duration::from_secs(30))
    );
    issuer.publish(&[&pair]).await;
    assert_eq!(refusal(&harness, &token).await, "TOKEN_KEYS_UNAVAILABLE");
    assert_eq!(issuer.fetches().await, 0, "it is too early to fetch again");
    harness.service.clock.advance(SignedDuration::from_secs(30));
    assert_eq!(refusal(&harness, &token).await, "");
}

#[tokio::test]
async fn a_withdrawn_key_is_refused_after_the_next_fetch() {
    let (old, new) = (Pair::p256("old"), Pair::p256("new"));
    let issuer = Issuer::publishing(&[&old]).await;
    let harness = open(&issuer).await;
    let long = long_lived(&harness);
    assert_eq!(refusal(&harness, &old.token(&long)).await, "");

    issuer.publish(&[&old, &new]).await;
    assert_eq!(
        refusal(&harness, &new.token(&long)).await,
        "",
        "a new key is fetched"
    );
    assert_eq!(refusal(&harness, &old.token(&long)).await, "");
    assert_eq!(issuer.fetches().await, 1);

    issuer.publish(&[&new]).await;
    harness.service.clock.advance(SignedDuration::from_mins(10));
    // The first call after that is verified with the cached keys.
    assert_eq!(refusal(&harness, &old.token(&long)).await, "");
    while refusal(&harness, &old.token(&long)).await.is_empty() {
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    assert_eq!(refusal(&harness, &old.token(&long)).await, "TOKEN_INVALID");
    assert_eq!(refusal(&harness, &new.token(&long)).await, "");

    // No calls for eight hours, in which this key was withdrawn as well.
    issuer.publish(&[&old]).await;
    harness.service.clock.advance(SignedDuration::from_hours(8));
    assert_eq!(refusal(&harness, &new.token(&long)).await, "TOKEN_INVALID");
    assert_eq!(refusal(&harness, &old.token(&long)).await, "");
}

#[tokio::test]
async fn invented_key_ids_cause_few_fetches_and_do_not_make_a_new_key_invalid() {
    let (old, new) = (Pair::p256("old"), Pair::p256("new"));
    let issuer = Issuer::publishing(&[&old]).await;
    let harness = open(&issuer).await;
    let long = long_lived(&harness);
    assert_eq!(refusal(&harness, &old.token(&long)).await, "");
    let before = issuer.fetches().await;
    for _ in 0..20 {
        let invented = Pair::p256("invented").token(&long);
        assert_eq!(refusal(&harness, &invented).await, "TOKEN_INVALID");
    }
    assert_eq!(issuer.fetches().await, before + 1, "one fetch for one id");
    for id in INVENTED {
        let answer = refusal(&harness, &Pair::p256(id).token(&long)).await;
        assert!(
            ["TOKEN_INVALID", "TOKEN_KEYS_UNAVAILABLE"].contains(&answer.as_str()),
            "{answer}"
        );
    }
    assert_eq!(issuer.fetches().await, 4, "few fetches for many ids");

    issuer.publish(&[&old, &new]).await;
    let early = answer(&harness, &new.token(&long)).await;
    assert_eq!(early.code, Code::Unavailable);
    assert_eq!(early.reason(), "TOKEN_KEYS_UNAVAILABLE");
    let wait = retry_after(&early).expect("no retry delay");
    assert_eq!(refusal(&harness, &old.token(&long)).await, "");
    assert_eq!(issuer.fetches().await, 0);
    harness
        .service
        .clock
        .advance(SignedDuration::try_from(wait).unwrap());
    // The fetch for any unknown id brings the new key.
    let invented = Pair::p256(INVENTED[0]).token(&long);
    assert_eq!(refusal(&harness, &invented).await, "TOKEN_INVALID");
    assert_eq!(refusal(&harness, &new.token(&long)).await, "");
    assert_eq!(issuer.fetches().await, 1);
    // A key id that is too long causes no fetch.
    let endless = Pair::p256(Box::leak("x".repeat(300).into_boxed_str()));
    assert_eq!(
        refusal(&harness, &endless.token(&long)).await,
        "TOKEN_INVALID"
    );
    assert_eq!(issuer.fetches().await, 1);
}

#[tokio::test]
async fn a_caller_that_disconnects_does_not_waste_the_fetch_of_others() {
    let pair = Pair::p256("ec");
    let issuer = Issuer::publishing(&[&pair]).await;
    let harness = open(&issuer).await;
    let token = pair.token(&long_lived(&harness));
    assert_eq!(refusal(&harness, &token).await, "");
    harness.service.clock.advance(SignedDuration::from_hours(2));
    let keys = json!({ "keys": [pair.public()] });
    let slow = ResponseTemplate::new(200).set_body_json(keys);
    issuer
        .answer(slow.set_delay(std::time::Duration::from_millis(300)))
        .await;
    tokio::select! {
        answer = refusal(&harness, &token) => panic!("answered before the keys were fetched: {answer}"),
        () = async {
            while issuer.fetches().await == 0 {
                tokio::time::sleep(std::time::Duration::from_millis(5)).await;
            }
        } => {}
    }
    assert_eq!(refusal(&harness, &token).await, "");
    assert_eq!(issuer.fetches().await, 1);
}

#[tokio::test]
async fn a_token_for_the_operators_tenant_is_accepted_only_if_configured() {
    let pair = Pair::p256("ec");
    let issuer = Issuer::publishing(&[&pair]).await;
    for (allowed, reason) in [("false", "TOKEN_INVALID"), ("true", "")] {
        let setting = ("auth.jwt.allow_default_tenant", allowed);
        let harness = open_with(&issuer, &[setting]).await;
        let now = harness.service.clock.now();
        let own = pair.token(&claims_with(now, "tenant", json!("default")));
        assert_eq!(refusal(&harness, &own).await, reason);
        assert_eq!(refusal(&harness, &pair.token(&claims(now))).await, "");
    }
}
