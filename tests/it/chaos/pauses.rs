//! A process that is stopped between the intent of a call and the call, and a database that has
//! failed over.

use std::sync::Arc;
use std::time::Duration;

use domain::{
    GraphCall, Machine, Migration, Pin, Principal, Reason, Request, Route, Secrets, State, Step,
};
use jiff::{SignedDuration, Timestamp};
use sandbox::Call;
use tokio::runtime::Builder;
use waba_migrator::engine::{Engine, Started};
use waba_migrator::store::{Database, Store as _};
use waba_migrator::util::clock::Clock;

use super::caller::embedded_signup;
use super::crashing_store::CrashingStore;
use super::engine_harness::{LEASE, start_engine_with};
use super::environment::{DatabaseRuntime, Environment};
use super::fault_points::FaultPoints;
use super::scenarios::{ALL, Scenario};
use crate::store::backend::Backend;
use crate::store::postgres::PostgresDatabase;
use crate::store::sqlite::SqliteFile;
use crate::support::PATIENCE;

/// A number that only has to be registered.
fn scenario() -> Scenario {
    let mut added = ALL.iter().filter(|it| it.route == Route::AddedNumber);
    *added.next().unwrap()
}

/// An environment in which Embedded Signup has added the number.
struct Signup<'a, B> {
    database: &'a DatabaseRuntime<B>,
    environment: Environment,
}

impl<'a, B: Backend> Signup<'a, B> {
    fn new(database: &'a DatabaseRuntime<B>) -> Self {
        let environment = database.environment();
        database.block_on(embedded_signup(&scenario(), &environment));
        Self {
            database,
            environment,
        }
    }

    fn store(&self) -> CrashingStore<Database> {
        CrashingStore::new(
            self.database.store().clone(),
            Arc::new(FaultPoints::new(None)),
            self.database.handle().clone(),
            Arc::clone(&self.environment.workers),
        )
    }

    async fn start(&self, engine: &Engine<CrashingStore<Database>>) -> Migration {
        let scenario = scenario();
        let request = Request {
            route: scenario.route,
            ..Request::new(
                "the only one".parse().unwrap(),
                scenario.number.parse().unwrap(),
                scenario.destination.parse().unwrap(),
            )
        };
        let secrets = Secrets {
            two_step_pin: Some(Pin::from_random([7; 8])),
            ..Secrets::default()
        };
        let by = Principal::anonymous();
        let started = engine.start(&self.environment.tenant, &by, request, secrets);
        let (Started::New(accepted) | Started::Existing(accepted)) = started.await.unwrap();
        *accepted.migration
    }

    /// The register calls that reached Meta.
    fn registered(&self) -> usize {
        let ledger = self.environment.sandbox.ledger();
        let calls = ledger.iter().filter(|it| it.call == Call::Register);
        calls.count()
    }

    async fn load(&self, migration: &Migration) -> Migration {
        let (store, tenant) = (self.database.store().clone(), migration.tenant.clone());
        let id = migration.id;
        let loaded = async move { store.load(&tenant, id).await };
        let loaded = self.database.handle().spawn(loaded).await;
        loaded.unwrap().unwrap().unwrap()
    }

