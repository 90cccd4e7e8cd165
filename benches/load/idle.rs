//! Cost of an idle service: processor time, memory, and writes.

use std::time::Duration;

use serde_json::{Value, json};

use crate::support::report::{progress, rounded};
use crate::support::samples::millis;
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
    /// Length of the measurement, in seconds. Default: 10, or 60.
    #[arg(long)]
    seconds: Option<u64>,
}

/// Time for the service to become idle after its start.
const SETTLES: Duration = Duration::from_secs(2);

/// Runs it.
pub async fn run(options: Options) -> anyhow::Result<Value> {
    let workspace = options.store.workspace()?;
    // Nothing is due, so there are no Graph calls.
    let server = service::serve(&workspace, "http://127.0.0.1:9", &[]);
    tokio::time::sleep(SETTLES).await;
    let seconds = options.seconds.unwrap_or_else(|| options.scale.of(10, 60));
    progress(&format!("measuring for {seconds} s"));
    let (cpu, commits, watch) = (
        server.cpu_seconds()?,
        workspace.commits()?,
        Stopwatch::start(),
    );
    tokio::time::sleep(Duration::from_secs(seconds)).await;
    let used = (server.cpu_seconds()? - cpu) / watch.elapsed().as_secs_f64();
    Ok(json!({
        "store": options.store.name(),
        "seconds": seconds,
        "cpu_percent_of_a_core": rounded(used * 100.0, 3),
        "commits": (workspace.commits()? - commits).writing,
        "server_resident_bytes": server.resident(),
        "server_started_in_ms": millis(server.started_in),
    }))
}
