//! Cost of sending traces: `GetStatus` and whole migrations of a service that sends every trace to
//! a collector, compared with a service that sends none, alternately in the same run.
//!
//! The collector discards everything. It runs in the load program, so the processor time of the
//! service is the cost for the service alone; the rates include the cost of a collector on the same
//! machine.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::routing::post;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio_util::task::TaskTracker;

use crate::reads::{Target, Total, seed};
use crate::support::report::{float, progress, rounded};
use crate::support::setup::Setup;
use crate::support::stopwatch::Stopwatch;
use crate::support::workspace::Store;
use crate::support::{Scale, workers};

/// What is measured.
#[derive(Debug, clap::Args)]
pub struct Options {
    #[command(flatten)]
    scale: Scale,
    #[command(flatten)]
    store: Store,
    /// Concurrent calls.
    #[arg(long, default_value_t = 64)]
    callers: usize,
    /// Requests per pass. Default: 5000, or 40000.
    #[arg(long)]
    requests: Option<u64>,
    /// Migrations per pass. Default: 300, or 2000.
    #[arg(long)]
    migrations: Option<u64>,
    /// Passes, each of both services. Default: 2, or 5.
    #[arg(long)]
    passes: Option<u64>,
    /// `telemetry.sampling_ratio` of the service.
    #[arg(long, default_value = "1")]
    sampling_ratio: String,
}

/// One of the two services, with its own sandbox and connections.
struct Side {
    name: &'static str,
    callers: usize,
    setup: Setup,
    status: Target,
    /// The next number to move.
    place: u64,
    reads: Total,
    moves: Total,
}

/// A collector that accepts and discards everything.
struct Collector {
    endpoint: String,
    bytes: Arc<AtomicU64>,
}

/// Runs it.
pub async fn run(options: Options) -> anyhow::Result<Value> {
    let collector = Collector::listen().await?;
    let settings = [
        format!("telemetry.otlp_endpoint={}", collector.endpoint),
        "telemetry.otlp_protocol=http".to_owned(),
        format!("telemetry.sampling_ratio={}", options.sampling_ratio),
    ];
    let mut plain = Side::open("plain", &options, &[]).await?;
    let mut traced = Side::open("traced", &options, &settings).await?;
    let requests = options
        .requests
        .unwrap_or_else(|| options.scale.of(5000, 40_000));
    let migrations = options
        .migrations
        .unwrap_or_else(|| options.scale.of(300, 2000));
    let passes = options.passes.unwrap_or_else(|| options.scale.of(2, 5));
    // Connections, caches and the allocator settle.
    for side in [&mut plain, &mut traced] {
        side.read(requests / 10).await?;
        side.migrate(migrations / 10).await?;
        (side.reads, side.moves) = (Total::default(), Total::default());
    }
    for pass in 1..=passes {
        // Alternates which of them is first.
        let sides = if pass % 2 == 0 {
            [&mut traced, &mut plain]
        } else {
            [&mut plain, &mut traced]
        };
        for side in sides {
            let reads = side.read(requests).await?;
            let moves = side.migrate(migrations).await?;
            progress(&format!(
                "pass {pass} of {passes}, {}: {reads:.0} reads/s, {moves:.0} migrations/s",
                side.name
            ));
        }
    }
    let bytes = collector.bytes.load(Ordering::Relaxed);
    Ok(json!({
        "store": options.store.name(),
        "callers": options.callers,
        "sampling_ratio": options.sampling_ratio,
        "collected_bytes": bytes,
        "get_status": beside(plain.reads, traced.reads),
        "migrations": beside(plain.moves, traced.moves),
    }))
}

/// The figures of both, and the ratio of the one with traces to the other.
fn beside(plain: Total, traced: Total) -> Value {
    json!({
        "cpu_ratio": rounded(traced.cpu_each() / plain.cpu_each(), 3),
        "rate_ratio": rounded(traced.rate() / plain.rate(), 3),
        "plain": plain.figures(),
        "traced": traced.figures(),
    })
}

impl Side {
    async fn open(
        name: &'static str,
        options: &Options,
        settings: &[String],
    ) -> anyhow::Result<Self> {
        let setup = Setup::start(&options.store, settings, options.callers).await?;
        progress(&format!("{name}: creating migrations to read"));
        let ids = seed(&setup).await?;
        Ok(Self {
            name,
            callers: options.callers,
            status: Target::get_status(setup.connections.clone(), &ids),
            place: u64::try_from(ids.len())?,
            setup,
            reads: Total::default(),
            moves: Total::default(),
        })
    }

    async fn read(&mut self, count: u64) -> anyhow::Result<f64> {
        self.reads
            .add(&self.status, &self.setup.server, self.callers, count)
            .await
    }

    async fn migrate(&mut self, count: u64) -> anyhow::Result<f64> {
        let (connections, phones) = (self.setup.connections.clone(), self.setup.phones.clone());
        let place = self.place;
        self.place += count;
        let (cpu, watch) = (self.setup.server.cpu_seconds()?, Stopwatch::start());
        let journeys = workers::run(self.callers, count, move |index| {
            let (connections, phones) = (connections.clone(), phones.clone());
            async move { Ok(connections.journey(&phones, place + index).await?.whole) }
        });
        let journeys = journeys.await?;
        let seconds = watch.elapsed().as_secs_f64();
        self.moves.take(
            count,
            seconds,
            self.setup.server.cpu_seconds()? - cpu,
            journeys,
        );
        Ok(float(count) / seconds)
    }
}

impl Collector {
    async fn listen() -> anyhow::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let endpoint = format!("http://{}", listener.local_addr()?);
        let bytes = Arc::new(AtomicU64::new(0));
        let router = Router::new()
            .route("/v1/traces", post(take))
            .with_state(Arc::clone(&bytes));
        TaskTracker::new().spawn(async move {
            // It ends with the program.
            drop(axum::serve(listener, router).await);
        });
        Ok(Self { endpoint, bytes })
    }
}

/// An empty response: everything was accepted.
async fn take(State(bytes): State<Arc<AtomicU64>>, body: Bytes) {
    let size = u64::try_from(body.len()).unwrap_or_default();
    bytes.fetch_add(size, Ordering::Relaxed);
}
