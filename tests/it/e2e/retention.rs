//! Retention: PINs and ended migrations are removed when their time is up, or on request.

use std::time::Duration;

use jiff::SignedDuration;
use tonic::{Code, Status};
use waba_migrator::proto::v1::{
    DeleteMigrationRequest, EventKind, ForgetNumberRequest, GetStatusRequest, GraphCall,
    MigrateRequest, Migration, RevealTwoStepPinRequest, State, WatchRequest,
};

use crate::support::raw;
use crate::support::service::{ServiceHarness, refusal, request};
use crate::support::wait::eventually;

const NUMBER: &str = "+12025550100";
const OTHER: &str = "+12025550190";
const DAY: SignedDuration = SignedDuration::from_hours(24);

/// Searches for expired data often.
const OFTEN: [(&str, &str); 1] = [("retention.interval", "50ms")];

impl ServiceHarness {
    /// Moves the number to its end.
    async fn moved(&self, number: &str) -> Migration {
        let waiting = self.migrate(number).await;
        let code = self.code(number).unwrap();
        let moved = self.submit(&waiting.id, &code).await.unwrap();
        assert_eq!(moved.state(), State::Succeeded);
        moved
    }

    async fn reveal(&self, id: &str) -> Result<String, Status> {
        let request = RevealTwoStepPinRequest {
            migration_id: id.to_owned(),
        };
        let answer = self.client.clone().reveal_two_step_pin(request).await?;
        Ok(answer.into_inner().two_step_pin)
    }

    pub async fn delete(&self, id: &str) -> Result<(), Status> {
        let request = DeleteMigrationRequest {
            migration_id: id.to_owned(),
        };
        self.client.clone().delete_migration(request).await?;
        Ok(())
    }

    async fn forget(&self, number: &str) -> Result<i32, Status> {
        let request = ForgetNumberRequest {
            phone_number: number.to_owned(),
        };
        let answer = self.client.clone().forget_number(request).await?;
        Ok(answer.into_inner().removed)
    }

    async fn read(&self, id: &str) -> Result<Migration, Status> {
        let request = GetStatusRequest {
            migration_id: id.to_owned(),
        };
        let answer = self.client.clone().get_status(request).await?;
        Ok(answer.into_inner().migration.unwrap())
    }

    /// Waits until the migration is removed.
    async fn gone(&self, id: &str) {
        eventually(async || self.read(id).await.is_err()).await;
        assert_is_removed(self.read(id).await);
    }

    /// The number's next migration, with a request id of its own.
    async fn next(&self, request_id: &str) -> Migration {
        let next = self.migrate_with(NUMBER, |it| it.request_id = request_id.to_owned());
        next.await.unwrap()
    }

    /// Number of limited calls in the store.
    async fn limited_calls(&self) -> i64 {
        raw::rows(&self.store_url(), "limited_calls").await
    }
}

/// Number of code requests that count in the budget.
fn requested(migration: &Migration) -> i32 {
    let mut budgets = migration.budgets.iter();
    let codes = budgets.find(|budget| budget.call() == GraphCall::RequestCode);
    codes.unwrap().used
}

fn assert_is_removed<T: std::fmt::Debug>(answer: Result<T, Status>) {
    let (code, reason, _) = refusal(answer);
    assert_eq!(
        (code, reason.as_str()),
        (Code::NotFound, "MIGRATION_NOT_FOUND")
    );
}

fn refused<T: std::fmt::Debug>(answer: Result<T, Status>) -> String {
    let (code, reason, _) = refusal(answer);
    assert_eq!(code, Code::FailedPrecondition);
    reason
}

/// An edited request with the id of the first one.
fn repeat(edit: impl FnOnce(&mut MigrateRequest)) -> MigrateRequest {
    let mut repeat = request(NUMBER);
    edit(&mut repeat);
    repeat
}

