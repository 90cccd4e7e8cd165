//! Meta's limits: calls become fewer near them, and never stop for good.

use jiff::SignedDuration;
use waba_migrator::proto::v1::{MigrateRequest, State};

use super::stack::Stack;

#[tokio::test]
async fn a_migration_gets_on_though_its_waba_stays_near_its_limit() {
    let stack = Stack::beside(&[], |sandbox| {
        sandbox.usage_headers_after = 0;
        sandbox.calls_an_hour = 1;
    })
    .await;
    let at_once = |request: &mut MigrateRequest| {
        request.wait = Some(prost_types::Duration::default());
    };
    let migration = stack.migrate_with("+12025550100", at_once).await.unwrap();
    stack
        .until(&migration.id, |found| {
            // A pause near the limit lasts a minute.
            stack.clock.advance(SignedDuration::from_secs(10));
            found.state() == State::WaitingForCode
        })
        .await;
}
