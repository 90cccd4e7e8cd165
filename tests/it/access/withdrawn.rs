//! Streams whose callers lose access.

use std::time::Duration;

use domain::tenancy::Role;
use jiff::SignedDuration;
use serde_json::Value;
use tokio::task::JoinSet;
use tokio::time::timeout;
use tonic::{Code, Request, Status};
use tonic_types::StatusExt as _;
use waba_migrator::proto::v1::migration_service_client::MigrationServiceClient;
use waba_migrator::proto::v1::{MigrateResponse, WatchRequest};
use waba_migrator::store::Directory as _;

use super::harness::{AccessHarness, Caller, StoreKind, bearer};
use super::issuer::{AUDIENCE, ISSUER, Issuer, Pair, claims};
use crate::support::service::request;

/// Longer than the detection of a withdrawal may take.
const PATIENCE: Duration = Duration::from_secs(20);

/// Starts a migration that then waits for its code.
async fn started(caller: &Caller, number: &str) -> String {
    let started: MigrateResponse = caller.ask("Migrate", &request(number)).await;
    started.migration.unwrap().id
}

/// Begins a watch and reads it to its end in the background.
async fn watch(
    watches: &mut JoinSet<Status>,
    harness: &AccessHarness,
    authorization: &str,
    id: &str,
) {
    let mut request = Request::new(WatchRequest {
        migration_id: id.to_owned(),
        after_sequence: 0,
    });
    let value = authorization.parse().unwrap();
    request.metadata_mut().insert("authorization", value);
    let mut client = MigrationServiceClient::new(harness.transport.clone());
    let mut stream = client.watch(request).await.unwrap().into_inner();
    stream.message().await.unwrap().unwrap();
    watches.spawn(async move {
        loop {
            match stream.message().await {
                Ok(Some(_)) => {}
                Ok(None) => return Status::ok("the migration has ended"),
                Err(status) => return status,
            }
        }
    });
}

/// The status with which the next watch ends.
async fn ended(watches: &mut JoinSet<Status>) -> (Code, String) {
    let status = timeout(PATIENCE, watches.join_next()).await;
    let status = status.expect("no stream has ended").unwrap().unwrap();
    let info = status.get_details_error_info();
    let reason = info.unwrap_or_else(|| panic!("{status:?}")).reason;
    (status.code(), reason)
}

/// The same over REST.
#[expect(clippy::disallowed_methods, reason = "calls the service, not Meta")]
async fn watch_over_rest(
    watches: &mut JoinSet<Value>,
    harness: &AccessHarness,
    authorization: &str,
    id: &str,
) {
    let url = format!("{}/v1/migrations/{id}/watch", harness.service.url());
    let request = reqwest::Client::new()
        .get(url)
        .header("authorization", authorization);
    let mut response = request.send().await.unwrap();
    response.chunk().await.unwrap().unwrap();
    watches.spawn(async move {
        let text = response.text().await.unwrap();
        let (_, status) = text.rsplit_once("event: status\ndata: ").unwrap();
        serde_json::from_str(status.lines().next().unwrap()).unwrap()
    });
}

async fn streams_end_when_their_callers_lose_access(kind: StoreKind) {
    let settings = [("auth.api_keys", "true"), ("auth.cache_ttl", "100ms")];
    let harness = AccessHarness::with(kind, &settings).await;
    let (acme, bakery) = (
        harness.caller("acme", Role::Migrator, 1).await,
        harness.caller("bakery", Role::Migrator, 2).await,
    );
    let reader = harness.key("acme", Role::Reader, 3).await;
    let (id, theirs) = (
        started(&acme, "+12025550100").await,
        started(&bakery, "+12025550200").await,
    );
    let mut watches = JoinSet::new();
    watch(&mut watches, &harness, &bearer(1).1, &id).await;
    watch(&mut watches, &harness, &bearer(2).1, &theirs).await;
    watch(&mut watches, &harness, &bearer(3).1, &id).await;
    let mut over_rest = JoinSet::new();
    watch_over_rest(&mut over_rest, &harness, &bearer(3).1, &id).await;

    let now = harness.service.clock.now();
    let revoked = harness.store.revoke_key(&reader.tenant, reader.id, now);
    revoked.await.unwrap();
    let revoked = (Code::Unauthenticated, "API_KEY_REVOKED".to_owned());
    assert_eq!(ended(&mut watches).await, revoked);
    let over_rest = timeout(PATIENCE, over_rest.join_next()).await.unwrap();
    let status = over_rest.unwrap().unwrap();
    assert_eq!(status["error"]["status"], "UNAUTHENTICATED");
    assert_eq!(status["error"]["details"][0]["reason"], "API_KEY_REVOKED");

    harness
        .tenant("acme", |acme| acme.disabled_at = Some(now))
        .await;
    let disabled = (Code::PermissionDenied, "TENANT_DISABLED".to_owned());
    assert_eq!(ended(&mut watches).await, disabled);
    // Streams of other tenants continue.
    let longer = timeout(Duration::from_millis(1500), watches.join_next()).await;
    assert!(longer.is_err(), "{longer:?}");
}

#[tokio::test]
async fn streams_end_when_their_callers_lose_access_on_sqlite() {
    streams_end_when_their_callers_lose_access(StoreKind::Sqlite).await;
}

#[tokio::test]
async fn streams_end_when_their_callers_lose_access_on_postgresql() {
    streams_end_when_their_callers_lose_access(StoreKind::Postgres).await;
}

#[tokio::test]
async fn a_stream_ends_when_its_token_expires() {
    let pair = Pair::p256("ec");
    let issuer = Issuer::publishing(&[&pair]).await;
    let url = issuer.url();
    let settings = [
        ("auth.jwt.issuer", ISSUER),
        ("auth.jwt.audience", AUDIENCE),
        ("auth.jwt.jwks_url", url.as_str()),
        ("auth.cache_ttl", "100ms"),
    ];
    let harness = AccessHarness::with(StoreKind::Sqlite, &settings).await;
    let now = harness.service.clock.now();
    let mut longer = claims(now);
    longer["exp"] = (now.as_second() + 24 * 3600).into();
    let headers = [claims(now), longer].map(|it| format!("Bearer {}", pair.token(&it)));
    let caller = harness.with_headers(&[("authorization", headers[0].clone())]);
    let id = started(&caller, "+12025550100").await;
    let mut watches = JoinSet::new();
    for header in &headers {
        watch(&mut watches, &harness, header, &id).await;
    }
    // Within the leeway.
    harness
        .service
        .clock
        .advance(SignedDuration::from_secs(3600));
    let early = timeout(Duration::from_millis(1500), watches.join_next()).await;
    assert!(early.is_err(), "{early:?}");
    harness.service.clock.advance(SignedDuration::from_secs(31));
    let expired = (Code::Unauthenticated, "TOKEN_EXPIRED".to_owned());
    assert_eq!(ended(&mut watches).await, expired);
    assert!(watches.try_join_next().is_none());
}
