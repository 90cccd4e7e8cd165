//! Up to a million migrations that wait for their code: their cost for a service that starts with
//! them.
//!
//! They are created through the store, as copies of one that the service itself has created.

use std::sync::Arc;

use domain::MigrationId;
use serde_json::{Value, json};
use waba_migrator::proto::v1::{GetStatusRequest, State};

use crate::support::connections::Connections;
use crate::support::numbers::Number;
use crate::support::parking::Parking;
use crate::support::report::{progress, rate};
use crate::support::samples::{Samples, millis};
use crate::support::stopwatch::Stopwatch;
use crate::support::workspace::{Store, Workspace};
use crate::support::{Scale, service, workers};

/// What is measured.
#[derive(Debug, clap::Args)]
pub struct Options {
    #[command(flatten)]
    scale: Scale,
    #[command(flatten)]
    store: Store,
    /// Numbers of waiting migrations, ascending. Default: 1000 and 10000; or 10000, 100000 and
    /// 1000000.
    #[arg(long, value_delimiter = ',')]
    sizes: Vec<u64>,
    /// Reads at each size. Default: 2000, or 20000.
    #[arg(long)]
    readings: Option<u64>,
}

/// Claims at each size.
const CLAIMS: u64 = 500;
/// Concurrent reads.
const READERS: usize = 4;
/// No Graph call is made.
const NO_GRAPH: &str = "http://127.0.0.1:9";

/// Runs it.
pub async fn run(options: Options) -> anyhow::Result<Value> {
    let workspace = options.store.workspace()?;
    let like = first(&workspace).await?;
    let sizes = if options.sizes.is_empty() {
        options
            .scale
            .of(vec![1000, 10_000], vec![10_000, 100_000, 1_000_000])
    } else {
        options.sizes
    };
    let readings = options
        .readings
        .unwrap_or_else(|| options.scale.of(2000, 20_000));
    let (mut ids, mut by_size) = (vec![like], Vec::new());
    for size in sizes {
        let parking = Parking::open(&workspace, like).await?;
        progress(&format!("{size} migrations waiting for their code"));
        let (from, watch) = (u64::try_from(ids.len())?, Stopwatch::start());
        ids.extend(parking.fill(from, size).await?);
        let parked = rate(size.saturating_sub(from), watch.elapsed().as_secs_f64());
        let claims = Box::pin(parking.claims(CLAIMS)).await?;
        parking.close().await;
        let mut figures = json!({ "parked": size, "parked_per_second": parked, "claims": claims });
        let served = serve(&workspace, &ids, readings).await?;
        if let (Value::Object(figures), Value::Object(served)) = (&mut figures, served) {
            figures.extend(served);
        }
        progress(&figures.to_string());
        by_size.push(figures);
    }
    Ok(json!({ "store": options.store.name(), "readers": READERS, "by_parked": by_size }))
}

/// Creates one migration through the service, until it waits for its code.
async fn first(workspace: &Workspace) -> anyhow::Result<MigrationId> {
    let sandbox = service::sandbox(workspace, "0s");
    let server = service::serve(workspace, &sandbox.address, &[]);
    let connections = Connections::open(&[&server.address], 1).await?;
    let waiting = connections
        .migrate(0, &Number::at(0), State::WaitingForCode)
        .await?;
    server.stop();
    Ok(waiting.id.parse()?)
}

/// Measures a new service with the waiting migrations.
async fn serve(workspace: &Workspace, ids: &[MigrationId], readings: u64) -> anyhow::Result<Value> {
    let watch = Stopwatch::start();
    let server = service::serve(workspace, NO_GRAPH, &[]);
    let connections = Connections::open(&[&server.address], READERS).await?;
    read(&connections, ids, 0).await?;
    let started = watch.elapsed();
    let resident = server.resident();
    let all: Arc<[MigrationId]> = ids.into();
    let samples = workers::run(READERS, readings, move |index| {
        let (connections, ids) = (connections.clone(), Arc::clone(&all));
        async move {
            let watch = Stopwatch::start();
            read(&connections, &ids, index).await?;
            Ok(watch.elapsed())
        }
    })
    .await?;
    let figures = json!({
        "started_in_ms": millis(started),
        "resident_bytes": resident,
        "resident_after_readings_bytes": server.resident(),
        "get_status": samples.into_iter().collect::<Samples>().percentiles(),
    });
    server.stop();
    Ok(figures)
}

/// Reads one migration, not close to the one before.
async fn read(connections: &Connections, ids: &[MigrationId], index: u64) -> anyhow::Result<()> {
    const STRIDE: u64 = 7_368_787;
    let at = index.wrapping_mul(STRIDE) % u64::try_from(ids.len())?.max(1);
    let migration_id = ids
        .get(usize::try_from(at)?)
        .map(MigrationId::to_string)
        .unwrap_or_default();
    connections
        .client(index)?
        .get_status(GetStatusRequest { migration_id })
        .await?;
    Ok(())
}
