//! What becomes of ended migrations: their PINs and they themselves go when their time is up, or sooner where a caller asks.

use std::time::Duration;

use jiff::SignedDuration;
use tonic::{Code, Status};
use waba_migrator::proto::v1::{
    DeleteMigrationRequest, EventKind, ForgetNumberRequest, GetStatusRequest, GraphCall,
    MigrateRequest, Migration, RevealTwoStepPinRequest, State, WatchRequest,
};

use super::stack::{Stack, refusal, request};
use crate::support::raw;

const NUMBER: &str = "+12025550100";
const OTHER: &str = "+12025550190";
const DAY: SignedDuration = SignedDuration::from_hours(24);

/// A service that looks often.
const OFTEN: [(&str, &str); 1] = [("retention.interval", "50ms")];

impl Stack {
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

    async fn looked_at(&self, id: &str) -> Result<Migration, Status> {
        let request = GetStatusRequest {
            migration_id: id.to_owned(),
        };
        let answer = self.client.clone().get_status(request).await?;
        Ok(answer.into_inner().migration.unwrap())
    }

    /// Waits until the migration is not there.
    async fn gone(&self, id: &str) {
        wait_until(async || self.looked_at(id).await.is_err()).await;
        assert_is_gone(self.looked_at(id).await);
    }

    /// The number's next migration, with a request id of its own.
    async fn next(&self, request_id: &str) -> Migration {
        let next = self.migrate_with(NUMBER, |it| it.request_id = request_id.to_owned());
        next.await.unwrap()
    }

    /// How many calls of removed migrations are kept.
    async fn removed_calls(&self) -> i64 {
        raw::rows(&self.store_url(), "removed_calls").await
    }
}

