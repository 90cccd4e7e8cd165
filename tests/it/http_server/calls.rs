//! Calls whose clients disconnect before the response.

use std::time::Duration;

use tokio::time::timeout;
use waba_migrator::proto::v1::migration_service_client::MigrationServiceClient;
use waba_migrator::proto::v1::{ListMigrationsRequest, MigrateRequest, State};

use super::harness::PATIENCE;
use crate::support::service::{ServiceHarness, request};

#[tokio::test]
async fn a_client_that_disconnects_during_a_call_leaves_nothing_half_done() {
    // No lease expires within the time of this test.
    let stack = ServiceHarness::with(&[("engine.lease", "1h")]).await;
    let many = 40_u32;
    for n in 0..many {
        let request = MigrateRequest {
            // One WABA each, so that no limit of an account is reached.
            destination_waba_id: format!("30000000{n:04}"),
            source_waba_id: String::new(),
            ..request(&format!("+1303555{n:04}"))
        };
        // One connection each, too: a client that cancels many calls in a row looks like an attack.
        let url = stack.url().to_owned();
        let mut client = MigrationServiceClient::connect(url).await.unwrap();
        // At any time between the arrival of the call, its commit and its response; the last client
        // waits for the response.
        let patience = match n + 1 {
            last if last == many => PATIENCE,
            _ => Duration::from_micros(u64::from(n * n) * 50),
        };
        let _ = timeout(patience, client.migrate(request)).await;
    }
    let list = async || {
        let accepted = stack
            .client
            .clone()
            .list_migrations(ListMigrationsRequest {
                page_size: 100,
                ..Default::default()
            })
            .await;
        accepted.unwrap().into_inner().migrations
    };
    let accepted = list().await;
    assert!(!accepted.is_empty());
    for migration in accepted {
        let settled = stack.settled(&migration.id).await;
        assert_eq!(settled.state(), State::WaitingForCode);
    }
}