    /// Moves the clock whenever nothing happens, until the migration is as `wanted`.
    async fn until(
        &self,
        migration: &Migration,
        store: &CrashingStore<Database>,
        wanted: impl Fn(&Migration) -> bool,
    ) -> Migration {
        let clock = &self.environment.clock;
        let reached = async {
            loop {
                let now = self.load(migration).await;
                if wanted(&now) {
                    return now;
                }
                let due: Option<Timestamp> = Machine::default().due_at(&now, clock.now());
                if let Some(due) = due {
                    let ahead = due.duration_since(clock.now()).max(SignedDuration::ZERO);
                    clock.advance(ahead);
                    store.clock_moved();
                }
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        match tokio::time::timeout(PATIENCE, reached).await {
            Ok(reached) => reached,
            Err(elapsed) => panic!("{elapsed}: {:#?}", self.load(migration).await),
        }
    }
}

fn run<T>(test: impl Future<Output = T>) -> T {
    let runtime = Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(test)
}

#[test]
fn on_sqlite_a_process_that_was_stopped_before_a_call_never_makes_it() {
    stopped_before_register::<SqliteFile>();
}

#[test]
fn on_postgresql_a_process_that_was_stopped_before_a_call_never_makes_it() {
    stopped_before_register::<PostgresDatabase>();
}

fn stopped_before_register<B: Backend>() {
    let database = DatabaseRuntime::<B>::open();
    let signup = Signup::new(&database);
    run(async {
        // Its clock is its own, since it alone is stopped.
        let (own, first) = (Clock::default(), signup.store());
        first.stop_before(GraphCall::Register);
        let engine = start_engine_with(&signup.environment, &own, first.clone());
        let migration = signup.start(&engine).await;
        first.stopped().await;
        // Nothing of a stopped process goes on, and its lease ends.
        first.cut_off_renewals(true);
        own.pause(LEASE);
        let (environment, store) = (&signup.environment, database.store());
        let ended = environment.end_workers(store.clone());
        database.handle().spawn(ended).await.unwrap();
        let second = signup.store();
        let other = start_engine_with(environment, &environment.clock, second.clone());
        let moved = signup
            .until(&migration, &second, |it| it.state.is_terminal())
            .await;
        assert_eq!(moved.state, State::Succeeded, "{:?}", moved.fault);
        assert_eq!(signup.registered(), 1, "by the other process");
        first.go_on();
        first.cut_off_renewals(false);
        // Long enough for the call, and for the process to join again.
        tokio::time::sleep(Duration::from_secs(2)).await;
        assert_eq!(signup.registered(), 1);
        assert_eq!(signup.load(&migration).await, moved);
        drop((engine, other));
    });
}

#[test]
fn on_sqlite_a_worker_that_cannot_renew_its_lease_makes_no_call() {
    let database = DatabaseRuntime::<SqliteFile>::open();
    let signup = Signup::new(&database);
    run(async {
        let store = signup.store();
        store.stop_before(GraphCall::Register);
        let clock = &signup.environment.clock;
        let engine = start_engine_with(&signup.environment, clock, store.clone());
        let migration = signup.start(&engine).await;
        store.stopped().await;
        store.cut_off_renewals(true);
        // No other worker takes over: its own clock alone stops it.
        clock.pause(LEASE);
        store.go_on();
        tokio::time::sleep(Duration::from_millis(200)).await;
        assert_eq!(signup.registered(), 0);
        // It joins again, and reads Meta first.
        let moved = signup
            .until(&migration, &store, |it| it.state.is_terminal())
            .await;
        assert_eq!(moved.state, State::Succeeded, "{:?}", moved.fault);
        assert_eq!(signup.registered(), 1);
    });
}

#[test]
fn after_a_failover_no_number_is_registered_before_meta_has_settled() {
    let database = DatabaseRuntime::<SqliteFile>::open();
    let signup = Signup::new(&database);
    run(async {
        let store = signup.store();
        store.set_failover(Some(Duration::from_secs(20)));
        let clock = &signup.environment.clock;
        let engine = start_engine_with(&signup.environment, clock, store.clone());
        let migration = signup.start(&engine).await;
        let held = |it: &Migration| it.step == Step::Register && it.not_before.is_some();
        let held = signup.until(&migration, &store, held).await;
        let settled = clock.now() + SignedDuration::from_secs(40);
        let until = held.not_before.unwrap().duration_since(settled);
        assert!(until.abs() < SignedDuration::from_secs(20), "{until:?}");
        assert_eq!(signup.registered(), 0);
        assert_eq!(held.attempts.last(), 0, "no intent");
        store.set_failover(Some(Duration::from_secs(90)));
        let moved = signup
            .until(&migration, &store, |it| it.state.is_terminal())
            .await;
        assert_eq!(moved.state, State::Succeeded, "{:?}", moved.fault);
        assert_eq!(signup.registered(), 1);
    });
}

#[test]
fn while_the_clock_is_wrong_no_call_is_made_that_meta_limits() {
    let database = DatabaseRuntime::<SqliteFile>::open();
    let signup = Signup::new(&database);
    run(async {
        let store = signup.store();
        let clock = &signup.environment.clock;
        clock.set_error(SignedDuration::from_mins(5));
        let engine = start_engine_with(&signup.environment, clock, store.clone());
        let migration = signup.start(&engine).await;
        let held = |it: &Migration| it.held.is_some();
        let held = signup.until(&migration, &store, held).await;
        let why = held.held.clone().map(|fault| fault.reason);
        assert_eq!((held.step, why), (Step::Register, Some(Reason::ClockWrong)));
        let next = Machine::default().next_action(&held, clock.now());
        assert!(next.instruction.contains("clock"), "{}", next.instruction);
        let wrong = engine.wrong_clock().unwrap();
        assert_eq!(wrong.against, "meta");
        let ahead = wrong.ahead.as_secs();
        assert!((297..=303).contains(&ahead), "{ahead}");
        assert_eq!((signup.registered(), held.attempts.last()), (0, 0));
        clock.set_error(SignedDuration::ZERO);
        let moved = signup
            .until(&migration, &store, |it| it.state.is_terminal())
            .await;
        assert_eq!(moved.state, State::Succeeded, "{:?}", moved.fault);
        assert_eq!(engine.wrong_clock(), None);
    });
}
