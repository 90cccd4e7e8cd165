//! Many concurrent migrations with a slow Graph API: whether they wait for anything else.

use std::time::Duration;

use serde_json::{Value, json};

use crate::support::connections::Connections;
use crate::support::phone::Phones;
use crate::support::report::{float, progress, rate, rounded};
use crate::support::samples::{Samples, millis};
use crate::support::stopwatch::Stopwatch;
use crate::support::workspace::Store;
use crate::support::{Scale, recorder, service, workers};

/// What is measured.
#[derive(Debug, clap::Args)]
pub struct Options {
    #[command(flatten)]
    scale: Scale,
    #[command(flatten)]
    store: Store,
    /// Concurrent migrations. Default: 1000, or 10000.
    #[arg(long)]
    migrations: Option<u64>,
    /// Latency of Graph calls, in milliseconds.
    #[arg(long, default_value_t = 500)]
    latency: u64,
    /// A setting of the service, as for `serve --set`. May be repeated.
    #[arg(long, value_name = "KEY=VALUE")]
    set: Vec<String>,
}

/// Runs it.
pub async fn run(options: Options) -> anyhow::Result<Value> {
    let migrations = options
        .migrations
        .unwrap_or_else(|| options.scale.of(1000, 10_000));
    let callers = usize::try_from(migrations)?;
    let latency = Duration::from_millis(options.latency);
    let workspace = options.store.workspace()?;
    let rounds = {
        let quick = service::sandbox(&workspace, "0s");
        recorder::record(&workspace, &quick.address)
            .await?
            .rounds
            .len()
    };
    let sandbox = service::sandbox(&workspace, &format!("{}ms", options.latency));
    let server = service::serve(&workspace, &sandbox.address, &options.set);
    let connections = Connections::open(&[&server.address], callers).await?;
    let phones = Phones::of(&sandbox.address);

    let (idle, cpu) = (server.resident(), server.cpu_seconds()?);
    progress(&format!(
        "{migrations} concurrent migrations, Graph latency {latency:?}"
    ));
    let watch = Stopwatch::start();
    let journey = {
        let connections = connections.clone();
        move |index| {
            let (connections, phones) = (connections.clone(), phones.clone());
            async move { connections.journey(&phones, index).await }
        }
    };
    let journeys = workers::run(callers, migrations, journey).await?;
    let took = watch.elapsed();
    let peak = server.resident_peak();
    let ideal = latency * u32::try_from(rounds)?;
    Ok(json!({
        "store": options.store.name(),
        "settings": options.set,
        "migrations": migrations,
        "graph_latency_ms": options.latency,
        "graph_rounds_per_migration": rounds,
        "seconds": rounded(took.as_secs_f64(), 3),
        "migrations_per_second": rate(migrations, took.as_secs_f64()),
        "ideal_seconds": rounded(ideal.as_secs_f64(), 3),
        "seconds_by_ideal": rounded(took.as_secs_f64() / ideal.as_secs_f64(), 3),
        "each": journeys.iter().map(|journey| journey.whole).collect::<Samples>().percentiles(),
        "server_cpu_ms_per_migration": rounded((server.cpu_seconds()? - cpu) * 1e3 / float(migrations), 3),
        "server_resident_before_bytes": idle,
        "server_resident_peak_bytes": peak,
        "server_resident_bytes_per_migration": peak.saturating_sub(idle) / migrations.max(1),
        "server_resident_after_bytes": server.resident(),
        "server_started_in_ms": millis(server.started_in),
    }))
}
