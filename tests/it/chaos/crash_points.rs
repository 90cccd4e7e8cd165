//! Every point at which an engine can die: right before and right after each of its inputs and outputs.

use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

use jiff::SignedDuration;

use super::caller::{Caller, embedded_signup};
use super::gate::{Death, Gate, Side};
use super::lane::Lane;
use super::life::{End, LEASE, live};
use super::scenarios::{ALL, Scenario};
use super::verdict::judge;
use crate::store::backend::Backend;
use crate::store::postgres::PostgresDatabase;
use crate::store::sqlite::SqliteFile;

#[test]
fn on_sqlite_an_engine_may_die_anywhere() {
    everywhere::<SqliteFile>("SQLite");
}

#[test]
fn on_postgresql_an_engine_may_die_anywhere() {
    everywhere::<PostgresDatabase>("PostgreSQL");
}

/// Tries every point of every scenario, and says how many there were.
fn everywhere<B: Backend>(store: &str)
where
    Lane<B>: Sync,
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
                let lane = Lane::<B>::open();
                loop {
                    let Some((scenario, side)) = work.lock().unwrap().pop() else {
                        return;
                    };
                    for at in 1.. {
                        match point(&lane, scenario, Death { at, side }) {
                            Ok(true) => drop(tried.fetch_add(1, Ordering::Relaxed)),
                            // It came to its end first: there are no more points.
                            Ok(false) => break,
                            Err(failure) => {
                                failures.lock().unwrap().push(failure);
                                break;
                            }
                        }
                    }
                }
            });
        }
    });
    let failures = failures.into_inner().unwrap();
    assert!(failures.is_empty(), "{}", failures.join("\n\n"));
    say(store, tried.into_inner());
}

/// Tells one story with an engine that dies at one point, and another that takes over; `false` where the story came to
/// its end before that point.
fn point<B: Backend>(lane: &Lane<B>, scenario: Scenario, death: Death) -> Result<bool, String> {
    let place = lane.place();
    lane.wait_for(embedded_signup(&scenario, &place));
    let mut caller = Caller::new(scenario, place.clock.now());
    let gate = Arc::new(Gate::new(Some(death)));
    let described = |reproach: String| {
        let passed = gate.passed();
        let last = passed.last().map_or("", String::as_str);
        format!(
            "{}: {:?} #{} {last}: {reproach}\npassed: {passed:?}",
            scenario.name, death.side, death.at
        )
    };
    let mut died = false;
    let mut end = live(lane, &place, &gate, async |living| {
        caller.tell(living).await
    });
    if matches!(end, End::Died) {
        died = true;
        // Whoever takes over does so once the lease has run out.
        place.clock.advance(LEASE + SignedDuration::from_millis(1));
        let gate = Arc::new(Gate::new(None));
        end = live(lane, &place, &gate, async |living| {
            caller.tell(living).await
        });
    }
    let End::Told(migration) = end else {
        return Err(described("nothing happens any more".to_owned()));
    };
    let judged = lane.wait_for(judge(lane, &place, &migration));
    judged.map_err(&described)?;
    if migration.state != scenario.ends {
        return Err(described(format!(
            "it ended {:?}: {:?}",
            migration.state, migration.fault
        )));
    }
    Ok(died)
}

/// Says how many points were tried: on the standard output, and in a file that outlives the test's.
#[expect(
    clippy::print_stdout,
    reason = "whoever runs it by hand sees it at once"
)]
fn say(store: &str, tried: usize) {
    let line = format!("crash points: {tried} on {store}\n");
    print!("{line}");
    let file = format!("crash-points-{}.txt", store.to_lowercase());
    std::fs::write(Path::new(env!("CARGO_TARGET_TMPDIR")).join(file), line).unwrap();
}
