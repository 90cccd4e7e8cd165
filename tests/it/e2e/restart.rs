//! Crashes and shutdowns: accepted migrations are not lost, and no call is repeated.

use std::time::Duration;

use sandbox::{Call, Fault, Kind};
use tokio_util::task::TaskTracker;
use waba_migrator::lifecycle::Server;
use waba_migrator::proto::v1::State;
use waba_migrator::util::clock::Clock;

use crate::support::service::{ServiceHarness, config, digits};

const ONCE_EACH: [&str; 4] = ["add_number", "request_code", "verify_code", "register"];

#[tokio::test]
async fn a_migration_that_waits_for_its_code_survives_a_crash() {
    let mut service = ServiceHarness::start().await;
    let number = "+12025550100";
    let waiting = service.migrate(number).await;
    service.crash_and_restart().await;
    let moved = service
        .submit(&waiting.id, &service.code(number).unwrap())
        .await
        .unwrap();
    assert_eq!(moved.state(), State::Succeeded);
    assert_eq!(service.attempted(number), ONCE_EACH);
}

#[tokio::test]
async fn a_crash_while_a_call_is_under_way_does_not_repeat_it() {
    let mut service = ServiceHarness::start().await;
    for (number, call) in [
        ("+12025550195", Call::AddNumber),
        ("+12025550196", Call::RequestCode),
        ("+12025550197", Call::VerifyCode),
        ("+12025550198", Call::Register),
    ] {
        // Meta acts at once, and the process ends before the response arrives.
        service.sandbox.inject(
            Fault::new(Kind::Delay { delay_ms: 700 })
                .on_number(digits(number))
                .on_call(call),
        );
        let mut migration = service
            .migrate_with(number, |request| {
                request.wait = Some(prost_types::Duration::default());
            })
            .await
            .unwrap();
        let asked_in_time = matches!(call, Call::VerifyCode | Call::Register);
        if asked_in_time {
            migration = service.settled(&migration.id).await;
            let code = service.code(number).unwrap();
            let client = service.client.clone();
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
        while !service.effective(number).contains(&name) {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        service.crash_and_restart().await;
        let settled = service.settled(&migration.id).await;
        if !asked_in_time {
            assert_eq!(settled.state(), State::WaitingForCode, "{settled:#?}");
            service
                .submit(&migration.id, &service.code(number).unwrap())
                .await
                .unwrap();
        }
        let ended = service.settled(&migration.id).await;
        assert_eq!(ended.state(), State::Succeeded, "{number}: {ended:#?}");
        assert_eq!(service.attempted(number), ONCE_EACH, "{number}");
    }
}

#[tokio::test]
async fn a_clean_shutdown_loses_nothing() {
    let mut service = ServiceHarness::start().await;
    let mut ids = Vec::new();
    for last in 187..197 {
        let number = format!("+12025550{last}");
        let at_once = |request: &mut waba_migrator::proto::v1::MigrateRequest| {
            request.wait = Some(prost_types::Duration::default());
        };
        ids.push((
            service.migrate_with(&number, at_once).await.unwrap().id,
            number,
        ));
    }
    service.stop_and_restart().await;
    for (id, number) in ids {
        assert_eq!(
            service.settled(&id).await.state(),
            State::WaitingForCode,
            "{number}"
        );
        assert_eq!(
            service.effective(&number),
            ["add_number", "request_code"],
            "{number}"
        );
    }
}

#[tokio::test]
async fn a_database_without_its_key_file_is_refused_and_gets_no_new_key() {
    let mut service = ServiceHarness::start().await;
    service.stop().await;
    let key = service.folder.path().join("migrations.db.key");
    std::fs::remove_file(&key).unwrap();
    let config = config(service.folder.path(), "http://127.0.0.1:9", &[]);
    let error = Server::start(&config, Clock::default()).await;
    let error = format!("{:#}", anyhow::Error::from(error.unwrap_err()));
    assert!(error.contains("migrations.db.key"), "{error}");
    assert!(!key.exists(), "no new key was created");
}
