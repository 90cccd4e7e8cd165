//! Streams whose callers are admitted no more.

use std::time::Duration;

use jiff::SignedDuration;
use serde_json::Value;
use tokio::task::JoinSet;
use tokio::time::timeout;
use tonic::Code;
use waba_migrator::proto::v1::MigrateResponse;
use waba_migrator::store::Directory as _;
use waba_migrator::tenancy::Role;

use super::issuer::{AUDIENCE, ISSUER, Issuer, Pair, claims};
use super::raw::Answer;
use super::rpcs;
use super::town::{Kept, Person, Town, bearer};
use crate::e2e::stack::request;
use crate::support::migrations::tenant;

/// Longer than a withdrawal may take to be noticed.
const PATIENCE: Duration = Duration::from_secs(20);

/// Starts a migration, which then waits for its code.
async fn started(person: &Person, number: &str) -> String {
    let started: MigrateResponse = person.ask("Migrate", &request(number)).await;
    started.migration.unwrap().id
}

/// All that a watch answers, once it has ended.
fn watch(watches: &mut JoinSet<Answer>, person: &Person, id: &str) {
    let (person, message) = (person.clone(), rpcs::message("Watch", id));
    watches.spawn(async move { person.call("Watch", message).await });
}

/// How the only watch that has ended did so.
async fn ended(watches: &mut JoinSet<Answer>) -> (Code, String) {
    let answer = timeout(PATIENCE, watches.join_next()).await;
    let answer = answer.expect("no stream has ended").unwrap().unwrap();
    assert!(!answer.messages.is_empty(), "it had begun: {answer:?}");
    (answer.code, answer.reason())
}

/// The status in which a watch over REST ends.
#[expect(
    clippy::disallowed_methods,
    reason = "it is not Meta that is called here"
)]
async fn ended_over_rest(url: String, authorization: String) -> Value {
    let client = reqwest::Client::new();
    let request = client.get(url).header("authorization", authorization);
    let text = request.send().await.unwrap().text().await.unwrap();
    let (_, status) = text.rsplit_once("event: status\ndata: ").unwrap();
    serde_json::from_str(status.lines().next().unwrap()).unwrap()
}

async fn streams_end_when_their_callers_are_admitted_no_more(kept: Kept) {
    let settings = [("auth.api_keys", "true"), ("auth.believed_for", "100ms")];
    let town = Town::with(kept, &settings).await;
    let (acme, bakery) = (
        town.person("acme", Role::Migrator, 1).await,
        town.person("bakery", Role::Migrator, 2).await,
    );
    let reader = town.person("acme", Role::Reader, 3).await;
    let (id, theirs) = (
        started(&acme, "+12025550100").await,
        started(&bakery, "+12025550101").await,
    );
    let mut watches = JoinSet::new();
    watch(&mut watches, &acme, &id);
    watch(&mut watches, &reader, &id);
    watch(&mut watches, &bakery, &theirs);
    let url = format!("{}/v1/migrations/{id}/watch", town.stack.service.url);
    let mut over_rest = JoinSet::new();
    over_rest.spawn(ended_over_rest(url, bearer(3).1));

    let (now, key) = (town.stack.clock.now(), tenant("acme"));
    let key = town.store.keys(&key).await.unwrap().into_iter();
    let key = key
        .into_iter()
        .find(|key| key.role == Role::Reader)
        .unwrap();
    town.store
        .revoke_key(&key.tenant, key.id, now)
        .await
        .unwrap();
    let revoked = (Code::Unauthenticated, "API_KEY_REVOKED".to_owned());
    assert_eq!(ended(&mut watches).await, revoked);
    let over_rest = timeout(PATIENCE, over_rest.join_next()).await.unwrap();
    let status = over_rest.unwrap().unwrap();
    assert_eq!(status["error"]["status"], "UNAUTHENTICATED");
    assert_eq!(status["error"]["details"][0]["reason"], "API_KEY_REVOKED");

    town.tenant("acme", |acme| acme.disabled_at = Some(now))
        .await;
    let disabled = (Code::PermissionDenied, "TENANT_DISABLED".to_owned());
    assert_eq!(ended(&mut watches).await, disabled);
    // The others' go on.
    let longer = timeout(Duration::from_millis(1500), watches.join_next()).await;
    assert!(longer.is_err(), "{longer:?}");
}

#[tokio::test]
async fn streams_end_when_their_callers_are_admitted_no_more_on_a_file() {
    streams_end_when_their_callers_are_admitted_no_more(Kept::OnAFile).await;
}

#[tokio::test]
async fn streams_end_when_their_callers_are_admitted_no_more_on_a_server() {
    streams_end_when_their_callers_are_admitted_no_more(Kept::OnAServer).await;
}

#[tokio::test]
async fn a_stream_ends_with_the_token_that_began_it() {
    let pair = Pair::p256("ec");
    let issuer = Issuer::publishing(&[&pair]).await;
    let url = issuer.url();
    let settings = [
        ("auth.jwt.issuer", ISSUER),
        ("auth.jwt.audience", AUDIENCE),
        ("auth.jwt.jwks_url", url.as_str()),
        ("auth.believed_for", "100ms"),
    ];
    let town = Town::with(Kept::OnAFile, &settings).await;
    let now = town.stack.clock.now();
    let person = |claims: &Value| {
        let shown = format!("Bearer {}", pair.token(claims));
        town.stranger(&[("authorization", shown)])
    };
    let mut longer = claims(now);
    longer["exp"] = (now.as_second() + 24 * 3600).into();
    let (short, long) = (person(&claims(now)), person(&longer));
    let id = started(&long, "+12025550100").await;
    let mut watches = JoinSet::new();
    watch(&mut watches, &short, &id);
    watch(&mut watches, &long, &id);
    // The leeway is not over yet.
    town.stack.clock.advance(SignedDuration::from_secs(3600));
    let early = timeout(Duration::from_millis(1500), watches.join_next()).await;
    assert!(early.is_err(), "{early:?}");
    town.stack.clock.advance(SignedDuration::from_secs(31));
    let expired = (Code::Unauthenticated, "TOKEN_EXPIRED".to_owned());
    assert_eq!(ended(&mut watches).await, expired);
    assert!(watches.try_join_next().is_none());
}
