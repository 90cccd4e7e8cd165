//! Kills, restarts and what must hold in spite of them.
//!
//! The ordinary run is small. `WABA_MIGRATOR_ORDEAL=large` makes it a long one.

use std::collections::BTreeMap;
use std::time::Duration;

use futures_util::future::join_all;
use waba_migrator::proto::v1::{Event, State};
use waba_migrator::sandbox::Call;

use super::caller::Caller;
use super::fleet::{Fleet, LEASE};
use super::watcher::watch;

/// How much is done, and undone.
struct Size {
    migrations: usize,
    processes: usize,
    kills: usize,
    /// The database dies after every so many kills.
    crash_after: usize,
}

/// One in so many migrations is watched.
const WATCHED: usize = 5;
/// What may come on top of a lease: the look at what is due, the start of a process, the recovery of the database, and
/// that whoever takes over may be killed too.
const SLACK: Duration = Duration::from_secs(13);

#[expect(
    clippy::disallowed_methods,
    reason = "how the tests are run is no setting of the service"
)]
fn size() -> Size {
    match std::env::var("WABA_MIGRATOR_ORDEAL").as_deref() {
        Ok("large") => Size {
            migrations: 400,
            processes: 3,
            kills: 24,
            crash_after: 6,
        },
        _ => Size {
            migrations: 60,
            processes: 2,
            kills: 4,
            crash_after: 3,
        },
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs the machine for itself: tests/run has it run apart"]
#[expect(clippy::print_stdout, reason = "what was gone through is worth a line")]
async fn processes_and_their_database_may_die_at_any_time() {
    let size = size();
    let fleet = Fleet::start(size.processes).await;
    let fleet = &fleet;
    let callers = join_all((0..size.migrations).map(|n| async move {
        // Not all at once: some are always at their beginning.
        tokio::time::sleep(Duration::from_millis(40) * u32::try_from(n).unwrap()).await;
        let caller = Caller { fleet, n };
        let id = caller.migrate().await;
        let watched = async {
            if n % WATCHED == 0 {
                Some(watch(fleet, &id, n).await)
            } else {
                None
            }
        };
        let (ended, seen) = tokio::join!(caller.see_through(&id), watched);
        assert_eq!(ended.state(), State::Succeeded, "{ended:#?}");
        (caller.number(), caller.history(&id).await, seen)
    }));
    let deaths = async {
        for kill in 1..=size.kills {
            tokio::time::sleep(Duration::from_millis(900)).await;
            fleet.kill(kill);
            if kill % size.crash_after == 0 {
                tokio::task::block_in_place(|| fleet.database.crash());
            }
        }
    };
    let (moved, ()) = tokio::join!(callers, deaths);

    let mut calls = BTreeMap::<String, Vec<Call>>::new();
    for entry in fleet.sandbox.ledger().into_iter().filter(|it| it.effective) {
        if let Some(number) = entry.number {
            calls.entry(number).or_default().push(entry.call);
        }
    }
    let mut longest = Duration::ZERO;
    for (number, history, seen) in &moved {
        let sequences: Vec<i64> = history.iter().map(|event| event.sequence).collect();
        assert!(
            sequences.iter().copied().eq((1..).take(sequences.len())),
            "{number}: {sequences:?}"
        );
        if let Some(seen) = seen {
            assert_eq!(seen, &sequences, "{number}: each event once, in order");
        }
        let calls = &calls[number.trim_start_matches('+')];
        for once in [Call::AddNumber, Call::VerifyCode, Call::Register] {
            let times = calls.iter().filter(|call| **call == once).count();
            assert_eq!(times, 1, "{number}: {once:?} of {calls:?}");
        }
        longest = longest.max(longest_halt(history));
    }
    println!(
        "ordeal: {} migrations, {} kills, the longest halt {:.1} s at leases of {} s",
        moved.len(),
        size.kills,
        longest.as_secs_f64(),
        LEASE.as_secs()
    );
    assert!(longest < LEASE + SLACK, "nobody took over for {longest:?}");
}

/// The longest time that passed between two events while it was the service's turn.
fn longest_halt(history: &[Event]) -> Duration {
    let time = |event: &Event| {
        let at = event.occurred_at.unwrap();
        Duration::new(
            u64::try_from(at.seconds).unwrap(),
            u32::try_from(at.nanos).unwrap(),
        )
    };
    let ours = history
        .windows(2)
        .filter(|pair| pair[0].state() == State::Running);
    ours.map(|pair| time(&pair[1]).saturating_sub(time(&pair[0])))
        .max()
        .unwrap_or_default()
}
