//! Latency of one tenant while others misuse the service: reads of one caller at a fixed rate,
//! alone and with load. The load is watches and reads of another tenant, and unfinished reflection
//! requests of an unauthenticated client. Measures the memory that these cost as well.
//!
//! Callers send at a fixed rate whatever the latency (open loop), and the latency of a read counts
//! from the time at which it was due, so that a service that falls behind gets no relief.

use std::convert::Infallible;
use std::future::poll_fn;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use anyhow::Context as _;
use futures_util::{StreamExt as _, stream};
use prost::bytes::Bytes;
use serde_json::{Value, json};
use tokio::task::JoinSet;
use tonic::Request;
use tonic::body::Body;
use tonic::codegen::Service as _;
use tonic::codegen::http::{self, Response, header};
use tonic::metadata::MetadataValue;
use waba_migrator::proto::v1::{GetStatusRequest, MigrateRequest, WatchRequest};

use crate::support::connections::Connections;
use crate::support::numbers::Number;
use crate::support::report::{float, progress, rounded};
use crate::support::samples::{Samples, median, millis};
use crate::support::stopwatch::Stopwatch;
use crate::support::workspace::Store;
use crate::support::{Scale, service};

/// What is measured.
#[derive(Debug, clap::Args)]
pub struct Options {
    #[command(flatten)]
    scale: Scale,
    #[command(flatten)]
    store: Store,
    /// Rounds, each without and with load, in alternating order. Default: 2, or 10.
    #[arg(long)]
    rounds: Option<u64>,
    /// Length of each half of a round, in seconds. Default: 3, or 8.
    #[arg(long)]
    seconds: Option<u64>,
    /// Reads per second of the measured caller.
    #[arg(long, default_value_t = 200)]
    rate: u64,
    /// Reads per second of the other tenant.
    #[arg(long, default_value_t = 500)]
    neighbour_rate: u64,
    /// Watches that the other tenant tries to open.
    #[arg(long, default_value_t = 10_000)]
    watches: usize,
    /// Unfinished reflection requests of a client without credentials, on two connections.
    #[arg(long, default_value_t = 200)]
    streams: usize,
}

/// A caller of a tenant, with its connections and its key.
#[derive(Debug, Clone)]
struct Caller {
    connections: Connections,
    key: String,
    /// A migration of its tenant.
    id: String,
}

/// Open requests.
#[derive(Debug, Default)]
struct Held {
    tasks: JoinSet<()>,
    admitted: usize,
    refused: usize,
}

const CONNECTIONS: usize = 2;
/// Calls per connection.
const CALLS_A_CONNECTION: usize = 200;
/// Time for the unfinished requests to arrive.
const OPENING: Duration = Duration::from_secs(2);
/// Maximum time until all watches have a response.
const WATCHES_TIMEOUT: Duration = Duration::from_mins(1);
const REFLECTION: &str = "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo";
/// The length that an unfinished message announces, in bytes: the default maximum of gRPC servers.
const ANNOUNCED: u32 = 4 * 1024 * 1024;

