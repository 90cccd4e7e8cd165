//! Whole migrations under random faults: each ends, and the invariants hold.

use std::sync::Arc;

use proptest::test_runner::{Config, TestCaseError, TestRunner};

use super::caller::Caller;
use super::disturbances::{Disturbance, sequences};
use super::engine_harness::{End, run_engine};
use super::environment::DatabaseRuntime;
use super::fault_points::FaultPoints;
use super::invariants::check;
use super::scenarios::ALL;
use crate::store::backend::Backend;
use crate::store::postgres::PostgresDatabase;
use crate::store::sqlite::SqliteFile;

/// Number of cases, unless `PROPTEST_CASES` sets it.
const CASES: u32 = 64;

/// Number of cases of proptest's default configuration.
const PROPTEST_DEFAULT: u32 = 256;

#[test]
fn on_sqlite_every_migration_ends_and_the_invariants_hold() {
    run_cases::<SqliteFile>();
}

#[test]
fn on_postgresql_every_migration_ends_and_the_invariants_hold() {
    run_cases::<PostgresDatabase>();
}

fn run_cases<B: Backend>() {
    let database = DatabaseRuntime::<B>::open();
    let mut config = Config {
        source_file: Some(file!()),
        max_shrink_iters: 200,
        ..Config::default()
    };
    if config.cases == PROPTEST_DEFAULT {
        config.cases = CASES;
    }
    TestRunner::new(config)
        .run(&sequences(), |disturbances| {
            run(&database, disturbances).map_err(TestCaseError::fail)
        })
        .unwrap_or_else(|failure| panic!("{failure}"));
}

fn run<B: Backend>(
    database: &DatabaseRuntime<B>,
    disturbances: Vec<Disturbance>,
) -> Result<(), String> {
    let environment = database.environment();
    let mut caller = Caller::new(ALL[0], environment.clock.now()).with_disturbances(disturbances);
    loop {
        let points = Arc::new(FaultPoints::new(None));
        match run_engine(database, &environment, &points, async |harness| {
            Box::pin(caller.run(harness)).await
        }) {
            End::Completed(migration) => {
                return database.block_on(check(database, &environment, &migration));
            }
            End::Stuck => return Err(format!("nothing happens any more: {:?}", points.passed())),
            // Another engine takes over once the lease has ended.
            End::Crashed => database.block_on(environment.end_workers(database.store().clone())),
        }
    }
}
