//! Kills, restarts and what must hold in spite of them.
//!
//! The ordinary run is small. `WABA_MIGRATOR_ORDEAL=large` makes it a long one.

use std::future::pending;
use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinSet;
use waba_migrator::proto::v1::{Event, State};

use super::caller::Caller;
use super::fleet::{Fleet, LEASE};
use super::verdict::{halts, judge};
use super::watcher::watch;

/// How much is done, and undone.
struct Size {
    migrations: usize,
    processes: usize,
    kills: usize,
    /// The database dies after every so many kills.
    crash_after: usize,
}

/// How long a caller waits for an answer while the service works.
const WAIT: Duration = Duration::from_secs(10);
/// Between two deaths, at least: time, and calls that change something at Meta.
const BETWEEN: Duration = Duration::from_millis(900);
const CALLS_BETWEEN: usize = 20;
/// One in so many migrations is watched.
const WATCHED: usize = 5;

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
    let fleet = Arc::new(Fleet::start(size.processes, Duration::from_millis(20)).await);
    let callers: JoinSet<_> = (0..size.migrations)
        .map(|n| Caller::new(&fleet, n))
        .map(live)
        .collect();
    let mut kills = 0;
    let moved = tokio::select! {
        moved = callers.join_all() => moved,
        () = deaths(&fleet, &size, &mut kills) => unreachable!(),
    };

    let ledger = fleet.sandbox.ledger();
    let mut interrupted = 0;
    let mut longest = Duration::ZERO;
    for (number, history, seen) in &moved {
        judge(number, history, &ledger);
        if let Some(seen) = seen {
            let all = history.iter().map(|event| event.sequence);
            assert!(all.eq(seen.iter().copied()), "{number}: {seen:?}");
        }
        let halts: Vec<Duration> = halts(history).collect();
        interrupted += halts.iter().filter(|halt| **halt > LEASE / 2).count();
        longest = longest.max(halts.into_iter().max().unwrap_or_default());
    }
    println!(
        "ordeal: {} migrations, {kills} kills, {interrupted} halts in mid work, the longest {:.1} s at leases of {} s",
        moved.len(),
        longest.as_secs_f64(),
        LEASE.as_secs()
    );
    assert!(kills >= size.kills / 2, "all was done too soon");
    assert!(interrupted > 0, "nobody was killed at work");
}

/// Kills one process after the other, each while the others are at work, and the database now and then; then no more.
async fn deaths(fleet: &Arc<Fleet>, size: &Size, kills: &mut usize) {
    let called = || fleet.sandbox.ledger().len();
    let mut before = 0;
    while *kills < size.kills {
        tokio::time::sleep(BETWEEN).await;
        // However slow the machine is: something was done since the last one.
        while called() < before + CALLS_BETWEEN {
            tokio::time::sleep(BETWEEN / 10).await;
        }
        *kills += 1;
        fleet.kill(*kills);
        before = called();
        fleet.revive(*kills).await;
        if kills.is_multiple_of(size.crash_after) {
            let fleet = Arc::clone(fleet);
            let crash = tokio::task::spawn_blocking(move || fleet.database.crash());
            crash.await.unwrap();
        }
    }
    pending::<()>().await;
}

/// What a caller goes through; its number, the whole history, and the events that were seen by whoever watched.
async fn live(caller: Caller) -> (String, Vec<Event>, Option<Vec<i64>>) {
    // Not all at once: some are always at their beginning.
    tokio::time::sleep(Duration::from_millis(60) * u32::try_from(caller.n).unwrap()).await;
    let id = caller.migrate(WAIT).await;
    let watched = async {
        if caller.n.is_multiple_of(WATCHED) {
            Some(watch(&caller.fleet, &id, caller.n).await)
        } else {
            None
        }
    };
    let (ended, seen) = tokio::join!(caller.see_through(&id), watched);
    assert_eq!(ended.state(), State::Succeeded, "{ended:#?}");
    (caller.number(), caller.history(&id).await, seen)
}
