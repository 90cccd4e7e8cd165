//! Meta's limits: near them calls slow down, but do not stop.

use jiff::SignedDuration;
use waba_migrator::proto::v1::{MigrateRequest, State};

use crate::support::service::ServiceHarness;

#[tokio::test]
async fn a_migration_continues_while_its_waba_stays_near_its_limit() {
    let service = ServiceHarness::beside(&[], |sandbox| {
        sandbox.usage_headers_after = 0;
        sandbox.calls_an_hour = 1;
    })
    .await;
    let at_once = |request: &mut MigrateRequest| {
        request.wait = Some(prost_types::Duration::default());
    };
    let migration = service.migrate_with("+12025550100", at_once).await.unwrap();
    service
        .until(&migration.id, |found| {
            // A pause near the limit lasts a minute.
            service.clock.advance(SignedDuration::from_secs(10));
            found.state() == State::WaitingForCode
        })
        .await;
}