async fn a_pin_and_its_migration_are_removed_when_their_time_is_up(service: ServiceHarness) {
    let moved = service.moved(NUMBER).await;
    let live = service.migrate(OTHER).await;
    let pin = service.reveal(&moved.id).await.unwrap();
    service.clock.advance(29 * DAY);
    assert_eq!(service.reveal(&moved.id).await.unwrap(), pin);
    service.clock.advance(DAY);
    let last = moved.last_sequence + 3;
    let without = service
        .until(&moved.id, |it| it.last_sequence == last)
        .await;
    assert_eq!(without.state(), State::Succeeded);
    let history = service.history(&moved.id).await;
    let event = history.last().unwrap();
    assert_eq!(event.kind(), EventKind::TwoStepPinRemoved);
    assert_eq!(event.principal, "", "the service removed it");
    assert_eq!(
        refused(service.reveal(&moved.id).await),
        "TWO_STEP_PIN_REMOVED"
    );

    service.clock.advance(60 * DAY);
    service.gone(&moved.id).await;
    // It expired more recently.
    assert_eq!(
        service.read(&live.id).await.unwrap().state(),
        State::Expired
    );
    let attempted = service.attempted(NUMBER);
    for again in [
        repeat(|_| {}),
        repeat(|it| it.reference = "different".to_owned()),
        // Invalid if it were new.
        repeat(|it| {
            let past = prost_types::Timestamp {
                seconds: 1_700_000_000,
                nanos: 0,
            };
            let when = waba_migrator::proto::v1::cutover::When::NotBefore(past);
            it.cutover = Some(waba_migrator::proto::v1::Cutover { when: Some(when) });
        }),
    ] {
        let answer = service.client.clone().migrate(again).await;
        assert_eq!(refused(answer), "MIGRATION_REMOVED");
    }
    assert_eq!(
        service.attempted(NUMBER),
        attempted,
        "no second migration started"
    );
    service.clock.advance(366 * DAY);
    let again = service.client.clone().migrate(request(NUMBER)).await;
    assert!(!again.unwrap().into_inner().already_existed);
}

#[tokio::test]
async fn a_pin_and_its_migration_are_removed_when_their_time_is_up_on_a_file() {
    a_pin_and_its_migration_are_removed_when_their_time_is_up(ServiceHarness::with(&OFTEN).await)
        .await;
}

#[tokio::test]
async fn a_pin_and_its_migration_are_removed_when_their_time_is_up_on_a_server() {
    a_pin_and_its_migration_are_removed_when_their_time_is_up(
        ServiceHarness::on_postgres(&OFTEN).await,
    )
    .await;
}

#[tokio::test]
async fn with_unlimited_retention_nothing_is_removed() {
    let never = [
        ("retention.migrations", "never"),
        ("retention.pins", "never"),
        OFTEN[0],
    ];
    let service = ServiceHarness::with(&never).await;
    let moved = service.moved(NUMBER).await;
    let pin = service.reveal(&moved.id).await.unwrap();
    service.clock.advance(1000 * DAY);
    // Several searches.
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(service.reveal(&moved.id).await.unwrap(), pin);
}

#[tokio::test]
async fn a_pin_is_removed_with_its_migration() {
    let service = ServiceHarness::with(&[("retention.migrations", "3d"), OFTEN[0]]).await;
    let moved = service.moved(NUMBER).await;
    service.clock.advance(3 * DAY);
    service.gone(&moved.id).await;
}

/// The interval of searches is the retention time, although `retention.interval` is ten minutes.
async fn a_retention_of_a_second_removes_migrations_and_later_their_calls(service: ServiceHarness) {
    let first = service.migrate(NUMBER).await;
    service.cancel(&first.id).await.unwrap();
    service.clock.advance(SignedDuration::from_secs(1));
    service.gone(&first.id).await;
    assert_ne!(service.limited_calls().await, 0);
    let next = service.next("the next").await;
    assert_eq!(requested(&next), 2, "the removed one counts");
    service.cancel(&next.id).await.unwrap();
    service.clock.advance(3 * DAY);
    service.gone(&next.id).await;
    eventually(async || service.limited_calls().await == 0).await;
    assert_eq!(requested(&service.next("the last").await), 1);
}

const A_SECOND: [(&str, &str); 2] = [("retention.migrations", "1s"), ("retention.pins", "1s")];

#[tokio::test]
async fn a_retention_of_a_second_removes_migrations_and_later_their_calls_on_a_file() {
    let service = ServiceHarness::with(&A_SECOND).await;
    a_retention_of_a_second_removes_migrations_and_later_their_calls(service).await;
}

