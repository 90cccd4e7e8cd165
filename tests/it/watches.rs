//! Cost of streams: an engine over a store that counts its queries.

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
use waba_migrator::store::Database;
use waba_migrator::util::clock::Clock;

use crate::chaos::crashing_store::CrashingStore;
use crate::chaos::fault_points::{FaultPoints, Side};
use crate::store::backend::{Backend, created, saved};
use crate::store::postgres::PostgresDatabase;
use crate::store::sqlite::SqliteFile;
use crate::support::defaults;
use crate::support::migrations::{migration, sends, tenant};

const STREAMS: usize = 1000;
const POLL: Duration = Duration::from_millis(30);
const PATIENCE: Duration = Duration::from_secs(30);

type Watch = Pin<Box<dyn Stream<Item = Result<Event, Error>> + Send>>;

/// A running engine, and the queries that it makes.
struct EngineHarness<B: Backend> {
    engine: Engine<CrashingStore<Database>>,
    store: CrashingStore<Database>,
    points: Arc<FaultPoints>,
    backend: B,
    _stop: DropGuard,
    _tasks: JoinSet<()>,
}

impl<B: Backend> EngineHarness<B> {
    async fn start() -> Self {
        let backend = B::fresh().await;
        let points = Arc::new(FaultPoints::new(None));
        let store = CrashingStore::new(
            backend.store().clone(),
            Arc::clone(&points),
            Handle::current(),
            Arc::default(),
        );
        // No server listens there, and nothing is due.
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
        let (run, stop) = (engine.clone(), CancellationToken::new());
        let stopped = stop.clone();
        let mut tasks = JoinSet::new();
        tasks.spawn(async move { run.run(stopped).await });
        Self {
            engine,
            store,
            points,
            backend,
            _stop: stop.drop_guard(),
            _tasks: tasks,
        }
    }

    async fn migration(&self, n: u16) -> Migration {
        created(self.backend.store(), &migration(&tenant("acme"), n), None).await
    }

    /// A stream that has read everything, and waits.
    async fn watch(&self, it: &Migration) -> Watch {
        let after = it.last_sequence - 1;
        let mut watch: Watch = Box::pin(self.engine.watch(&it.tenant, it.id, after));
        assert_eq!(next(&mut watch).await.sequence, it.last_sequence);
        watch
    }

    /// Commits an event like another process whose notifications are lost.
    async fn commit(&self, it: &mut Migration) {
        let event = sends(it, 1, GraphCall::AddNumber);
        saved(self.backend.store(), it, &[event], None).await;
    }

    /// Waits for this number of further polls.
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

    fn reads(&self) -> usize {
        let reading = ["events", "load", "list"];
        let passed = self.points.passed();
        passed
            .iter()
            .filter(|it| reading.contains(&it.as_str()))
            .count()
    }
}

async fn next(watch: &mut Watch) -> Event {
    let item = timeout(PATIENCE, watch.next()).await;
    item.expect("no event came").unwrap().unwrap()
}

async fn the_cost_of_streams_does_not_grow_with_their_number<B: Backend>() {
    let harness = EngineHarness::<B>::start().await;
    let (mut moves, mut waits) = (harness.migration(1).await, harness.migration(2).await);
    let mut watches = Vec::new();
    for _ in 0..STREAMS {
        watches.push(harness.watch(&moves).await);
    }
    let mut waiting = harness.watch(&waits).await;
    let reads = harness.reads();
    let mut streams = JoinSet::new();
    for mut watch in watches {
        streams.spawn(async move {
            let event = next(&mut watch).await;
            (event.sequence, watch)
        });
    }
    // Two migrations, two ids per poll; nothing else is read while nothing is committed.
    let polls = harness.polled(5).await;
    assert!(polls.iter().all(|ids| *ids == 2), "{polls:?}");
    assert_eq!(harness.reads(), reads);

    harness.commit(&mut moves).await;
    let received = timeout(PATIENCE, streams.join_all()).await.unwrap();
    assert!(received.iter().all(|(sequence, _)| *sequence == 2));
    assert_eq!(harness.reads(), reads + 1);

    harness.commit(&mut waits).await;
    assert_eq!(next(&mut waiting).await.sequence, 2);
    drop((received, waiting));
    // A poll in progress may still include them.
    harness.polled(0).await;
    let polls = harness.store.polled().len();
    tokio::time::sleep(POLL * 5).await;
    assert!(
        harness.store.polled().len() <= polls + 1,
        "no stream is left"
    );
}

async fn a_short_outage_of_the_store_ends_no_stream<B: Backend>() {
    let harness = EngineHarness::<B>::start().await;
    let mut it = harness.migration(1).await;
    let mut watch = harness.watch(&it).await;
    harness.points.fail_store_calls(1, Side::Before);
    harness.commit(&mut it).await;
    assert_eq!(next(&mut watch).await.sequence, 2);
    assert!(
        harness.points.next_store_failure().is_none(),
        "the store has failed"
    );
    // A stream that begins during the outage fails.
    harness.points.fail_store_calls(1, Side::Before);
    let mut begins: Watch = Box::pin(harness.engine.watch(&it.tenant, it.id, 0));
    let refused = begins.next().await.unwrap();
    assert!(matches!(refused, Err(Error::Store(_))), "{refused:?}");
    assert!(begins.next().await.is_none());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_sqlite_the_cost_of_streams_does_not_grow_with_their_number() {
    the_cost_of_streams_does_not_grow_with_their_number::<SqliteFile>().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_postgresql_the_cost_of_streams_does_not_grow_with_their_number() {
    the_cost_of_streams_does_not_grow_with_their_number::<PostgresDatabase>().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_sqlite_a_short_outage_of_the_store_ends_no_stream() {
    a_short_outage_of_the_store_ends_no_stream::<SqliteFile>().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_postgresql_a_short_outage_of_the_store_ends_no_stream() {
    a_short_outage_of_the_store_ends_no_stream::<PostgresDatabase>().await;
}
