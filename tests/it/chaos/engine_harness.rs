//! One engine's life: on a runtime of its own, so that nothing of it outlives it.

use std::sync::Arc;
use std::time::Duration;

use domain::Machine;
use jiff::SignedDuration;
use tokio::runtime::Builder;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use waba_migrator::engine::{Engine, Settings};
use waba_migrator::graph;
use waba_migrator::store::Store;

use super::gate::Gate;
use super::lane::{Lane, Place};
use super::mortal::Mortal;
use crate::store::backend::Backend;
use crate::support::defaults;

/// How long a claim holds. Longer than a story takes, since the clock is moved by hand.
pub const LEASE: SignedDuration = SignedDuration::from_mins(2);
/// How long a call to Graph may take.
const TIMEOUT: Duration = Duration::from_secs(1);
/// Longer than any life takes: whoever waits so long waits for ever.
const PATIENCE: Duration = Duration::from_secs(30);

/// How a life ended.
#[derive(Debug)]
pub enum End<T> {
    /// The story came to its end.
    Told(T),
    /// The engine died.
    Died,
    /// Nothing happened any more.
    Stuck,
}

/// What a story is told by: a living engine.
pub struct Living<'a, B: Backend> {
    pub engine: Engine<Mortal<B::Store>>,
    pub store: Mortal<B::Store>,
    pub gate: Arc<Gate>,
    pub place: &'a Place,
    pub lane: &'a Lane<B>,
}

/// Runs an engine until `tale` was told, or the engine dies at its gate.
pub fn live<'a, B: Backend, T>(
    lane: &'a Lane<B>,
    place: &'a Place,
    gate: &Arc<Gate>,
    tale: impl AsyncFnOnce(Living<'a, B>) -> T,
) -> End<T> {
    place.guard(gate);
    let runtime = Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let store = Mortal::new(lane.store().clone(), Arc::clone(gate), lane.home().clone());
        let engine = start(place, store.clone());
        // It takes nothing up before it runs.
        tokio::task::yield_now().await;
        let living = Living {
            engine,
            store,
            gate: Arc::clone(gate),
            place,
            lane,
        };
        tokio::select! {
            biased;
            () = gate.died() => End::Died,
            told = tale(living) => End::Told(told),
            () = tokio::time::sleep(PATIENCE) => End::Stuck,
        }
    })
}

/// Starts an engine on the runtime of whoever calls.
pub fn start<S: Store>(place: &Place, store: S) -> Engine<S> {
    let settings = graph::Settings {
        timeout: TIMEOUT,
        register_timeout: TIMEOUT,
        ..defaults::graph(&place.url)
    };
    let graph = graph::Client::new(settings, place.clock.clone()).unwrap();
    let settings = Settings {
        lease: LEASE,
        // The net below the wake-ups, which no story should need.
        poll: Duration::from_secs(7),
        ..defaults::engine()
    };
    let engine = Engine::new(
        store,
        graph.into(),
        Machine::default(),
        place.clock.clone(),
        settings,
    );
    let running = engine.clone();
    TaskTracker::new().spawn(async move { running.run(CancellationToken::new()).await });
    engine
}