#[tokio::test]
async fn a_retention_of_a_second_removes_migrations_and_later_their_calls_on_a_server() {
    let service = ServiceHarness::on_postgres(&A_SECOND).await;
    a_retention_of_a_second_removes_migrations_and_later_their_calls(service).await;
}

async fn a_migration_is_removed_right_after_its_end_and_its_calls_still_count(
    service: ServiceHarness,
) {
    let live = service.migrate(NUMBER).await;
    assert_eq!(
        refused(service.delete(&live.id).await),
        "MIGRATION_NOT_ENDED"
    );
    service.cancel(&live.id).await.unwrap();
    service.delete(&live.id).await.unwrap();
    assert_is_removed(service.read(&live.id).await);
    assert_is_removed(service.delete(&live.id).await);
    let watch = WatchRequest {
        migration_id: live.id.clone(),
        after_sequence: 0,
    };
    let watched = match service.client.clone().watch(watch).await {
        Ok(stream) => stream.into_inner().message().await.map(drop),
        Err(status) => Err(status),
    };
    assert_is_removed(watched);
    let repeat = service.client.clone().migrate(request(NUMBER)).await;
    assert_eq!(refused(repeat), "MIGRATION_REMOVED");

    let next = service.next("the next").await;
    assert_eq!(requested(&next), 2, "the removed one counts");
    service.cancel(&next.id).await.unwrap();
    assert_eq!(service.forget(NUMBER).await.unwrap(), 1);
    assert_is_removed(service.read(&next.id).await);
    assert_eq!(requested(&service.next("the third").await), 3);
}

#[tokio::test]
async fn a_migration_is_removed_right_after_its_end_and_its_calls_still_count_on_a_file() {
    a_migration_is_removed_right_after_its_end_and_its_calls_still_count(
        ServiceHarness::start().await,
    )
    .await;
}

#[tokio::test]
async fn a_migration_is_removed_right_after_its_end_and_its_calls_still_count_on_a_server() {
    let service = ServiceHarness::on_postgres(&[]).await;
    a_migration_is_removed_right_after_its_end_and_its_calls_still_count(service).await;
}

async fn all_migrations_of_a_number_are_forgotten_or_none(service: ServiceHarness) {
    let first = service.migrate(NUMBER).await;
    service.cancel(&first.id).await.unwrap();
    let other = service.moved(OTHER).await;
    let live = service.next("the next").await;
    let (_, reason, details) = refusal(service.forget(NUMBER).await);
    assert_eq!(reason, "MIGRATION_NOT_ENDED");
    assert_eq!(
        details.error_info().unwrap().metadata["migration_id"],
        live.id
    );
    assert!(service.read(&first.id).await.is_ok(), "nothing was removed");
    service.cancel(&live.id).await.unwrap();
    assert_eq!(service.forget("+1 (202) 555-0100").await.unwrap(), 2);
    for removed in [&first.id, &live.id] {
        assert_is_removed(service.read(removed).await);
    }
    assert!(service.read(&other.id).await.is_ok());
    assert_eq!(service.forget(NUMBER).await.unwrap(), 0);
    let (code, ..) = refusal(service.forget("no number").await);
    assert_eq!(code, Code::InvalidArgument);
}

#[tokio::test]
async fn all_migrations_of_a_number_are_forgotten_or_none_on_a_file() {
    all_migrations_of_a_number_are_forgotten_or_none(ServiceHarness::start().await).await;
}

#[tokio::test]
async fn all_migrations_of_a_number_are_forgotten_or_none_on_a_server() {
    all_migrations_of_a_number_are_forgotten_or_none(ServiceHarness::on_postgres(&[]).await).await;
}

#[tokio::test]
async fn migrations_that_expired_during_an_outage_are_removed_after_the_next_start() {
    let mut service = ServiceHarness::with(&OFTEN).await;
    let mut ids = Vec::new();
    for last in 187..197 {
        let canceled = service.migrate(&format!("+12025550{last}")).await;
        service.cancel(&canceled.id).await.unwrap();
        ids.push(canceled.id);
    }
    service.crash().await;
    service.clock.advance(91 * DAY);
    service.restart().await;
    for id in &ids {
        service.gone(id).await;
    }
}