/// Runs it.
pub async fn run(options: Options) -> anyhow::Result<Value> {
    let workspace = options.store.workspace()?;
    let sandbox = service::sandbox(&workspace, "0s");
    let keys = ["quiet", "noisy"].map(|tenant| service::tenant(&workspace, tenant));
    let settings = [
        "auth.api_keys=true".to_owned(),
        // The default limits, which the load programs raise otherwise.
        "limits.requests_per_second=1000".to_owned(),
        "limits.burst=2000".to_owned(),
    ];
    let server = service::serve(&workspace, &sandbox.address, &settings);
    let [quiet, noisy] = keys;
    let quiet = Caller::new(&server.address, quiet?, 1).await?;
    let noisy = Caller::new(&server.address, noisy?, 2).await?;

    let before = server.resident();
    let reflections = unfinished(&server.address, options.streams).await?;
    let of_streams = server.resident().saturating_sub(before);
    drop(reflections);
    progress(&format!(
        "{} unfinished reflection requests cost {of_streams} bytes",
        options.streams
    ));

    let rounds = options.rounds.unwrap_or_else(|| options.scale.of(2, 10));
    let length = Duration::from_secs(options.seconds.unwrap_or_else(|| options.scale.of(3, 8)));
    let (mut alone, mut beside) = (Vec::new(), Vec::new());
    let (mut ratios, mut of_watches, mut held) = (Vec::new(), 0, (0, 0));
    quiet.read(options.rate, length).await?;
    for round in 0..rounds {
        let mut figures = [None, None];
        for half in 0..2 {
            let loaded = usize::from((round + half) % 2 == 0);
            let samples = if loaded == 1 {
                let before = server.resident();
                let watches = noisy.watches(&server.address, options.watches).await?;
                let streams = unfinished(&server.address, options.streams).await?;
                of_watches = of_watches.max(server.resident().saturating_sub(before));
                held = (watches.admitted, watches.refused);
                let (measured, others) = tokio::join!(
                    quiet.read(options.rate, length),
                    noisy.read(options.neighbour_rate, length)
                );
                others?;
                drop((watches, streams));
                measured?
            } else {
                quiet.read(options.rate, length).await?
            };
            // Dropped requests end before the next half begins.
            tokio::time::sleep(Duration::from_secs(1)).await;
            let all = if loaded == 1 { &mut beside } else { &mut alone };
            all.extend(samples.iter().copied());
            if let Some(figure) = figures.get_mut(loaded) {
                *figure = samples.into_iter().collect::<Samples>().p99();
            }
        }
        let [Some(free), Some(loaded)] = figures else {
            anyhow::bail!("a half of a round has no samples");
        };
        let ratio = rounded(loaded.as_secs_f64() / free.as_secs_f64(), 2);
        progress(&format!(
            "round {} of {rounds}: p99 {} ms alone, {} ms with load: {ratio}",
            round + 1,
            millis(free),
            millis(loaded)
        ));
        ratios.push(ratio);
    }
    Ok(json!({
        "store": options.store.name(),
        "rate": options.rate,
        "neighbour_rate": options.neighbour_rate,
        "watches_admitted": held.0,
        "watches_refused": held.1,
        "reflection_streams": options.streams,
        "reflection_streams_bytes": of_streams,
        "watches_and_streams_bytes": of_watches,
        "alone": alone.into_iter().collect::<Samples>().percentiles(),
        "beside": beside.into_iter().collect::<Samples>().percentiles(),
        "p99_ratio_of_each_round": ratios.clone(),
        "p99_ratio_median": median(ratios),
    }))
}

impl Caller {
    /// A caller with this key, and a migration that waits for its code.
    async fn new(address: &str, key: String, place: u64) -> anyhow::Result<Self> {
        let connections = Connections::open(&[address], 200).await?;
        let number = Number::at(place);
        let request = MigrateRequest {
            request_id: format!("neighbour-{place}"),
            phone_number: number.e164(),
            destination_waba_id: number.waba,
            ..MigrateRequest::default()
        };
        let mut client = connections.client(0)?;
        let answer = client.migrate(with_key(request, &key)?).await?.into_inner();
        let migration = answer
            .migration
            .context("an answer without the migration")?;
        let id = migration.id;
        Ok(Self {
            connections,
            key,
            id,
        })
    }

