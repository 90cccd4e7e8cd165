//! A process that loses its lease while a call of it waits for the limiter never makes the call.

use std::time::Duration;

use super::waiting::{FIRST, LEASE, WaitingRegister};
use crate::support::proxy::Passes;

/// Duration of the call that occupies the limiter's only slot.
const BLOCKED: Duration = LEASE.saturating_mul(3);
/// Time in which a call is made once its slot is free.
const SOON: Duration = Duration::from_secs(1);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "must run alone: tests/run runs it separately"]
async fn a_process_that_was_stopped_between_intent_and_call_does_not_make_the_call() {
    let waiting = WaitingRegister::begin(false, BLOCKED).await;
    waiting.replicas.pause(FIRST);
    waiting.succeeds().await;
    assert_eq!(waiting.registers(), ["second"]);
    waiting.replicas.resume(FIRST);
    waiting.limiter_moves_on().await;
    assert_eq!(waiting.registers(), ["second"]);
    waiting.check().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "must run alone: tests/run runs it separately"]
async fn a_process_whose_renewals_are_not_answered_makes_no_call_after_its_lease() {
    let waiting = WaitingRegister::begin(true, BLOCKED).await;
    waiting.replicas.proxy(FIRST).lets(Passes::Nothing);
    tokio::join!(waiting.succeeds(), tokio::time::sleep(BLOCKED + SOON));
    assert_eq!(waiting.registers(), ["second"]);
    waiting.check().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "must run alone: tests/run runs it separately"]
async fn a_call_that_waits_for_longer_than_a_lease_is_made_once_by_its_holder() {
    let waiting = WaitingRegister::begin(false, BLOCKED).await;
    tokio::time::sleep(LEASE * 2).await;
    assert_eq!(waiting.registers(), Vec::<&str>::new(), "the call waits");
    waiting.succeeds().await;
    assert_eq!(waiting.registers(), ["first"]);
    waiting.check().await;
}
