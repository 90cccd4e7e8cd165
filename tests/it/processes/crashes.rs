//! Migrations during kills and restarts of processes and database.
//!
//! The default run is small. `WABA_MIGRATOR_CRASHES=large` makes it long.

use std::future::pending;
use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinSet;
use waba_migrator::proto::v1::{Event, State};

use super::caller::Caller;
use super::replicas::{LEASE, Replicas, Setup};
use super::verdict::{check, pauses};
use super::watcher::watch;

/// The size of a run.
struct Size {
    migrations: usize,
    processes: usize,
    kills: usize,
    /// Kills of processes per crash of the database.
    crash_after: usize,
}

/// Wait of a Migrate call.
const WAIT: Duration = Duration::from_secs(10);
/// Minimum time and minimum number of changing calls at Meta between two kills.
const BETWEEN: Duration = Duration::from_millis(900);
const CALLS_BETWEEN: usize = 20;
/// One of this number of migrations is watched.
const WATCHED: usize = 5;

#[expect(
    clippy::disallowed_methods,
    reason = "how the tests are run is no setting of the service"
)]
fn size() -> Size {
    match std::env::var("WABA_MIGRATOR_CRASHES").as_deref() {
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
#[ignore = "must run alone: tests/run runs it separately"]
#[expect(clippy::print_stdout, reason = "the output shows what was measured")]
async fn migrations_succeed_while_processes_and_their_database_are_killed() {
    let size = size();
    let mut setup = Setup {
        processes: size.processes,
        ..Setup::default()
    };
    setup.sandbox.latency = Duration::from_millis(20);
    let replicas = Arc::new(Replicas::start(setup).await);
    let callers: JoinSet<_> = (0..size.migrations)
        .map(|n| Caller::new(&replicas, n))
        .map(run)
        .collect();
    let mut kills = 0;
    let moved = tokio::select! {
        moved = callers.join_all() => moved,
        () = kill_again_and_again(&replicas, &size, &mut kills) => unreachable!(),
    };

    let ledger = replicas.sandbox.ledger();
    let mut interrupted = 0;
    let mut longest = Duration::ZERO;
    for (number, history, seen) in &moved {
        check(number, history, &ledger);
        if let Some(seen) = seen {
            let all = history.iter().map(|event| event.sequence);
            assert!(all.eq(seen.iter().copied()), "{number}: {seen:?}");
        }
        let pauses: Vec<Duration> = pauses(history).collect();
        interrupted += pauses.iter().filter(|pause| **pause > LEASE / 2).count();
        longest = longest.max(pauses.into_iter().max().unwrap_or_default());
    }
    println!(
        "crashes: {} migrations, {kills} kills, {interrupted} interruptions, the longest {:.1} s with leases of {} s",
        moved.len(),
        longest.as_secs_f64(),
        LEASE.as_secs()
    );
    assert!(kills >= size.kills / 2, "too few kills: {kills}");
    assert!(interrupted > 0, "no migration was interrupted");
}

/// Kills one process after the other while the others work, and sometimes the database.
async fn kill_again_and_again(replicas: &Arc<Replicas>, size: &Size, kills: &mut usize) {
    let called = || replicas.sandbox.ledger().len();
    let mut before = 0;
    while *kills < size.kills {
        tokio::time::sleep(BETWEEN).await;
        // On a slow machine as well, some work was done since the last kill.
        while called() < before + CALLS_BETWEEN {
            tokio::time::sleep(BETWEEN / 10).await;
        }
        *kills += 1;
        replicas.kill(*kills);
        before = called();
        replicas.revive(*kills).await;
        if kills.is_multiple_of(size.crash_after) {
            let replicas = Arc::clone(replicas);
            let crash = tokio::task::spawn_blocking(move || replicas.database.crash());
            crash.await.unwrap();
        }
    }
    pending::<()>().await;
}

/// Runs one migration: its number, its whole history, and the sequences that its watcher received.
async fn run(caller: Caller) -> (String, Vec<Event>, Option<Vec<i64>>) {
    // Staggered, so that some are always at their beginning.
    tokio::time::sleep(Duration::from_millis(60) * u32::try_from(caller.n).unwrap()).await;
    let id = caller.migrate(WAIT).await;
    let watched = async {
        if caller.n.is_multiple_of(WATCHED) {
            Some(watch(&caller.replicas, &id, caller.n).await)
        } else {
            None
        }
    };
    let (ended, seen) = tokio::join!(caller.see_through(&id), watched);
    assert_eq!(ended.state(), State::Succeeded, "{ended:#?}");
    (caller.number(), caller.history(&id).await, seen)
}
