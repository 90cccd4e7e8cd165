//! Leases: one worker per migration at a time, whatever the clock does.

use std::time::Duration;

use futures_util::future::join_all;
use jiff::SignedDuration;
use sandbox::{Call, Fault, Kind};
use waba_migrator::proto::v1::{EventKind, MigrateRequest, State};

use crate::support::service::{ServiceHarness, digits};

#[tokio::test]
async fn a_lease_that_ran_out_during_a_call_starts_no_second_worker() {
    let service = ServiceHarness::with(&[("engine.lease", "10m")]).await;
    let number = "+12025550100";
    // Meta acts at once and responds late.
    service.sandbox.inject(
        Fault::new(Kind::Delay { delay_ms: 700 })
            .on_number(digits(number))
            .on_call(Call::RequestCode),
    );
    let at_once = |request: &mut MigrateRequest| {
        request.wait = Some(prost_types::Duration::default());
    };
    let migration = service.migrate_with(number, at_once).await.unwrap();
    while service.code(number).is_none() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    // The system clock jumps, or the store was unavailable for this long.
    service.clock.advance(SignedDuration::from_mins(11));
    let waiting = service.settled(&migration.id).await;
    assert_eq!(waiting.state(), State::WaitingForCode);
    let history = service.history(&migration.id).await;
    let of_the_call: Vec<EventKind> = history
        .iter()
        .filter(|event| event.call() == waba_migrator::proto::v1::GraphCall::RequestCode)
        .map(waba_migrator::proto::v1::Event::kind)
        .collect();
    assert_eq!(
        of_the_call,
        [EventKind::CallSent, EventKind::CallSucceeded],
        "the response was awaited"
    );
}

#[tokio::test]
async fn a_response_is_current_if_another_service_did_the_work() {
    // One worker each, so that both services do work.
    let service = ServiceHarness::on_postgres(&[("engine.workers", "1")]).await;
    let _other = service.replica().await;
    let answers = join_all((187..197).map(|last| {
        let mut client = service.client.clone();
        async move {
            let request = crate::support::service::request(&format!("+12025550{last}"));
            client.migrate(request).await
        }
    }));
    for answer in answers.await {
        let migration = answer.unwrap().into_inner().migration.unwrap();
        assert_ne!(migration.state(), State::Running, "{migration:#?}");
    }
}

#[tokio::test]
async fn a_waiting_caller_gets_the_result_although_the_lease_was_released() {
    // Leases are renewed often, so that some renewals find a lease that was just released.
    let service = ServiceHarness::with(&[("engine.lease", "1s"), ("engine.poll", "1h")]).await;
    let work = |first: u32| {
        let mut client = service.client.clone();
        async move {
            for number in first..first + 15 {
                let request = MigrateRequest {
                    source_waba_id: String::new(),
                    destination_waba_id: format!("30000{number}"),
                    wait: Some(prost_types::Duration {
                        seconds: 30,
                        nanos: 0,
                    }),
                    ..crate::support::service::request(&format!("+49151000{number}"))
                };
                let answer = client.migrate(request).await.unwrap().into_inner();
                let state = answer.migration.unwrap().state();
                assert_eq!(state, State::WaitingForCode, "{number}");
            }
        }
    };
    join_all((0..16).map(|worker| work(20_000 + worker * 15))).await;
}
