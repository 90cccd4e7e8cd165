//! Processes that are stopped for longer than their leases, at random moments during migrations.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use proptest::prelude::RngExt as _;
use proptest::test_runner::{RngAlgorithm, TestRng};
use sandbox::Entry;
use tokio::task::JoinSet;
use waba_migrator::proto::v1::{Event, State};
use waba_migrator::util::clock::Clock;

use super::caller::Caller;
use super::replicas::{Replicas, Setup};
use super::verdict::{Pause, check, late_calls, unread_repeats};

/// Duration of a lease.
const LEASE: Duration = Duration::from_secs(1);
/// Calls about one account are made one after the other, so that some always wait for the limiter.
const SETTINGS: [&str; 5] = [
    "graph.calls_per_waba=1",
    "graph.connect_timeout=1s",
    "graph.timeout=1s",
    "graph.register_timeout=1s",
    "engine.register_settles=2s",
];
const LATENCY: Duration = Duration::from_millis(60);
/// Concurrent migrations.
const CALLERS: usize = 24;
/// Callers turn to the other process after this time.
const TIMEOUT: Duration = Duration::from_secs(2);
/// Wait of a Migrate call.
const WAIT: Duration = Duration::from_millis(1500);
/// Maximum pause beyond a lease: some are long enough for another process to register.
const LONGEST: Duration = Duration::from_millis(1500);
/// Maximum time between two pauses.
const BETWEEN: Duration = Duration::from_secs(1);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "must run alone: tests/run runs it separately"]
async fn processes_that_are_stopped_make_no_call_under_a_lost_lease() {
    rounds(10).await;
}

/// Migrations go on while, in each round, one process is stopped and continued.
#[expect(clippy::print_stdout, reason = "the output shows what was measured")]
pub async fn rounds(count: usize) {
    let mut setup = Setup {
        lease: LEASE,
        settings: &SETTINGS,
        ..Setup::default()
    };
    setup.sandbox.latency = LATENCY;
    setup.sandbox.reads_in_ledger = true;
    let replicas = Arc::new(Replicas::start(setup).await);
    let seed = Clock::default().now().as_millisecond();
    println!("pauses: the seed is {seed}");
    let (next, stop) = (
        Arc::new(AtomicUsize::new(0)),
        Arc::new(AtomicBool::new(false)),
    );
    let callers: JoinSet<_> = (0..CALLERS)
        .map(|_| {
            let (replicas, next, stop) = (replicas.clone(), next.clone(), stop.clone());
            async move {
                let mut moved = Vec::new();
                while !stop.load(Ordering::Relaxed) {
                    let n = next.fetch_add(1, Ordering::Relaxed);
                    moved.push(run(&replicas, n).await);
                }
                moved
            }
        })
        .collect();
    let disturbance = async {
        let pauses = pause_again_and_again(&replicas, seed, count).await;
        stop.store(true, Ordering::Relaxed);
        pauses
    };
    let (pauses, moved) = tokio::join!(disturbance, callers.join_all());

    let ledger = replicas.sandbox.ledger();
    let mut by_number: HashMap<&str, Vec<Entry>> = HashMap::new();
    let mut by_account: HashMap<&str, Vec<&Entry>> = HashMap::new();
    for entry in &ledger {
        match (entry.number.as_deref(), entry.waba.as_deref()) {
            (Some(number), _) => by_number.entry(number).or_default().push(entry.clone()),
            (None, Some(account)) => by_account.entry(account).or_default().push(entry),
            (None, None) => {}
        }
    }
    let moved: Vec<(String, Vec<Event>)> = moved.into_iter().flatten().collect();
    let (mut late, mut unread) = (Vec::new(), Vec::new());
    for (number, history) in &moved {
        let own = &by_number[number.trim_start_matches('+')];
        let account = own[0].waba.as_deref().unwrap();
        late.extend(late_calls(history, own, &pauses));
        unread.extend(unread_repeats(own, &by_account[account]));
    }
    let taken_over = moved.iter().filter(|(number, _)| {
        let own = &by_number[number.trim_start_matches('+')];
        own.iter().any(|entry| entry.host != own[0].host)
    });
    let taken_over = taken_over.count();
    println!(
        "pauses: {} migrations, {} pauses, {taken_over} migrations had calls of both processes; \
         {} late calls, {} repeated unread",
        moved.len(),
        pauses.len(),
        late.len(),
        unread.len(),
    );
    assert!(late.is_empty(), "{late:#?}");
    assert!(unread.is_empty(), "{unread:#?}");
    for (number, history) in &moved {
        check(number, history, &by_number[number.trim_start_matches('+')]);
    }
    assert!(taken_over > 0, "no migration was taken over");
}

/// Stops one process after the other, each for longer than a lease.
async fn pause_again_and_again(replicas: &Replicas, seed: i64, count: usize) -> Vec<Pause> {
    let mut random = TestRng::from_seed(RngAlgorithm::ChaCha, &{
        let mut bytes = [0; 32];
        bytes[..8].copy_from_slice(&seed.to_le_bytes());
        bytes
    });
    let mut up_to = |longest: Duration| longest.mul_f64(random.random());
    let clock = Clock::default();
    let mut pauses = Vec::new();
    // Alternating: the one that was not stopped last has more work.
    for process in (0..2).cycle().take(count) {
        tokio::time::sleep(BETWEEN / 2 + up_to(BETWEEN)).await;
        let length = LEASE + Duration::from_millis(50) + up_to(LONGEST);
        replicas.pause(process);
        tokio::time::sleep(length).await;
        let until = clock.now();
        replicas.resume(process);
        pauses.push(Pause {
            host: replicas.host(process).to_owned(),
            until,
        });
    }
    pauses
}

/// Runs one migration: its number and its whole history.
async fn run(replicas: &Arc<Replicas>, n: usize) -> (String, Vec<Event>) {
    let caller = Caller {
        timeout: TIMEOUT,
        ..Caller::new(replicas, n)
    };
    let id = caller.migrate(WAIT).await;
    let ended = caller.see_through(&id).await;
    assert_eq!(ended.state(), State::Succeeded, "{ended:#?}");
    (caller.number(), caller.history(&id).await)
}
