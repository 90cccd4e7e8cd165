//! A million ended migrations, many beyond their retention: the speed of their removal, and its
//! effect on other calls.

use std::time::Duration;

use domain::{Machine, Retention};
use jiff::SignedDuration;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use waba_migrator::engine::{Engine, Settings};
use waba_migrator::graph;
use waba_migrator::store::{Database, Removal as _, Store};
use waba_migrator::util::clock::{Clock, Stopwatch};

use super::load::{CALLERS, Load};
use super::rows::{EVENTS, Fill, Rows, fill};
use crate::store::postgres::PostgresDatabase;
use crate::store::sqlite::SqliteFile;
use crate::support::defaults;

/// Duration of the load without a removal.
const ALONE: Duration = Duration::from_secs(20);
/// Maximum time of a removal.
const PATIENCE: Duration = Duration::from_hours(1);

/// The numbers of all and of removed migrations. `WABA_MIGRATOR_LONG_ROWS` overrides the first.
#[expect(
    clippy::disallowed_methods,
    reason = "how the tests are run is no setting of the service"
)]
fn rows() -> Rows {
    let rows = std::env::var("WABA_MIGRATOR_LONG_ROWS");
    let all = rows.map_or(1_000_000, |rows| rows.parse().unwrap());
    Rows { all, old: all / 5 }
}

/// The retention: between the ages of the old and the other migrations.
const KEPT: SignedDuration = SignedDuration::from_hours(50 * 24);

/// Runs an engine with this retention until `done`; returns the time that took.
async fn run<S: Store>(
    store: &S,
    retention: Retention,
    done: impl AsyncFn(&S) -> bool,
) -> Duration {
    let clock = Clock::default();
    let graph = defaults::graph("http://127.0.0.1:9");
    let graph = graph::Client::new(graph, clock.clone()).unwrap();
    let settings = Settings {
        retention,
        retention_interval: Duration::from_millis(10),
        ..defaults::engine()
    };
    let machine = Machine::default();
    let engine = Engine::new(store.clone(), graph.into(), machine, clock, settings);
    let (stop, tasks) = (CancellationToken::new(), TaskTracker::new());
    let watch = Stopwatch::start();
    tasks.spawn({
        let stop = stop.clone();
        async move { engine.run(stop).await }
    });
    let wait = async {
        while !done(store).await {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(PATIENCE, wait).await.unwrap();
    let took = watch.elapsed();
    stop.cancel();
    tasks.close();
    tasks.wait().await;
    took
}

async fn overdue_migrations_are_removed_under_load<B: Fill>() {
    let (rows, now) = (rows(), Clock::default().now());
    let backend = B::fresh().await;
    let watch = Stopwatch::start();
    fill(&backend, rows, now).await;
    let (name, store) = (B::NAME, backend.store());
    let filled = watch.elapsed().as_secs();
    let migrations = backend.count("migrations").await;
    eprintln!("{name}: {migrations} migrations with {EVENTS} events each, made in {filled} s");

    let load = Load::begin(store, 9000).await;
    tokio::time::sleep(ALONE).await;
    eprintln!("{name}, the load alone: {}", load.end().await);

    let pins = Retention {
        migrations: None,
        pins: Some(KEPT),
    };
    let migrations = Retention {
        migrations: Some(KEPT),
        pins: None,
    };
    for (what, count, first, retention) in [
        ("PINs", rows.old / 10, 9100, pins),
        ("migrations", rows.old, 9200, migrations),
    ] {
        let load = Load::begin(store, first).await;
        let overdue = async |store: &Database| {
            let oldest = store.oldest().await.unwrap();
            retention.overdue(oldest.migration, oldest.with_pin, now)
        };
        let took = run(store, retention, async |store| {
            overdue(store).await.is_zero()
        });
        let took = took.await;
        let seconds = took.as_secs();
        let a_second = f64::from(count) / took.as_secs_f64();
        eprintln!("{name}, {count} {what} removed in {seconds} s: {a_second:.0} a second");
        eprintln!("{name}, the load beside it: {}", load.end().await);
    }

    let stay = i64::from(rows.all - rows.old);
    let left = backend.count("migrations").await;
    assert_eq!(left, stay + 3 * i64::from(CALLERS));
    let events = backend.count("events").await;
    assert!(
        events >= stay * EVENTS,
        "no event of a remaining migration is removed"
    );
    let taken = backend.count("removed_requests").await;
    assert_eq!(taken, i64::from(rows.old));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "takes minutes: tests/long/run"]
async fn overdue_migrations_are_removed_under_load_on_a_file() {
    overdue_migrations_are_removed_under_load::<SqliteFile>().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "takes minutes: tests/long/run"]
async fn overdue_migrations_are_removed_under_load_on_a_server() {
    overdue_migrations_are_removed_under_load::<PostgresDatabase>().await;
}
