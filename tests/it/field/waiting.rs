//! Waiting without using up limits, for a number, for an account, and for all numbers of an app:
//! FC-05, FC-13, and what Meta refuses to an app as a whole.

use jiff::SignedDuration;
use sandbox::Call;
use serde_json::{Value, json};
use waba_migrator::proto::v1::{CodeMethod, ListEventsRequest, Migration, NextActionKind, State};

use super::{NUMBER, calls, drive, inject, moment};
use crate::support::service::{DESTINATION, ServiceHarness, reason, refusal};

const HOUR: SignedDuration = SignedDuration::from_hours(1);

fn too_often() -> [Value; 2] {
    [
        json!({
            "call": "request_code", "kind": "error", "times": 50, "code": 136_024, "subcode": 2_388_367,
            "title": "Solicitar limite de volume do código",
            "user_message": "Você pediu um código de verificação muitas vezes. Tente novamente mais tarde.",
        }),
        json!({
            "call": "request_code", "kind": "error", "times": 50, "code": 136_024, "message": "Request code error",
            "user_message": "You have requested a verification code too many times. Try again later.",
        }),
    ]
}

/// Advances the clock in steps, so that everything that becomes due is done.
async fn pass(stack: &ServiceHarness, time: SignedDuration) {
    let end = stack.clock.now() + time;
    while stack.clock.now() < end {
        stack.clock.advance(HOUR / 4);
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    // What became due last is done, too: the service looks for it every 50 ms.
    tokio::time::sleep(std::time::Duration::from_millis(200)).await;
}

#[tokio::test]
async fn codes_that_meta_refuses_are_not_requested_again_automatically() {
    for fault in too_often() {
        let stack = ServiceHarness::with(&[("code.cooldown", "60s")]).await;
        inject(&stack, &fault);
        let seen = drive(&stack, NUMBER).await;
        assert_eq!(seen.reason(), "CODE_REQUESTED_TOO_OFTEN");
        let next = seen.migration.next_action.as_ref().unwrap();
        assert_eq!(next.kind(), NextActionKind::WaitForMeta);
        let pause = moment(next.deadline.unwrap()).duration_since(stack.clock.now());
        assert!(pause >= HOUR, "{pause}");
        pass(&stack, HOUR * 72).await;
        assert_eq!(calls(&stack, NUMBER), [1, 1, 0, 0], "of 72 hours");
        let asked = stack.status(&seen.migration.id).await;
        assert_eq!(asked.state(), State::ActionRequired);
        stack.sandbox.clear_faults();
        let moved = super::resume(&stack, &seen.migration.id, NUMBER).await;
        moved.succeeds([1, 2, 1, 1]);
    }
}

#[tokio::test]
async fn a_refused_resend_is_not_repeated_before_metas_pause_ends() {
    let stack = ServiceHarness::with(&[("code.cooldown", "1s")]).await;
    let waiting = stack.migrate(NUMBER).await;
    let before = waiting.next_action.clone().unwrap().deadline;
    inject(&stack, &too_often()[0]);
    stack.clock.advance(SignedDuration::from_secs(2));
    let refused = stack.resend(&waiting.id, CodeMethod::Sms).await.unwrap();
    assert_eq!(refused.state(), State::WaitingForCode);
    assert_eq!(reason(refused.fault.as_ref()), "CODE_REQUESTED_TOO_OFTEN");
    assert_eq!(refused.next_action.unwrap().deadline, before);
    for _ in 0..3 {
        stack.clock.advance(SignedDuration::from_secs(2));
        let (_, why, details) = refusal(stack.resend(&waiting.id, CodeMethod::Sms).await);
        assert_eq!(why, "CODE_REQUESTS_SPENT");
        assert!(details.retry_info().unwrap().retry_delay.unwrap().as_secs() >= 3_000);
    }
    assert_eq!(calls(&stack, NUMBER), [1, 2, 0, 0]);
    // The code that the owner has is still valid.
    let code = stack.code(NUMBER).unwrap();
    let moved = stack.submit(&waiting.id, &code).await.unwrap();
    assert_eq!(stack.settled(&moved.id).await.state(), State::Succeeded);
}

/// Advances the clock until each migration waits for its code.
async fn all_wait_for_their_codes(stack: &ServiceHarness, ids: &[String]) {
    for id in ids {
        let found = stack
            .until(id, |found| {
                if found.state() == State::Running {
                    stack.clock.advance(SignedDuration::from_secs(10));
                }
                found.state() != State::Running
            })
            .await;
        assert_eq!(found.state(), State::WaitingForCode, "{found:#?}");
    }
}

async fn begin(stack: &ServiceHarness, count: usize) -> Vec<String> {
    let mut ids = Vec::new();
    for n in 0..count {
        let number = format!("+1303555{n:04}");
        let started = stack.migrate_with(&number, |request| {
            request.source_waba_id.clear();
            request.wait = Some(prost_types::Duration::default());
        });
        ids.push(started.await.unwrap().id);
    }
    ids
}

#[tokio::test]
async fn an_account_at_its_limit_is_read_with_growing_pauses_and_not_by_all_at_once_afterwards() {
    let stack = ServiceHarness::with(&[("engine.limit_pause", "15m")]).await;
    // For an hour, every read of the account.
    for call in ["list_numbers", "read_object", "list_apps", "list_templates"] {
        let fault = json!({
            "call": call, "account": DESTINATION, "kind": "error", "code": 80_008, "for_seconds": 3_600,
            "message": "(#80008) There have been too many calls to this WhatsApp Business account. Wait a bit and try again.",
        });
        inject(&stack, &fault);
    }
    let ids = begin(&stack, 50).await;
    pass(&stack, HOUR).await;
    let refused = |counts: &sandbox::Calls| -> u64 { counts.refused.values().sum() };
    let within_the_hour = refused(&stack.sandbox.call_counts_of(DESTINATION));
    assert!(within_the_hour <= 60, "{within_the_hour} refused readings");
    for minute in &stack.sandbox.call_counts_of(DESTINATION).minutes {
        let refused: u64 = minute.refused.values().sum();
        assert!(refused <= 16, "at once: {minute:?}");
    }
    all_wait_for_their_codes(&stack, &ids).await;
}

async fn faults_of(stack: &ServiceHarness, id: &str) -> usize {
    let request = ListEventsRequest {
        migration_id: id.to_owned(),
        ..ListEventsRequest::default()
    };
    let answer = stack.client.clone().list_events(request).await.unwrap();
    let events = answer.into_inner().events;
    events.iter().filter(|event| event.fault.is_some()).count()
}

#[tokio::test]
async fn a_blocked_app_stops_its_calls_and_fails_no_migration() {
    let stack = ServiceHarness::start().await;
    stack.sandbox.put_app(&json!({"blocked": true})).unwrap();
    let ids = begin(&stack, 30).await;
    pass(&stack, HOUR).await;
    let made = stack.sandbox.call_counts().all();
    assert!(made <= 30, "{made} calls in an hour of 30 migrations");
    for id in &ids {
        let held: Migration = stack.status(id).await;
        assert_eq!(
            (held.state(), held.fault.is_none()),
            (State::Running, true),
            "{held:#?}"
        );
        let next = held.next_action.unwrap();
        assert_eq!(next.kind(), NextActionKind::WaitForMeta);
        assert!(
            next.instruction.contains("blocks all API calls"),
            "{next:?}"
        );
        assert!(
            next.instruction.contains("failing for all since"),
            "{next:?}"
        );
        assert_eq!(faults_of(&stack, id).await, 0, "none gets the fault");
    }
    stack.sandbox.put_app(&json!({"blocked": false})).unwrap();
    all_wait_for_their_codes(&stack, &ids).await;
}

#[tokio::test]
async fn an_outage_of_meta_is_shown_and_uses_no_retries() {
    let stack = ServiceHarness::start().await;
    stack.sandbox.put_app(&json!({"outage": "503"})).unwrap();
    let mut ids = begin(&stack, 3).await;
    for n in 0..3 {
        let number = format!("+1303556{n:04}");
        let started = stack.migrate_with(&number, |request| {
            request.source_waba_id.clear();
            request.destination_waba_id = "300000000000001".to_owned();
            request.wait = Some(prost_types::Duration::default());
        });
        ids.push(started.await.unwrap().id);
    }
    pass(&stack, HOUR * 3).await;
    for id in &ids {
        let found = stack.status(id).await;
        assert_eq!(found.state(), State::Running, "{found:#?}");
        let said = found.next_action.unwrap().instruction;
        assert!(said.contains("failing for all since"), "{said}");
    }
    stack.sandbox.put_app(&json!({"outage": null})).unwrap();
    all_wait_for_their_codes(&stack, &ids).await;
    assert_eq!(stack.sandbox.call_counts().refused(Call::Register), 0);
}
