//! What streams cost the store: an engine over a store that counts what it is asked for.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use domain::{Event, GraphCall, Machine, Migration};
use futures_util::{Stream, StreamExt as _};
use tokio::runtime::Handle;
use tokio::task::JoinSet;
use tokio::time::timeout;
use tokio_util::sync::{CancellationToken, DropGuard};
use waba_migrator::engine::{Engine, Error, Settings};
use waba_migrator::graph;
use waba_migrator::util::clock::Clock;

use crate::chaos::gate::{Gate, Side};
use crate::chaos::mortal::Mortal;
use crate::store::backend::{Backend, created, saved};
use crate::store::postgres::PostgresDatabase;
use crate::store::sqlite::SqliteFile;
use crate::support::defaults;
use crate::support::migrations::{migration, sends, tenant};

const STREAMS: usize = 1000;
const POLL: Duration = Duration::from_millis(30);
const PATIENCE: Duration = Duration::from_secs(30);

type Watch = Pin<Box<dyn Stream<Item = Result<Event, Error>> + Send>>;

/// An engine that runs, and what it asks its store for.
struct Running<B: Backend> {
    engine: Engine<Mortal<B::Store>>,
    store: Mortal<B::Store>,
    gate: Arc<Gate>,
    backend: B,
    _stop: DropGuard,
    _tasks: JoinSet<()>,
}

impl<B: Backend> Running<B> {
    async fn start() -> Self {
        let backend = B::fresh().await;
        let gate = Arc::new(Gate::new(None));
        let store = Mortal::new(
            backend.store().clone(),
            Arc::clone(&gate),
            Handle::current(),
        );
        // Nothing listens there, and nothing is due.
        let to = defaults::graph("http://127.0.0.1:9");
        let clock = Clock::default();
        let graph = graph::Client::new(to, clock.clone()).unwrap();
        let settings = Settings {
            poll: POLL,
            ..defaults::engine()
        };
        let engine = Engine::new(
            store.clone(),
            graph.into(),
            Machine::default(),
            clock,
            settings,
        );
        let (running, stop) = (engine.clone(), CancellationToken::new());
        let stopped = stop.clone();
        let mut tasks = JoinSet::new();
        tasks.spawn(async move { running.run(stopped).await });
        Self {
            engine,
            store,
            gate,
            backend,
            _stop: stop.drop_guard(),
            _tasks: tasks,
        }
    }

    async fn migration(&self, n: u16) -> Migration {
        created(self.backend.store(), &migration(&tenant("acme"), n), None).await
    }

    /// A stream that has read all there is, and waits.
    async fn watch(&self, it: &Migration) -> Watch {
        let after = it.last_sequence - 1;
        let mut watch: Watch = Box::pin(self.engine.watch(&it.tenant, it.id, after));
        assert_eq!(next(&mut watch).await.sequence, it.last_sequence);
        watch
    }

    /// Commits an event as another process would that cannot be heard.
    async fn commit(&self, it: &mut Migration) {
        let event = sends(it, 1, GraphCall::AddNumber);
        saved(self.backend.store(), it, &[event], None).await;
    }

    /// Waits until the store was polled again, this number of times.
    async fn polled(&self, times: usize) -> Vec<usize> {
        let before = self.store.polled().len();
        let polled = async {
            while self.store.polled().len() < before + times {
                tokio::time::sleep(POLL / 2).await;
            }
        };
        timeout(PATIENCE, polled).await.unwrap();
        self.store.polled().split_off(before)
    }

    fn readings(&self) -> usize {
        let reading = ["events", "load", "list"];
        let passed = self.gate.passed();
        passed
            .iter()
            .filter(|it| reading.contains(&it.as_str()))
            .count()
    }
}

async fn next(watch: &mut Watch) -> Event {
    let item = timeout(PATIENCE, watch.next()).await;
    item.expect("nothing came").unwrap().unwrap()
}

async fn what_streams_cost_does_not_grow_with_their_number<B: Backend>() {
    let running = Running::<B>::start().await;
    let (mut moves, mut waits) = (running.migration(1).await, running.migration(2).await);
    let mut watches = Vec::new();
    for _ in 0..STREAMS {
        watches.push(running.watch(&moves).await);
    }
    let mut waiting = running.watch(&waits).await;
    let readings = running.readings();
    let mut streams = JoinSet::new();
    for mut watch in watches {
        streams.spawn(async move {
            let event = next(&mut watch).await;
            (event.sequence, watch)
        });
    }
    // Two migrations, two ids a poll; and nothing else is read while nothing is committed.
    let polls = running.polled(5).await;
    assert!(polls.iter().all(|ids| *ids == 2), "{polls:?}");
    assert_eq!(running.readings(), readings);

    running.commit(&mut moves).await;
    let told = timeout(PATIENCE, streams.join_all()).await.unwrap();
    assert!(told.iter().all(|(sequence, _)| *sequence == 2));
    assert_eq!(running.readings(), readings + 1);

    running.commit(&mut waits).await;
    assert_eq!(next(&mut waiting).await.sequence, 2);
    drop((told, waiting));
    // The poll that was under way may still have them.
    running.polled(0).await;
    let asked = running.store.polled().len();
    tokio::time::sleep(POLL * 5).await;
    assert!(
        running.store.polled().len() <= asked + 1,
        "nobody waits for anything"
    );
}

async fn a_store_that_is_away_for_a_while_ends_no_stream<B: Backend>() {
    let running = Running::<B>::start().await;
    let mut it = running.migration(1).await;
    let mut watch = running.watch(&it).await;
    running.gate.send_away(1, Side::Before);
    running.commit(&mut it).await;
    assert_eq!(next(&mut watch).await.sequence, 2);
    assert!(
        running.gate.is_away().is_none(),
        "the store was asked in vain"
    );
    // One that begins then is told so.
    running.gate.send_away(1, Side::Before);
    let mut begins: Watch = Box::pin(running.engine.watch(&it.tenant, it.id, 0));
    let refused = begins.next().await.unwrap();
    assert!(matches!(refused, Err(Error::Store(_))), "{refused:?}");
    assert!(begins.next().await.is_none());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_sqlite_what_streams_cost_does_not_grow_with_their_number() {
    what_streams_cost_does_not_grow_with_their_number::<SqliteFile>().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_postgresql_what_streams_cost_does_not_grow_with_their_number() {
    what_streams_cost_does_not_grow_with_their_number::<PostgresDatabase>().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_sqlite_a_store_that_is_away_for_a_while_ends_no_stream() {
    a_store_that_is_away_for_a_while_ends_no_stream::<SqliteFile>().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_postgresql_a_store_that_is_away_for_a_while_ends_no_stream() {
    a_store_that_is_away_for_a_while_ends_no_stream::<PostgresDatabase>().await;
}
