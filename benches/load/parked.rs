//! Migrations that wait for their code, up to a million of them: what they cost a service that is started on them.
//!
//! They are made through the store, many at once, as copies of one that the service itself brought there.

use std::sync::Arc;

use domain::MigrationId;
use serde_json::{Value, json};
use waba_migrator::proto::v1::{GetStatusRequest, State};

use crate::support::caller::Door;
use crate::support::numbers::Number;
use crate::support::parking::Parking;
use crate::support::report::{progress, rate};
use crate::support::samples::{Samples, millis};
use crate::support::stand::{Stand, Store};
use crate::support::stopwatch::Stopwatch;
use crate::support::{Scale, crew, service};

/// What is measured.
#[derive(Debug, clap::Args)]
pub struct Options {
    #[command(flatten)]
    scale: Scale,
    #[command(flatten)]
    store: Store,
    /// How many wait, in rising order. Default: 1000 and 10000; or 10000, 100000 and 1000000.
    #[arg(long, value_delimiter = ',')]
    sizes: Vec<u64>,
    /// Readings at each size. Default: 2000, or 20000.
    #[arg(long)]
    readings: Option<u64>,
}

/// Claims at each size.
const CLAIMS: u64 = 500;
/// Readings at once.
const READERS: usize = 4;
/// Nothing here calls Graph.
const NO_GRAPH: &str = "http://127.0.0.1:9";

/// Runs it.
pub async fn run(options: Options) -> anyhow::Result<Value> {
    let stand = options.store.stand()?;
    let like = first(&stand).await?;
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
        let parking = Parking::open(&stand, like).await?;
        progress(&format!("{size} migrations that wait for their code"));
        let (from, watch) = (u64::try_from(ids.len())?, Stopwatch::start());
        ids.extend(parking.fill(from, size).await?);
        let parked = rate(size.saturating_sub(from), watch.elapsed().as_secs_f64());
        let claims = Box::pin(parking.claims(CLAIMS)).await?;
        parking.close().await;
        let mut figures = json!({ "parked": size, "parked_per_second": parked, "claims": claims });
        let served = serve(&stand, &ids, readings).await?;
        if let (Value::Object(figures), Value::Object(served)) = (&mut figures, served) {
            figures.extend(served);
        }
        progress(&figures.to_string());
        by_size.push(figures);
    }
    Ok(json!({ "store": options.store.name(), "readers": READERS, "by_parked": by_size }))
}

/// Has the service itself bring one migration to where it waits for its code.
async fn first(stand: &Stand) -> anyhow::Result<MigrationId> {
    let sandbox = service::sandbox(stand, "0s");
    let server = service::serve(stand, &sandbox.address, &[]);
    let door = Door::open(&[&server.address], 1).await?;
    let waiting = door
        .migrate(0, &Number::at(0), State::WaitingForCode)
        .await?;
    server.stop();
    Ok(waiting.id.parse()?)
}

/// A fresh service on what is parked.
async fn serve(stand: &Stand, ids: &[MigrationId], readings: u64) -> anyhow::Result<Value> {
    let watch = Stopwatch::start();
    let server = service::serve(stand, NO_GRAPH, &[]);
    let door = Door::open(&[&server.address], READERS).await?;
    read(&door, ids, 0).await?;
    let started = watch.elapsed();
    let resident = server.resident();
    let all: Arc<[MigrationId]> = ids.into();
    let samples = crew::share(READERS, readings, move |index| {
        let (door, ids) = (door.clone(), Arc::clone(&all));
        async move {
            let watch = Stopwatch::start();
            read(&door, &ids, index).await?;
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

/// Reads one of them, far from the one before.
async fn read(door: &Door, ids: &[MigrationId], index: u64) -> anyhow::Result<()> {
    const STRIDE: u64 = 7_368_787;
    let at = index.wrapping_mul(STRIDE) % u64::try_from(ids.len())?.max(1);
    let migration_id = ids
        .get(usize::try_from(at)?)
        .map(MigrationId::to_string)
        .unwrap_or_default();
    door.client(index)?
        .get_status(GetStatusRequest { migration_id })
        .await?;
    Ok(())
}
