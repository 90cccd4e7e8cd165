//! A process dies and stays dead: whoever survives goes on with its work within one lease.

use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinSet;
use waba_migrator::proto::v1::{Event, State};
use waba_migrator::util::clock::Clock;

use super::caller::Caller;
use super::fleet::{Fleet, LEASE};
use super::verdict::{judge, time};

const MIGRATIONS: usize = 40;
/// Meta takes its time, so that all are at work when the process dies.
const LATENCY: Duration = Duration::from_millis(300);
/// What may come on top of a lease until the first thing is heard of a migration: Meta is read, and that is kept.
const FIRST_SIGN: Duration = Duration::from_millis(1500);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs the machine for itself: tests/run has it run apart"]
#[expect(clippy::print_stdout, reason = "what was gone through is worth a line")]
async fn the_work_of_a_dead_process_is_taken_over_within_one_lease() {
    let fleet = Arc::new(Fleet::start(2, LATENCY).await);
    // The even ones turn to the first process.
    let callers = (0..MIGRATIONS).map(|n| Caller::new(&fleet, n * 2));
    let asked: JoinSet<_> = callers
        .map(|caller| async move {
            let id = caller.migrate(Duration::ZERO).await;
            (caller, id)
        })
        .collect();
    let asked = asked.join_all().await;
    tokio::time::sleep(LATENCY).await;
    fleet.kill(0);
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

    let ledger = fleet.sandbox.ledger();
    let mut pauses = Vec::new();
    for (number, history) in &moved {
        judge(number, history, &ledger);
        let (before, after): (Vec<&Event>, Vec<&Event>) =
            history.iter().partition(|event| time(event) <= died);
        if before.last().unwrap().state() == State::Running {
            let pause = time(after.first().unwrap()).duration_since(died);
            pauses.push(Duration::try_from(pause).unwrap());
        }
    }
    let longest = pauses.iter().max().copied().unwrap_or_default();
    println!(
        "takeover: {} of {MIGRATIONS} were under way, the last was taken up after {:.2} s at leases of {} s",
        pauses.len(),
        longest.as_secs_f64(),
        LEASE.as_secs()
    );
    assert!(pauses.len() > MIGRATIONS / 2, "that proves nothing");
    assert!(longest < LEASE + FIRST_SIGN, "after {longest:?}");
}
