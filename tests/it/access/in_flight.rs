//! Limits on concurrent calls and streams of a tenant.

use std::time::Duration;

use domain::tenancy::Role;
use futures_util::future::join_all;
use tokio::time::timeout;
use tonic::metadata::MetadataValue;
use tonic::transport::{Channel, Endpoint};
use tonic::{Code, Request, Status, Streaming};
use tonic_types::StatusExt as _;
use waba_migrator::proto::v1::migration_service_client::MigrationServiceClient;
use waba_migrator::proto::v1::{MigrateResponse, WatchRequest, WatchResponse};

use super::harness::{AccessHarness, StoreKind, bearer};
use super::rpcs;
use crate::support::service::request;

const WATCHES: usize = 10_000;
/// Streams per connection: the default of `server.max_streams`.
const STREAMS: usize = 200;
/// The default of `limits.watches_in_flight`.
const LIMIT: usize = 1024;
const PATIENCE: Duration = Duration::from_mins(1);

type Client = MigrationServiceClient<Channel>;

/// Opens a watch with the `n`th key.
async fn watch(mut client: Client, n: u8, id: &str) -> Result<Streaming<WatchResponse>, Status> {
    let mut request = Request::new(WatchRequest {
        migration_id: id.to_owned(),
        after_sequence: 1_000_000,
    });
    let value: MetadataValue<_> = bearer(n).1.parse().unwrap();
    request.metadata_mut().insert("authorization", value);
    client.watch(request).await.map(tonic::Response::into_inner)
}

#[track_caller]
fn assert_refused(status: &Status) {
    let details = status.get_error_details();
    let info = details.error_info().unwrap();
    assert_eq!(
        (status.code(), info.reason.as_str()),
        (Code::ResourceExhausted, "TOO_MANY_IN_FLIGHT")
    );
    assert_eq!(info.metadata["watches_in_flight"], LIMIT.to_string());
    assert!(status.message().contains("limits.watches_in_flight"));
    assert!(details.retry_info().unwrap().retry_delay.is_some());
    assert_eq!(details.quota_failure().unwrap().violations.len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_thousand_watches_of_one_key_stop_at_its_tenants_limit_and_other_tenants_are_served() {
    let settings = [
        ("auth.api_keys", "true"),
        // The watches arrive at once, so the rate limit must not interfere.
        ("limits.requests_per_second", "100000"),
        ("limits.burst", "100000"),
    ];
    let harness = AccessHarness::with(StoreKind::Sqlite, &settings).await;
    let (acme, bakery) = (
        harness.caller("acme", Role::Migrator, 1).await,
        harness.caller("bakery", Role::Migrator, 2).await,
    );
    harness.key("acme", Role::Reader, 3).await;
    let started: MigrateResponse = acme.ask("Migrate", &request("+12025550100")).await;
    let id = started.migration.unwrap().id;
    let endpoint = Endpoint::from_shared(harness.service.url().to_owned()).unwrap();
    let mut clients = Vec::new();
    for _ in 0..WATCHES / STREAMS {
        let channel = endpoint.connect().await.unwrap();
        clients.push(MigrationServiceClient::new(channel));
    }
    let each = clients
        .iter()
        .flat_map(|it| std::iter::repeat_n(it, STREAMS));
    let opened = join_all(each.map(|client| watch(client.clone(), 3, &id))).await;
    // All streams of the last connection were refused, so it has room for others.
    let client = clients.last().unwrap();
    let (admitted, refused): (Vec<_>, Vec<_>) = opened.into_iter().partition(Result::is_ok);
    for refused in refused {
        assert_refused(&refused.unwrap_err());
    }
    assert_eq!(admitted.len(), LIMIT);
    // Calls and streams are counted separately, and so is each tenant.
    for caller in [&acme, &bakery] {
        let answer = caller.call("ListMigrations", rpcs::message("ListMigrations", ""));
        let answer = timeout(PATIENCE, answer).await.unwrap();
        assert_eq!(answer.code, Code::Ok);
    }
    // Another key of the same tenant shares its limit.
    assert_refused(&watch(client.clone(), 1, &id).await.unwrap_err());
    drop(admitted);
    let again = async {
        while watch(client.clone(), 1, &id).await.is_err() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    timeout(PATIENCE, again)
        .await
        .expect("ended streams are still counted");
}
