//! Every crash point of an engine: before and after each of its I/O operations.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use parking_lot::Mutex;

use super::caller::{Caller, embedded_signup};
use super::engine_harness::{End, run_engine};
use super::environment::DatabaseRuntime;
use super::fault_points::{CrashPoint, FaultPoints, Side};
use super::invariants::check;
use super::scenarios::{ALL, Scenario};
use crate::store::backend::Backend;
use crate::store::postgres::PostgresDatabase;
use crate::store::sqlite::SqliteFile;

#[test]
fn on_sqlite_an_engine_may_crash_anywhere() {
    crash_everywhere::<SqliteFile>("SQLite");
}

#[test]
fn on_postgresql_an_engine_may_crash_anywhere() {
    crash_everywhere::<PostgresDatabase>("PostgreSQL");
}

/// Tries every crash point of every scenario, and reports their number.
fn crash_everywhere<B: Backend>(store: &str)
where
    DatabaseRuntime<B>: Sync,
{
    let mut work: Vec<(Scenario, Side)> = ALL
        .iter()
        .flat_map(|scenario| [(*scenario, Side::Before), (*scenario, Side::After)])
        .collect();
    work.reverse();
    let work = Mutex::new(work);
    let tried = AtomicUsize::new(0);
    let failures = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(2, usize::from) {
            scope.spawn(|| {
                let database = DatabaseRuntime::<B>::open();
                loop {
                    let Some((scenario, side)) = work.lock().pop() else {
                        return;
                    };
                    for at in 1.. {
                        match crash_at(&database, scenario, CrashPoint { at, side }) {
                            Ok(true) => drop(tried.fetch_add(1, Ordering::Relaxed)),
                            // The scenario was complete before that point: there are no more.
                            Ok(false) => break,
                            Err(failure) => {
                                failures.lock().push(failure);
                                break;
                            }
                        }
                    }
                }
            });
        }
    });
    let failures = failures.into_inner();
    assert!(failures.is_empty(), "{}", failures.join("\n\n"));
    report(store, tried.into_inner());
}

/// Runs one scenario with an engine that crashes at one point, and another that takes over; `false`
/// if the scenario was complete before that point.
fn crash_at<B: Backend>(
    database: &DatabaseRuntime<B>,
    scenario: Scenario,
    crash: CrashPoint,
) -> Result<bool, String> {
    let environment = database.environment();
    database.block_on(embedded_signup(&scenario, &environment));
    let mut caller = Caller::new(scenario, environment.clock.now());
    let points = Arc::new(FaultPoints::new(Some(crash)));
    let described = |violation: String| {
        let passed = points.passed();
        let last = passed.last().map_or("", String::as_str);
        format!(
            "{}: {:?} #{} {last}: {violation}\npassed: {passed:?}",
            scenario.name, crash.side, crash.at
        )
    };
    let mut crashed = false;
    let mut end = run_engine(database, &environment, &points, async |harness| {
        Box::pin(caller.run(harness)).await
    });
    if matches!(end, End::Crashed) {
        crashed = true;
        // Another engine takes over once the lease has ended.
        database.block_on(environment.end_workers(database.store().clone()));
        let points = Arc::new(FaultPoints::new(None));
        end = run_engine(database, &environment, &points, async |harness| {
            Box::pin(caller.run(harness)).await
        });
    }
    let End::Completed(migration) = end else {
        return Err(described("nothing happens any more".to_owned()));
    };
    let checked = database.block_on(check(database, &environment, &migration));
    checked.map_err(&described)?;
    if migration.state != scenario.ends {
        return Err(described(format!(
            "it ended {:?}: {:?}",
            migration.state, migration.fault
        )));
    }
    Ok(crashed)
}

/// Reports the number of crash points on the standard output, and in a file that outlives the test.
#[expect(clippy::print_stdout, reason = "shown to a person that runs the test")]
fn report(store: &str, tried: usize) {
    let line = format!("crash points: {tried} on {store}\n");
    print!("{line}");
    let file = format!("crash-points-{}.txt", store.to_lowercase());
    std::fs::write(Path::new(env!("CARGO_TARGET_TMPDIR")).join(file), line).unwrap();
}
