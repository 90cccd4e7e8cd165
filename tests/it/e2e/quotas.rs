//! Quotas of migrations per tenant.

use jiff::SignedDuration;
use tonic::Code;
use waba_migrator::proto::v1::{MigrateRequest, State};

use crate::support::service::{ServiceHarness, refusal, request};

/// Longer than the counts are cached.
const LATER: SignedDuration = SignedDuration::from_secs(6);

/// A further migration is refused because of this quota.
async fn is_refused(service: &ServiceHarness, number: &str, quota: &str, limit: &str) {
    let (code, reason, details) = refusal(service.migrate_with(number, |_| {}).await);
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

async fn a_quota_is_reached_and_freed(service: &ServiceHarness) {
    let first = service.migrate("+12025550190").await;
    assert_eq!(first.state(), State::WaitingForCode);
    let second = service.migrate("+12025550191").await;
    is_refused(service, "+12025550192", "live_migrations", "2").await;

    // Repeated requests are answered as before.
    for _ in 0..3 {
        let again = service.migrate("+12025550191").await;
        assert_eq!(again.id, second.id);
    }
    let other = |request: &mut MigrateRequest| request.reference = "another".to_owned();
    let (_, reason, _) = refusal(service.migrate_with("+12025550191", other).await);
    assert_eq!(reason, "REQUEST_ID_REUSED");

    // An ended migration frees its slot.
    service.cancel(&first.id).await.unwrap();
    service.clock.advance(LATER);
    let third = service.migrate("+12025550192").await;
    is_refused(service, "+12025550193", "live_migrations", "2").await;

    // Ended migrations are kept, and count as well.
    service.cancel(&third.id).await.unwrap();
    service.clock.advance(LATER);
    let fourth = service.migrate("+12025550193").await;
    service.cancel(&fourth.id).await.unwrap();
    service.clock.advance(LATER);
    is_refused(service, "+12025550194", "kept_migrations", "4").await;
    let again = request("+12025550190");
    let again = service.client.clone().migrate(again).await.unwrap();
    assert!(again.into_inner().already_existed);
}

const SETTINGS: [(&str, &str); 2] = [
    ("limits.live_migrations", "2"),
    ("limits.kept_migrations", "4"),
];

#[tokio::test]
async fn on_sqlite_a_quota_is_reached_and_freed() {
    let service = ServiceHarness::with(&SETTINGS).await;
    Box::pin(a_quota_is_reached_and_freed(&service)).await;
}

#[tokio::test]
async fn on_postgresql_a_quota_is_reached_and_freed() {
    let service = ServiceHarness::on_postgres(&SETTINGS).await;
    Box::pin(a_quota_is_reached_and_freed(&service)).await;
}

#[tokio::test]
async fn refused_migrations_do_not_count() {
    let service = ServiceHarness::with(&SETTINGS).await;
    service.migrate("+12025550190").await;
    // The number has a live migration.
    for n in 0..5 {
        let other = |request: &mut MigrateRequest| request.request_id = format!("other {n}");
        let (_, reason, _) = refusal(service.migrate_with("+12025550190", other).await);
        assert_eq!(reason, "MIGRATION_IN_PROGRESS");
    }
    service.migrate("+12025550191").await;
}