    /// Reads its migration at this rate for some time; the latencies, from the time at which each
    /// was due.
    async fn read(&self, rate: u64, length: Duration) -> anyhow::Result<Vec<Duration>> {
        let count = rate * length.as_secs();
        let watch = Stopwatch::start();
        let mut readings = JoinSet::new();
        for at in 0..count {
            let due = Duration::from_secs_f64(float(at) / float(rate));
            tokio::time::sleep(due.saturating_sub(watch.elapsed())).await;
            let request = GetStatusRequest {
                migration_id: self.id.clone(),
            };
            let request = with_key(request, &self.key)?;
            let mut client = self.connections.client(at)?;
            readings.spawn(async move {
                let answer = client.get_status(request).await;
                (answer.map(|_| ()), watch.elapsed().saturating_sub(due))
            });
        }
        let mut samples = Vec::new();
        while let Some(reading) = readings.join_next().await {
            let (answer, took) = reading?;
            answer?;
            samples.push(took);
        }
        Ok(samples)
    }

    /// Tries to open this number of watches of its migration, and keeps the admitted ones open.
    async fn watches(&self, address: &str, count: usize) -> anyhow::Result<Held> {
        let connections = Connections::open(&[address], count.div_ceil(4)).await?;
        let mut held = Held::default();
        let answered = Arc::new([AtomicUsize::new(0), AtomicUsize::new(0)]);
        for at in 0..count {
            let request = WatchRequest {
                migration_id: self.id.clone(),
                after_sequence: 1_000_000,
            };
            let request = with_key(request, &self.key)?;
            let mut client = connections.client((at / CALLS_A_CONNECTION).try_into()?)?;
            let answered = Arc::clone(&answered);
            held.tasks.spawn(async move {
                let stream = client.watch(request).await;
                let [admitted, refused] = &*answered;
                let count = if stream.is_ok() { admitted } else { refused };
                count.fetch_add(1, Ordering::Relaxed);
                std::future::pending::<()>().await;
                drop(stream);
            });
        }
        let watch = Stopwatch::start();
        let counts = || {
            [0, 1].map(|at| {
                answered
                    .get(at)
                    .map_or(0, |n: &AtomicUsize| n.load(Ordering::Relaxed))
            })
        };
        while counts().iter().sum::<usize>() < count && watch.elapsed() < WATCHES_TIMEOUT {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        [held.admitted, held.refused] = counts();
        Ok(held)
    }
}

/// Opens this number of reflection requests, which announce a large message and never end it.
async fn unfinished(address: &str, count: usize) -> anyhow::Result<Held> {
    let connections = Connections::open(&[address], CONNECTIONS * 50).await?;
    // The prefix of a message, and the message without its last byte.
    let mut begun = vec![b'x'; usize::try_from(ANNOUNCED)? + 4];
    let prefix = [0].into_iter().chain(ANNOUNCED.to_be_bytes());
    for (byte, value) in begun.iter_mut().zip(prefix) {
        *byte = value;
    }
    let begun = Bytes::from(begun);
    let mut held = Held::default();
    for at in 0..count {
        let mut channel = connections.channel((at % CONNECTIONS).try_into()?)?;
        let begun = stream::iter([Ok::<_, Infallible>(begun.clone())]);
        let endless = begun.chain(stream::pending());
        let request = http::Request::post(format!("{address}{REFLECTION}"))
            .header(header::CONTENT_TYPE, "application/grpc")
            .header(header::TE, "trailers")
            .body(Body::new(axum::body::Body::from_stream(endless)))?;
        held.tasks.spawn(async move {
            let ready = poll_fn(|cx| channel.poll_ready(cx)).await;
            if ready.is_ok() {
                let answer: Result<Response<_>, _> = channel.call(request).await;
                // The response is kept open, and not read.
                std::future::pending::<()>().await;
                drop(answer);
            }
        });
        held.admitted += 1;
    }
    // Until the service has received what it accepts.
    tokio::time::sleep(OPENING).await;
    Ok(held)
}

fn with_key<T>(message: T, key: &str) -> anyhow::Result<Request<T>> {
    let mut request = Request::new(message);
    let value: MetadataValue<_> = format!("Bearer {key}").parse()?;
    request.metadata_mut().insert("authorization", value);
    Ok(request)
}
