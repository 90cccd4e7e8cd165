//! Whole migrations under random faults. Whatever happens, each ends, and what must be true of every story is true of it.

use std::sync::Arc;

use jiff::SignedDuration;
use proptest::test_runner::{Config, TestCaseError, TestRunner};

use super::caller::Caller;
use super::gate::Gate;
use super::lane::Lane;
use super::life::{End, LEASE, live};
use super::moves::{Move, story};
use super::scenarios::ALL;
use super::verdict::judge;
use crate::store::backend::Backend;
use crate::store::postgres::PostgresDatabase;
use crate::store::sqlite::SqliteFile;

/// So many stories are told, unless `PROPTEST_CASES` says otherwise.
const CASES: u32 = 64;

/// What proptest takes where nobody asks for anything.
const UNASKED: u32 = 256;

#[test]
fn on_sqlite_every_story_ends_as_it_may() {
    tell_many::<SqliteFile>();
}

#[test]
fn on_postgresql_every_story_ends_as_it_may() {
    tell_many::<PostgresDatabase>();
}

fn tell_many<B: Backend>() {
    let lane = Lane::<B>::open();
    let mut config = Config {
        source_file: Some(file!()),
        max_shrink_iters: 200,
        ..Config::default()
    };
    if config.cases == UNASKED {
        config.cases = CASES;
    }
    TestRunner::new(config)
        .run(&story(), |moves| {
            tell(&lane, moves).map_err(TestCaseError::fail)
        })
        .unwrap_or_else(|failure| panic!("{failure}"));
}

fn tell<B: Backend>(lane: &Lane<B>, moves: Vec<Move>) -> Result<(), String> {
    let place = lane.place();
    let mut caller = Caller::new(ALL[0], place.clock.now()).amid(moves);
    loop {
        let gate = Arc::new(Gate::new(None));
        match live(lane, &place, &gate, async |living| {
            caller.tell(living).await
        }) {
            End::Told(migration) => return lane.wait_for(judge(lane, &place, &migration)),
            End::Stuck => return Err(format!("nothing happens any more: {:?}", gate.passed())),
            // Whoever takes over does so once the lease has run out.
            End::Died => place.clock.advance(LEASE + SignedDuration::from_millis(1)),
        }
    }
}
