//! How many migrations a tenant may have.

use jiff::SignedDuration;
use tonic::Code;
use waba_migrator::proto::v1::{MigrateRequest, State};

use super::stack::{Stack, refusal, request};

/// After everything that was counted is counted again.
const LATER: SignedDuration = SignedDuration::from_secs(6);

/// Asks for one more and is refused by this quota.
async fn is_refused(stack: &Stack, number: &str, quota: &str, limit: &str) {
    let (code, reason, details) = refusal(stack.migrate_with(number, |_| {}).await);
    assert_eq!(code, Code::ResourceExhausted);
    assert_eq!(reason, "MIGRATION_QUOTA_REACHED");
    let info = details.error_info().unwrap();
    assert_eq!(
        (&*info.metadata["quota"], &*info.metadata["limit"]),
        (quota, limit)
    );
    assert_eq!(details.quota_failure().unwrap().violations.len(), 1);
    let delay = details.retry_info().unwrap().retry_delay.unwrap();
    assert!((1..60).contains(&delay.as_secs()), "{delay:?}");
}

async fn a_quota_is_reached_and_left(stack: &Stack) {
    let first = stack.migrate("+12025550190").await;
    assert_eq!(first.state(), State::WaitingForCode);
    let second = stack.migrate("+12025550191").await;
    is_refused(stack, "+12025550192", "live_migrations", "2").await;

    // What was accepted before is answered all the same, however often.
    for _ in 0..3 {
        let again = stack.migrate("+12025550191").await;
        assert_eq!(again.id, second.id);
    }
    let other = |request: &mut MigrateRequest| request.reference = "another".to_owned();
    let (_, reason, _) = refusal(stack.migrate_with("+12025550191", other).await);
    assert_eq!(reason, "REQUEST_ID_REUSED");

    // One that ends makes room, soon.
    stack.cancel(&first.id).await.unwrap();
    stack.clock.advance(LATER);
    let third = stack.migrate("+12025550192").await;
    is_refused(stack, "+12025550193", "live_migrations", "2").await;

    // Those that have ended are kept, and counted, too.
    stack.cancel(&third.id).await.unwrap();
    stack.clock.advance(LATER);
    let fourth = stack.migrate("+12025550193").await;
    stack.cancel(&fourth.id).await.unwrap();
    stack.clock.advance(LATER);
    is_refused(stack, "+12025550194", "kept_migrations", "4").await;
    let again = request("+12025550190");
    let again = stack.client.clone().migrate(again).await.unwrap();
    assert!(again.into_inner().already_existed);
}

const SETTINGS: [(&str, &str); 2] = [
    ("limits.live_migrations", "2"),
    ("limits.kept_migrations", "4"),
];

#[tokio::test]
async fn on_sqlite_a_quota_is_reached_and_left() {
    let stack = Stack::with(&SETTINGS).await;
    Box::pin(a_quota_is_reached_and_left(&stack)).await;
}

#[tokio::test]
async fn on_postgresql_a_quota_is_reached_and_left() {
    let stack = Stack::on_postgres(&SETTINGS).await;
    Box::pin(a_quota_is_reached_and_left(&stack)).await;
}

#[tokio::test]
async fn what_is_not_started_takes_no_place() {
    let stack = Stack::with(&SETTINGS).await;
    stack.migrate("+12025550190").await;
    // The number is busy, time after time.
    for n in 0..5 {
        let other = |request: &mut MigrateRequest| request.request_id = format!("other {n}");
        let (_, reason, _) = refusal(stack.migrate_with("+12025550190", other).await);
        assert_eq!(reason, "MIGRATION_IN_PROGRESS");
    }
    stack.migrate("+12025550191").await;
}
