//! Tokens that are taken, and those that are not.

use jiff::{SignedDuration, Timestamp};
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde_json::{Value, json};
use tonic::Code;
use wiremock::ResponseTemplate;

use super::issuer::{AUDIENCE, ISSUER, Issuer, Pair, claims};
use super::rpcs;
use super::town::{Kept, Town};

/// A town that takes the issuer's tokens.
async fn town(issuer: &Issuer) -> Town {
    let url = issuer.url();
    let settings = [
        ("auth.jwt.issuer", ISSUER),
        ("auth.jwt.audience", AUDIENCE),
        ("auth.jwt.jwks_url", url.as_str()),
    ];
    Town::with(Kept::OnAFile, &settings).await
}

/// The reason that a listing with this token is refused with; nothing where it is not.
async fn told(town: &Town, token: &str) -> String {
    let shown = ("authorization", format!("Bearer {token}"));
    let person = town.stranger(&[shown]);
    let answer = person
        .call("ListMigrations", rpcs::message("ListMigrations", ""))
        .await;
    assert!(!format!("{answer:?}").contains(token));
    match answer.code {
        Code::Ok => String::new(),
        _ => answer.reason(),
    }
}

fn with(now: Timestamp, claim: &str, value: Value) -> Value {
    let mut claims = claims(now);
    claims[claim] = value;
    claims
}

#[tokio::test]
async fn a_good_token_of_each_kind_is_taken() {
    let pairs = [Pair::p256("ec"), Pair::ed25519("ed"), Pair::rsa("rsa")];
    let issuer = Issuer::publishing(&pairs.iter().collect::<Vec<_>>()).await;
    let town = town(&issuer).await;
    let now = town.stack.clock.now();
    for pair in &pairs {
        assert_eq!(told(&town, &pair.token(&claims(now))).await, "");
    }
    assert_eq!(issuer.asked().await, 1);
    let reader = pairs[0].token(&with(now, "role", json!(["other", "reader"])));
    let shown = ("authorization", format!("Bearer {reader}"));
    let refused = town
        .stranger(&[shown])
        .call("Migrate", rpcs::message("Migrate", ""))
        .await;
    assert_eq!(refused.reason(), "ROLE_MAY_NOT");
    // Its tenant must be there, and enabled.
    let gone = pairs[0].token(&with(now, "tenant", json!("nobody")));
    assert_eq!(told(&town, &gone).await, "TENANT_UNKNOWN");
    town.tenant("bakery", |bakery| bakery.disabled_at = Some(now))
        .await;
    let disabled = pairs[0].token(&with(now, "tenant", json!("bakery")));
    assert_eq!(told(&town, &disabled).await, "TENANT_DISABLED");
    // API keys are not asked for here.
    assert_eq!(
        told(
            &town,
            super::town::bearer(1).1.trim_start_matches("Bearer ")
        )
        .await,
        "CREDENTIALS_MALFORMED"
    );
}

#[tokio::test]
async fn a_token_that_is_wrong_in_any_way_is_not_taken() {
    let (ec, ed, other) = (Pair::p256("ec"), Pair::ed25519("ed"), Pair::p256("ec"));
    let issuer = Issuer::publishing(&[&ec, &ed]).await;
    let town = town(&issuer).await;
    let now = town.stack.clock.now();
    let good = ec.token(&claims(now));
    assert_eq!(told(&town, &good).await, "");
    let part = |nth: usize| good.split('.').nth(nth).unwrap();
    let of_another = ec.token(&with(now, "tenant", json!("bakery")));
    let of_another = of_another.split('.').nth(1).unwrap();
    // {"alg":"none","kid":"ec"}
    let none = "eyJhbGciOiJub25lIiwia2lkIjoiZWMifQ";
    // Signed with the public key as if it were a secret.
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
        (ec.token(&with(now, "aud", json!("other"))), "TOKEN_INVALID"),
        (
            ec.token(&with(now, "iss", json!("https://evil.example"))),
            "TOKEN_INVALID",
        ),
        (
            ec.token(&with(now, "nbf", json!(second + 60))),
            "TOKEN_INVALID",
        ),
        (
            ec.token(&with(now, "exp", json!(second - 31))),
            "TOKEN_EXPIRED",
        ),
        (ec.token(&with(now, "exp", json!("never"))), "TOKEN_INVALID"),
        (
            ec.token(&with(now, "tenant", json!("Acme"))),
            "TOKEN_INVALID",
        ),
        (
            ec.token(&with(now, "role", json!("owner"))),
            "TOKEN_INVALID",
        ),
        (ec.token(&json!([1])), "TOKEN_INVALID"),
    ] {
        assert_eq!(told(&town, &token).await, reason, "{token}");
    }
    town.stack.clock.advance(SignedDuration::from_secs(3631));
    assert_eq!(told(&town, &good).await, "TOKEN_EXPIRED");
}

#[tokio::test]
async fn keys_that_cannot_be_fetched_are_asked_for_again_and_the_last_ones_kept() {
    let pair = Pair::p256("ec");
    let issuer = Issuer::publishing(&[]).await;
    issuer.answer(ResponseTemplate::new(503)).await;
    let town = town(&issuer).await;
    let token = pair.token(&with(
        town.stack.clock.now(),
        "exp",
        json!(4_000_000_000_u32),
    ));
    for _ in 0..3 {
        assert_eq!(told(&town, &token).await, "TOKEN_KEYS_UNAVAILABLE");
    }
    assert_eq!(issuer.asked().await, 1);
    issuer.publish(&[&pair]).await;
    town.stack.clock.advance(SignedDuration::from_secs(30));
    assert_eq!(told(&town, &token).await, "");

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
        town.stack.clock.advance(SignedDuration::from_mins(10));
        assert_eq!(told(&town, &token).await, "");
        while issuer.asked().await == 0 {
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
        // Asked for a key that is not among those that were kept, it is told that this one is unknown.
        let unknown = Pair::p256("other").token(&claims(town.stack.clock.now()));
        assert_eq!(told(&town, &unknown).await, "TOKEN_INVALID");
        assert_eq!(told(&town, &token).await, "");
        assert_eq!(issuer.asked().await, 1);
    }
}

#[tokio::test]
async fn keys_change_and_made_up_key_ids_fetch_nothing() {
    let (old, new) = (Pair::p256("old"), Pair::p256("new"));
    let issuer = Issuer::publishing(&[&old]).await;
    let town = town(&issuer).await;
    let long = with(town.stack.clock.now(), "exp", json!(4_000_000_000_u32));
    assert_eq!(told(&town, &old.token(&long)).await, "");
    for _ in 0..20 {
        let made_up = Pair::p256("made up").token(&long);
        assert_eq!(told(&town, &made_up).await, "TOKEN_INVALID");
    }
    assert_eq!(issuer.asked().await, 1);

    issuer.publish(&[&old, &new]).await;
    town.stack.clock.advance(SignedDuration::from_secs(30));
    assert_eq!(
        told(&town, &new.token(&long)).await,
        "",
        "a new key is looked for"
    );
    assert_eq!(told(&town, &old.token(&long)).await, "");

    issuer.publish(&[&new.named("newest")]).await;
    town.stack.clock.advance(SignedDuration::from_mins(10));
    // The first call after that is answered by the keys as they were.
    told(&town, &old.token(&long)).await;
    while told(&town, &old.token(&long)).await.is_empty() {
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    assert_eq!(
        told(&town, &old.token(&long)).await,
        "TOKEN_INVALID",
        "an old key goes"
    );
}
