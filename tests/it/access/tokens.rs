//! Tokens that are taken, and those that are not.

use jiff::{SignedDuration, Timestamp};
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde_json::{Value, json};
use tonic::{Code, Status};
use tonic_types::StatusExt as _;
use wiremock::ResponseTemplate;

use super::issuer::{AUDIENCE, ISSUER, Issuer, Pair, claims};
use super::raw::Answer;
use super::rpcs;
use super::town::{Kept, Town};

/// Key ids that the issuer never had.
const INVENTED: [&str; 8] = ["i1", "i2", "i3", "i4", "i5", "i6", "i7", "i8"];

/// A town that takes the issuer's tokens.
async fn town(issuer: &Issuer) -> Town {
    town_with(issuer, &[]).await
}

/// The same, with these settings besides.
async fn town_with(issuer: &Issuer, more: &[(&'static str, &str)]) -> Town {
    let url = issuer.url();
    let mut settings = vec![
        ("auth.jwt.issuer", ISSUER),
        ("auth.jwt.audience", AUDIENCE),
        ("auth.jwt.jwks_url", url.as_str()),
    ];
    settings.extend(more);
    Town::with(Kept::OnAFile, &settings).await
}

/// What a listing with this token is answered.
async fn answer(town: &Town, token: &str) -> Answer {
    let shown = ("authorization", format!("Bearer {token}"));
    let person = town.stranger(&[shown]);
    let answer = person
        .call("ListMigrations", rpcs::message("ListMigrations", ""))
        .await;
    assert!(!format!("{answer:?}").contains(token));
    answer
}

/// The reason that a listing with this token is refused with; nothing where it is not.
async fn told(town: &Town, token: &str) -> String {
    let answer = answer(town, token).await;
    match answer.code {
        Code::Ok => String::new(),
        _ => answer.reason(),
    }
}

/// When the caller may try again.
fn retry_after(answer: &Answer) -> Option<std::time::Duration> {
    let status = Status::with_details(answer.code, &answer.message, answer.details.clone().into());
    status.get_details_retry_info()?.retry_delay
}

/// The claims of a token that stays valid for as long as a test may advance the clock.
fn long_lived(town: &Town) -> Value {
    with(town.stack.clock.now(), "exp", json!(4_000_000_000_u32))
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
async fn keys_that_cannot_be_fetched_are_used_until_they_are_stale() {
    let pair = Pair::p256("ec");
    let issuer = Issuer::publishing(&[]).await;
    issuer.answer(ResponseTemplate::new(503)).await;
    let town = town(&issuer).await;
    let token = pair.token(&long_lived(&town));
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
        // Whether the issuer has a key that is not among those that were kept cannot be said.
        let unknown = Pair::p256("other").token(&claims(town.stack.clock.now()));
        assert_eq!(told(&town, &unknown).await, "TOKEN_KEYS_UNAVAILABLE");
        assert_eq!(told(&town, &token).await, "");
        assert_eq!(issuer.asked().await, 1);
    }

    // The keys are an hour old.
    town.stack.clock.advance(SignedDuration::from_mins(10));
    let refused = answer(&town, &token).await;
    assert_eq!(refused.code, Code::Unavailable);
    assert_eq!(refused.reason(), "TOKEN_KEYS_UNAVAILABLE");
    assert_eq!(
        retry_after(&refused),
        Some(std::time::Duration::from_secs(30))
    );
    issuer.publish(&[&pair]).await;
    assert_eq!(told(&town, &token).await, "TOKEN_KEYS_UNAVAILABLE");
    assert_eq!(issuer.asked().await, 0, "it is too early to fetch again");
    town.stack.clock.advance(SignedDuration::from_secs(30));
    assert_eq!(told(&town, &token).await, "");
}

#[tokio::test]
async fn a_key_that_its_issuer_withdrew_is_refused_once_the_keys_were_fetched_again() {
    let (old, new) = (Pair::p256("old"), Pair::p256("new"));
    let issuer = Issuer::publishing(&[&old]).await;
    let town = town(&issuer).await;
    let long = long_lived(&town);
    assert_eq!(told(&town, &old.token(&long)).await, "");

    issuer.publish(&[&old, &new]).await;
    assert_eq!(
        told(&town, &new.token(&long)).await,
        "",
        "a new key is fetched"
    );
    assert_eq!(told(&town, &old.token(&long)).await, "");
    assert_eq!(issuer.asked().await, 1);

    issuer.publish(&[&new]).await;
    town.stack.clock.advance(SignedDuration::from_mins(10));
    // The first call after that is answered by the keys as they were.
    assert_eq!(told(&town, &old.token(&long)).await, "");
    while told(&town, &old.token(&long)).await.is_empty() {
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    assert_eq!(told(&town, &old.token(&long)).await, "TOKEN_INVALID");
    assert_eq!(told(&town, &new.token(&long)).await, "");

    // Nobody called for a night, in which this key was withdrawn, too.
    issuer.publish(&[&old]).await;
    town.stack.clock.advance(SignedDuration::from_hours(8));
    assert_eq!(told(&town, &new.token(&long)).await, "TOKEN_INVALID");
    assert_eq!(told(&town, &old.token(&long)).await, "");
}

#[tokio::test]
async fn invented_key_ids_cause_few_fetches_and_do_not_make_a_new_key_invalid() {
    let (old, new) = (Pair::p256("old"), Pair::p256("new"));
    let issuer = Issuer::publishing(&[&old]).await;
    let town = town(&issuer).await;
    let long = long_lived(&town);
    assert_eq!(told(&town, &old.token(&long)).await, "");
    let before = issuer.asked().await;
    for _ in 0..20 {
        let invented = Pair::p256("invented").token(&long);
        assert_eq!(told(&town, &invented).await, "TOKEN_INVALID");
    }
    assert_eq!(issuer.asked().await, before + 1, "once for one id");
    for id in INVENTED {
        let answer = told(&town, &Pair::p256(id).token(&long)).await;
        assert!(
            ["TOKEN_INVALID", "TOKEN_KEYS_UNAVAILABLE"].contains(&answer.as_str()),
            "{answer}"
        );
    }
    assert_eq!(issuer.asked().await, 4, "and few for many");

    issuer.publish(&[&old, &new]).await;
    let early = answer(&town, &new.token(&long)).await;
    assert_eq!(early.code, Code::Unavailable);
    assert_eq!(early.reason(), "TOKEN_KEYS_UNAVAILABLE");
    let wait = retry_after(&early).expect("it says when to try again");
    assert_eq!(told(&town, &old.token(&long)).await, "");
    assert_eq!(issuer.asked().await, 0);
    town.stack
        .clock
        .advance(SignedDuration::try_from(wait).unwrap());
    // Whatever the fetch is for, it brings the new key.
    let invented = Pair::p256(INVENTED[0]).token(&long);
    assert_eq!(told(&town, &invented).await, "TOKEN_INVALID");
    assert_eq!(told(&town, &new.token(&long)).await, "");
    assert_eq!(issuer.asked().await, 1);
    // What no issuer would name a key is not fetched for.
    let endless = Pair::p256(Box::leak("x".repeat(300).into_boxed_str()));
    assert_eq!(told(&town, &endless.token(&long)).await, "TOKEN_INVALID");
    assert_eq!(issuer.asked().await, 1);
}

#[tokio::test]
async fn a_caller_that_disconnects_does_not_waste_the_fetch_of_others() {
    let pair = Pair::p256("ec");
    let issuer = Issuer::publishing(&[&pair]).await;
    let town = town(&issuer).await;
    let token = pair.token(&long_lived(&town));
    assert_eq!(told(&town, &token).await, "");
    town.stack.clock.advance(SignedDuration::from_hours(2));
    let keys = json!({ "keys": [pair.public()] });
    let slow = ResponseTemplate::new(200).set_body_json(keys);
    issuer
        .answer(slow.set_delay(std::time::Duration::from_millis(300)))
        .await;
    tokio::select! {
        answer = told(&town, &token) => panic!("answered before the keys were: {answer}"),
        () = async {
            while issuer.asked().await == 0 {
                tokio::time::sleep(std::time::Duration::from_millis(5)).await;
            }
        } => {}
    }
    assert_eq!(told(&town, &token).await, "");
    assert_eq!(issuer.asked().await, 1);
}

#[tokio::test]
async fn a_token_is_for_the_operators_own_tenant_only_where_that_is_configured() {
    let pair = Pair::p256("ec");
    let issuer = Issuer::publishing(&[&pair]).await;
    for (allowed, reason) in [("false", "TOKEN_INVALID"), ("true", "")] {
        let setting = ("auth.jwt.allow_default_tenant", allowed);
        let town = town_with(&issuer, &[setting]).await;
        let now = town.stack.clock.now();
        let own = pair.token(&with(now, "tenant", json!("default")));
        assert_eq!(told(&town, &own).await, reason);
        assert_eq!(told(&town, &pair.token(&claims(now))).await, "");
    }
}