async fn wait_until(holds: impl AsyncFn() -> bool) {
    let held = async {
        while !holds().await {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    let patience = Duration::from_secs(30);
    tokio::time::timeout(patience, held).await.unwrap();
}

/// How many codes were requested of those that Meta counts.
fn requested(migration: &Migration) -> i32 {
    let mut budgets = migration.budgets.iter();
    let codes = budgets.find(|budget| budget.call() == GraphCall::RequestCode);
    codes.unwrap().used
}

fn assert_is_gone<T: std::fmt::Debug>(answer: Result<T, Status>) {
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

/// A request with the id of one that was made long ago.
fn repeat(edit: impl FnOnce(&mut MigrateRequest)) -> MigrateRequest {
    let mut repeat = request(NUMBER);
    edit(&mut repeat);
    repeat
}

async fn a_pin_and_its_migration_go_when_their_time_is_up(stack: Stack) {
    let moved = stack.moved(NUMBER).await;
    let live = stack.migrate(OTHER).await;
    let pin = stack.reveal(&moved.id).await.unwrap();
    stack.clock.advance(29 * DAY);
    assert_eq!(stack.reveal(&moved.id).await.unwrap(), pin);
    stack.clock.advance(DAY);
    let last = moved.last_sequence + 3;
    let without = stack.until(&moved.id, |it| it.last_sequence == last).await;
    assert_eq!(without.state(), State::Succeeded);
    let history = stack.history(&moved.id).await;
    let event = history.last().unwrap();
    assert_eq!(event.kind(), EventKind::TwoStepPinRemoved);
    assert_eq!(event.principal, "", "the service did it by itself");
    assert_eq!(
        refused(stack.reveal(&moved.id).await),
        "TWO_STEP_PIN_REMOVED"
    );

    stack.clock.advance(60 * DAY);
    stack.gone(&moved.id).await;
    // It had expired by itself, not so long ago.
    assert_eq!(
        stack.looked_at(&live.id).await.unwrap().state(),
        State::Expired
    );
    let attempted = stack.attempted(NUMBER);
    for again in [
        repeat(|_| {}),
        repeat(|it| it.reference = "in other words".to_owned()),
        // Wrong if it were new.
        repeat(|it| {
            let past = prost_types::Timestamp {
                seconds: 1_700_000_000,
                nanos: 0,
            };
            let when = waba_migrator::proto::v1::cutover::When::NotBefore(past);
            it.cutover = Some(waba_migrator::proto::v1::Cutover { when: Some(when) });
        }),
    ] {
        let answer = stack.client.clone().migrate(again).await;
        assert_eq!(refused(answer), "MIGRATION_REMOVED");
    }
    assert_eq!(stack.attempted(NUMBER), attempted, "no second move began");
    stack.clock.advance(366 * DAY);
    let again = stack.client.clone().migrate(request(NUMBER)).await;
    assert!(!again.unwrap().into_inner().already_existed);
}

#[tokio::test]
async fn a_pin_and_its_migration_go_when_their_time_is_up_on_a_file() {
    a_pin_and_its_migration_go_when_their_time_is_up(Stack::with(&OFTEN).await).await;
}

#[tokio::test]
async fn a_pin_and_its_migration_go_when_their_time_is_up_on_a_server() {
    a_pin_and_its_migration_go_when_their_time_is_up(Stack::on_postgres(&OFTEN).await).await;
}

#[tokio::test]
async fn what_is_to_stay_for_ever_stays() {
    let never = [
        ("retention.migrations", "never"),
        ("retention.pins", "never"),
        OFTEN[0],
    ];
    let stack = Stack::with(&never).await;
    let moved = stack.moved(NUMBER).await;
    let pin = stack.reveal(&moved.id).await.unwrap();
    stack.clock.advance(1000 * DAY);
    // Several looks.
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(stack.reveal(&moved.id).await.unwrap(), pin);
}

#[tokio::test]
async fn a_pin_that_would_outlast_its_migration_goes_with_it() {
    let stack = Stack::with(&[("retention.migrations", "3d"), OFTEN[0]]).await;
    let moved = stack.moved(NUMBER).await;
    stack.clock.advance(3 * DAY);
    stack.gone(&moved.id).await;
}

/// The searches are as far apart as the retention is long, although `retention.interval` is ten minutes.
async fn what_stays_for_a_second_is_removed_and_its_calls_when_they_do_not_count(stack: Stack) {
    let first = stack.migrate(NUMBER).await;
    stack.cancel(&first.id).await.unwrap();
    stack.clock.advance(SignedDuration::from_secs(1));
    stack.gone(&first.id).await;
    assert_ne!(stack.removed_calls().await, 0);
    let next = stack.next("the next").await;
    assert_eq!(requested(&next), 2, "the one that was removed counts");
    stack.cancel(&next.id).await.unwrap();
    stack.clock.advance(3 * DAY);
    stack.gone(&next.id).await;
    wait_until(async || stack.removed_calls().await == 0).await;
    assert_eq!(requested(&stack.next("the last").await), 1);
}

const A_SECOND: [(&str, &str); 2] = [("retention.migrations", "1s"), ("retention.pins", "1s")];

#[tokio::test]
async fn what_stays_for_a_second_is_removed_and_its_calls_when_they_do_not_count_on_a_file() {
    let stack = Stack::with(&A_SECOND).await;
    what_stays_for_a_second_is_removed_and_its_calls_when_they_do_not_count(stack).await;
}

#[tokio::test]
async fn what_stays_for_a_second_is_removed_and_its_calls_when_they_do_not_count_on_a_server() {
    let stack = Stack::on_postgres(&A_SECOND).await;
    what_stays_for_a_second_is_removed_and_its_calls_when_they_do_not_count(stack).await;
}

async fn a_migration_is_removed_right_after_its_end_and_its_calls_still_count(stack: Stack) {
    let live = stack.migrate(NUMBER).await;
    assert_eq!(refused(stack.delete(&live.id).await), "MIGRATION_NOT_ENDED");
    stack.cancel(&live.id).await.unwrap();
    stack.delete(&live.id).await.unwrap();
    assert_is_gone(stack.looked_at(&live.id).await);
    assert_is_gone(stack.delete(&live.id).await);
    let watch = WatchRequest {
        migration_id: live.id.clone(),
        after_sequence: 0,
    };
    let watched = match stack.client.clone().watch(watch).await {
        Ok(stream) => stream.into_inner().message().await.map(drop),
        Err(status) => Err(status),
    };
    assert_is_gone(watched);
    let repeat = stack.client.clone().migrate(request(NUMBER)).await;
    assert_eq!(refused(repeat), "MIGRATION_REMOVED");

    let next = stack.next("the next").await;
    assert_eq!(requested(&next), 2, "the one that was removed counts");
    stack.cancel(&next.id).await.unwrap();
    assert_eq!(stack.forget(NUMBER).await.unwrap(), 1);
    assert_is_gone(stack.looked_at(&next.id).await);
    assert_eq!(requested(&stack.next("the third").await), 3);
}

#[tokio::test]
async fn a_migration_is_removed_right_after_its_end_and_its_calls_still_count_on_a_file() {
    a_migration_is_removed_right_after_its_end_and_its_calls_still_count(Stack::start().await)
        .await;
}

#[tokio::test]
async fn a_migration_is_removed_right_after_its_end_and_its_calls_still_count_on_a_server() {
    let stack = Stack::on_postgres(&[]).await;
    a_migration_is_removed_right_after_its_end_and_its_calls_still_count(stack).await;
}

async fn a_number_is_forgotten_whole_or_not_at_all(stack: Stack) {
    let first = stack.migrate(NUMBER).await;
    stack.cancel(&first.id).await.unwrap();
    let other = stack.moved(OTHER).await;
    let live = stack.next("the next").await;
    let (_, reason, details) = refusal(stack.forget(NUMBER).await);
    assert_eq!(reason, "MIGRATION_NOT_ENDED");
    assert_eq!(
        details.error_info().unwrap().metadata["migration_id"],
        live.id
    );
    assert!(stack.looked_at(&first.id).await.is_ok(), "nothing is gone");
    stack.cancel(&live.id).await.unwrap();
    assert_eq!(stack.forget("+1 (202) 555-0100").await.unwrap(), 2);
    for gone in [&first.id, &live.id] {
        assert_is_gone(stack.looked_at(gone).await);
    }
    assert!(stack.looked_at(&other.id).await.is_ok());
    assert_eq!(stack.forget(NUMBER).await.unwrap(), 0);
    let (code, ..) = refusal(stack.forget("no number").await);
    assert_eq!(code, Code::InvalidArgument);
}

#[tokio::test]
async fn a_number_is_forgotten_whole_or_not_at_all_on_a_file() {
    a_number_is_forgotten_whole_or_not_at_all(Stack::start().await).await;
}

#[tokio::test]
async fn a_number_is_forgotten_whole_or_not_at_all_on_a_server() {
    a_number_is_forgotten_whole_or_not_at_all(Stack::on_postgres(&[]).await).await;
}

#[tokio::test]
async fn what_a_crash_left_is_removed_after_the_next_start() {
    let mut stack = Stack::with(&OFTEN).await;
    let mut ids = Vec::new();
    for last in 187..197 {
        let canceled = stack.migrate(&format!("+12025550{last}")).await;
        stack.cancel(&canceled.id).await.unwrap();
        ids.push(canceled.id);
    }
    stack.crash().await;
    stack.clock.advance(91 * DAY);
    stack.restart().await;
    for id in &ids {
        stack.gone(id).await;
    }
}
