//! Crashes and stops: nothing accepted is lost, and nothing is done twice.

use std::time::Duration;

use sandbox::{Call, Fault, Kind};
use tokio_util::task::TaskTracker;
use waba_migrator::lifecycle::Server;
use waba_migrator::proto::v1::State;
use waba_migrator::util::clock::Clock;

use super::stack::{Stack, config, digits};

const ONCE_EACH: [&str; 4] = ["add_number", "request_code", "verify_code", "register"];

#[tokio::test]
async fn a_migration_that_waits_for_its_code_survives_a_crash() {
    let mut stack = Stack::start().await;
    let number = "+12025550100";
    let waiting = stack.migrate(number).await;
    stack.crash_and_restart().await;
    let moved = stack
        .submit(&waiting.id, &stack.code(number).unwrap())
        .await
        .unwrap();
    assert_eq!(moved.state(), State::Succeeded);
    assert_eq!(stack.attempted(number), ONCE_EACH);
}

#[tokio::test]
async fn a_crash_while_a_call_is_under_way_does_not_repeat_it() {
    let mut stack = Stack::start().await;
    for (number, call) in [
        ("+12025550195", Call::AddNumber),
        ("+12025550196", Call::RequestCode),
        ("+12025550197", Call::VerifyCode),
        ("+12025550198", Call::Register),
    ] {
        // Done at once, and the process dies before the answer comes.
        stack.sandbox.inject(
            Fault::new(Kind::Delay { delay_ms: 700 })
                .on_number(digits(number))
                .on_call(call),
        );
        let mut migration = stack
            .migrate_with(number, |request| {
                request.wait = Some(prost_types::Duration::default());
            })
            .await
            .unwrap();
        let asked_in_time = matches!(call, Call::VerifyCode | Call::Register);
        if asked_in_time {
            migration = stack.settled(&migration.id).await;
            let code = stack.code(number).unwrap();
            let client = stack.client.clone();
            let id = migration.id.clone();
            TaskTracker::new().spawn(async move {
                let request = waba_migrator::proto::v1::SubmitCodeRequest {
                    migration_id: id,
                    code,
                    wait: None,
                };
                let _ = client.clone().submit_code(request).await;
            });
        }
        let name = serde_json::to_value(call)
            .unwrap()
            .as_str()
            .unwrap()
            .to_owned();
        while !stack.effective(number).contains(&name) {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        stack.crash_and_restart().await;
        let settled = stack.settled(&migration.id).await;
        if !asked_in_time {
            assert_eq!(settled.state(), State::WaitingForCode, "{settled:#?}");
            stack
                .submit(&migration.id, &stack.code(number).unwrap())
                .await
                .unwrap();
        }
        let ended = stack.settled(&migration.id).await;
        assert_eq!(ended.state(), State::Succeeded, "{number}: {ended:#?}");
        assert_eq!(stack.attempted(number), ONCE_EACH, "{number}");
    }
}

#[tokio::test]
async fn a_stop_in_order_loses_nothing() {
    let mut stack = Stack::start().await;
    let mut ids = Vec::new();
    for last in 187..197 {
        let number = format!("+12025550{last}");
        let at_once = |request: &mut waba_migrator::proto::v1::MigrateRequest| {
            request.wait = Some(prost_types::Duration::default());
        };
        ids.push((
            stack.migrate_with(&number, at_once).await.unwrap().id,
            number,
        ));
    }
    stack.stop_and_restart().await;
    for (id, number) in ids {
        assert_eq!(
            stack.settled(&id).await.state(),
            State::WaitingForCode,
            "{number}"
        );
        assert_eq!(
            stack.effective(&number),
            ["add_number", "request_code"],
            "{number}"
        );
    }
}

#[tokio::test]
async fn a_database_whose_key_is_missing_is_refused_and_gets_no_other() {
    let mut stack = Stack::start().await;
    stack.stop().await;
    let key = stack.folder.path().join("migrations.db.key");
    std::fs::remove_file(&key).unwrap();
    let config = config(stack.folder.path(), "http://127.0.0.1:9", &[]);
    let error = Server::start(&config, Clock::default()).await.unwrap_err();
    let told = format!("{:#}", anyhow::Error::from(error));
    assert!(told.contains("migrations.db.key"), "{told}");
    assert!(!key.exists(), "no key was made that opens nothing");
}
