//! A process is killed: another takes over its work within one lease.

use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinSet;
use waba_migrator::proto::v1::{Event, State};
use waba_migrator::util::clock::Clock;

use super::caller::Caller;
use super::replicas::{LEASE, Replicas, Setup};
use super::verdict::{check, time};

const MIGRATIONS: usize = 40;
/// Latency of Meta, so that all migrations are in progress when the process is killed.
const LATENCY: Duration = Duration::from_millis(300);
/// Time for the first event after a lease has expired: Meta is read, and the result is saved.
const FIRST_EVENT: Duration = Duration::from_millis(1500);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "must run alone: tests/run runs it separately"]
#[expect(clippy::print_stdout, reason = "the output shows what was measured")]
async fn the_work_of_a_killed_process_is_taken_over_within_one_lease() {
    let mut setup = Setup::default();
    setup.sandbox.latency = LATENCY;
    let replicas = Arc::new(Replicas::start(setup).await);
    // Even numbers call the first process.
    let callers = (0..MIGRATIONS).map(|n| Caller::new(&replicas, n * 2));
    let asked: JoinSet<_> = callers
        .map(|caller| async move {
            let id = caller.migrate(Duration::ZERO).await;
            (caller, id)
        })
        .collect();
    let asked = asked.join_all().await;
    tokio::time::sleep(LATENCY).await;
    replicas.kill(0);
    let died = Clock::default().now();
    let seen_through: JoinSet<_> = asked
        .into_iter()
        .map(|(caller, id)| async move {
            let ended = caller.see_through(&id).await;
            assert_eq!(ended.state(), State::Succeeded, "{ended:#?}");
            (caller.number(), caller.history(&id).await)
        })
        .collect();
    let moved = seen_through.join_all().await;

    let ledger = replicas.sandbox.ledger();
    let mut pauses = Vec::new();
    for (number, history) in &moved {
        check(number, history, &ledger);
        let (before, after): (Vec<&Event>, Vec<&Event>) =
            history.iter().partition(|event| time(event) <= died);
        if before.last().unwrap().state() == State::Running {
            let pause = time(after.first().unwrap()).duration_since(died);
            pauses.push(Duration::try_from(pause).unwrap());
        }
    }
    let longest = pauses.iter().max().copied().unwrap_or_default();
    println!(
        "takeover: {} of {MIGRATIONS} were in progress, the last was taken over after {:.2} s with leases of {} s",
        pauses.len(),
        longest.as_secs_f64(),
        LEASE.as_secs()
    );
    assert!(pauses.len() > MIGRATIONS / 2, "too few were in progress");
    assert!(longest < LEASE + FIRST_EVENT, "after {longest:?}");
}
