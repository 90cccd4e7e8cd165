//! Fairness: load and limits of one WABA do not affect the others.

use std::time::Duration;

use futures_util::future::join_all;
use jiff::SignedDuration;
use sandbox::Call;
use waba_migrator::proto::v1::{MigrateRequest, State};

use crate::support::service::ServiceHarness;

const ONE: &str = "300000000000001";
const OTHER: &str = "300000000000002";
const THROTTLED: &str = "104996122399210";

/// Moves the number to `destination`, from any source.
fn to(destination: &str) -> impl Fn(&mut MigrateRequest) {
    move |request: &mut MigrateRequest| {
        destination.clone_into(&mut request.destination_waba_id);
        request.source_waba_id.clear();
    }
}

/// The same, without waiting for anything.
fn at_once(destination: &str) -> impl Fn(&mut MigrateRequest) {
    move |request: &mut MigrateRequest| {
        to(destination)(request);
        request.wait = Some(prost_types::Duration::default());
    }
}

#[tokio::test]
async fn many_numbers_of_one_destination_do_not_delay_a_number_of_another() {
    const MANY: usize = 300;
    let settings = [
        ("engine.workers", "8"),
        ("engine.workers_per_waba", "4"),
        ("graph.hourly_reads_fresh", "100000"),
    ];
    let service = ServiceHarness::beside(&settings, |sandbox| {
        sandbox.latency = Duration::from_millis(10);
    })
    .await;
    let accepted = (0..MANY).map(|n| {
        let service = &service;
        async move {
            let number = format!("+1303555{n:04}");
            service.migrate_with(&number, at_once(ONE)).await.unwrap();
        }
    });
    join_all(accepted).await;
    let served = || {
        let ledger = service.sandbox.ledger();
        let codes = ledger
            .iter()
            .filter(|entry| entry.call == Call::RequestCode);
        codes.count()
    };
    let before = served();
    let single = service
        .migrate_with("+13035559999", to(OTHER))
        .await
        .unwrap();
    assert_eq!(single.state(), State::WaitingForCode);
    let meanwhile = served() - before;
    assert!(before + 100 < MANY, "{before} were done already");
    assert!(meanwhile < 50, "{meanwhile} of the many were served before");
}

#[tokio::test]
async fn a_waba_at_its_limit_is_paused_alone_until_the_time_that_meta_names() {
    let service = ServiceHarness::beside(&[("engine.limit_pause", "1s")], |sandbox| {
        sandbox.throttle = Duration::from_mins(7);
    })
    .await;
    let mut slowed = Vec::new();
    for n in 0..5 {
        let number = format!("+1303555{n:04}");
        slowed.push(
            service
                .migrate_with(&number, at_once(THROTTLED))
                .await
                .unwrap()
                .id,
        );
    }
    let other = service
        .migrate_with("+13035550009", to(OTHER))
        .await
        .unwrap();
    assert_eq!(other.state(), State::WaitingForCode);
    for id in &slowed {
        let found = service.until(id, |found| found.fault.is_some()).await;
        assert_eq!(found.state(), State::Running);
    }
    let calls = service.sandbox.calls(THROTTLED);
    service.clock.advance(SignedDuration::from_mins(5));
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert_eq!(
        service.sandbox.calls(THROTTLED),
        calls,
        "calls during the pause"
    );
    service.clock.advance(SignedDuration::from_mins(3));
    for id in &slowed {
        let found = service
            .until(id, |found| {
                // They resume spread over some minutes.
                if found.state() == State::Running {
                    service.clock.advance(SignedDuration::from_secs(5));
                }
                found.state() != State::Running
            })
            .await;
        assert_eq!(found.state(), State::WaitingForCode, "{found:#?}");
    }
}

#[tokio::test]
async fn reads_of_a_new_waba_stay_within_its_hourly_limit() {
    let service = ServiceHarness::with(&[("graph.hourly_reads_fresh", "60")]).await;
    let mut ids = Vec::new();
    for n in 0..20 {
        let number = format!("+1303555{n:04}");
        ids.push(
            service
                .migrate_with(&number, at_once(ONE))
                .await
                .unwrap()
                .id,
        );
    }
    for id in &ids {
        let looked = |found: &waba_migrator::proto::v1::Migration| {
            found.fault.is_some() || found.state() == State::WaitingForCode
        };
        service.until(id, looked).await;
    }
    let within_the_hour = service.sandbox.calls(ONE);
    assert!(within_the_hour <= 60 + 20 * 3, "{within_the_hour}");
    for id in &ids {
        let found = service
            .until(id, |found| {
                // A part of the hour passes at a time.
                if found.state() == State::Running {
                    service.clock.advance(SignedDuration::from_secs(60));
                }
                found.state() != State::Running
            })
            .await;
        assert_eq!(found.state(), State::WaitingForCode, "{found:#?}");
    }
}
