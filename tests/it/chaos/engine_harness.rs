//! Runs one engine on its own runtime, so that a crash leaves nothing of it.

use std::sync::Arc;
use std::time::Duration;

use domain::Machine;
use jiff::SignedDuration;
use tokio::runtime::Builder;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use waba_migrator::engine::{Engine, Settings};
use waba_migrator::graph;
use waba_migrator::store::{Database, Store};
use waba_migrator::util::clock::Clock;

use super::crashing_store::CrashingStore;
use super::environment::{DatabaseRuntime, Environment};
use super::fault_points::FaultPoints;
use crate::store::backend::Backend;
use crate::support::defaults;

/// Duration of a lease: longer than a test takes. A test ends a lease itself.
pub const LEASE: SignedDuration = SignedDuration::from_mins(2);
/// Time-out of a call to Graph.
const TIMEOUT: Duration = Duration::from_secs(1);
/// Time after which an engine counts as stuck.
const STUCK_AFTER: Duration = Duration::from_secs(30);

/// How a run ended.
#[derive(Debug)]
pub enum End<T> {
    /// The scenario is complete.
    Completed(T),
    /// The engine crashed.
    Crashed,
    /// Nothing happens any more.
    Stuck,
}

/// A running engine and its environment.
pub struct EngineHarness<'a, B: Backend> {
    pub engine: Engine<CrashingStore<Database>>,
    pub store: CrashingStore<Database>,
    pub points: Arc<FaultPoints>,
    pub environment: &'a Environment,
    pub database: &'a DatabaseRuntime<B>,
}

/// Runs an engine until `scenario` is complete, or the engine crashes.
pub fn run_engine<'a, B: Backend, T>(
    database: &'a DatabaseRuntime<B>,
    environment: &'a Environment,
    points: &Arc<FaultPoints>,
    scenario: impl AsyncFnOnce(EngineHarness<'a, B>) -> T,
) -> End<T> {
    environment.set_fault_points(points);
    let runtime = Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let store = CrashingStore::new(
            database.store().clone(),
            Arc::clone(points),
            database.handle().clone(),
            Arc::clone(&environment.workers),
        );
        let engine = start_engine(environment, store.clone());
        // Lets the engine start.
        tokio::task::yield_now().await;
        let harness = EngineHarness {
            engine,
            store,
            points: Arc::clone(points),
            environment,
            database,
        };
        tokio::select! {
            biased;
            () = points.crashed() => End::Crashed,
            result = scenario(harness) => End::Completed(result),
            () = tokio::time::sleep(STUCK_AFTER) => End::Stuck,
        }
    })
}

/// Starts an engine on the caller's runtime.
pub fn start_engine<S: Store>(environment: &Environment, store: S) -> Engine<S> {
    start_engine_with(environment, &environment.clock, store)
}

/// Starts an engine with a clock of its own.
pub fn start_engine_with<S: Store>(
    environment: &Environment,
    clock: &Clock,
    store: S,
) -> Engine<S> {
    let settings = graph::Settings {
        timeout: TIMEOUT,
        register_timeout: TIMEOUT,
        ..defaults::graph(&environment.url)
    };
    let graph = graph::Client::new(settings, clock.clone()).unwrap();
    let settings = Settings {
        lease: LEASE,
        // No test should need a poll.
        poll: Duration::from_secs(7),
        ..defaults::engine()
    };
    let engine = Engine::new(
        store,
        graph.into(),
        Machine::default(),
        clock.clone(),
        settings,
    );
    let running = engine.clone();
    TaskTracker::new().spawn(async move { running.run(CancellationToken::new()).await });
    engine
}
