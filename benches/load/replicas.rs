//! One, two and three processes on one PostgreSQL, with the callers distributed over them.

use anyhow::Context as _;
use serde_json::{Value, json};

use crate::support::connections::Connections;
use crate::support::phone::Phones;
use crate::support::process::Process;
use crate::support::report::{float, progress, rate, rounded};
use crate::support::samples::Samples;
use crate::support::stopwatch::Stopwatch;
use crate::support::workspace::Store;
use crate::support::{Scale, service, workers};

/// What is measured.
#[derive(Debug, clap::Args)]
pub struct Options {
    #[command(flatten)]
    scale: Scale,
    #[command(flatten)]
    store: Store,
    /// Concurrent migrations.
    #[arg(long, default_value_t = 64)]
    callers: usize,
    /// Migrations for each number of replicas. Default: 500, or 5000.
    #[arg(long)]
    migrations: Option<u64>,
    /// Maximum replicas.
    #[arg(long, default_value_t = 3)]
    replicas: usize,
}

/// Runs it.
pub async fn run(options: Options) -> anyhow::Result<Value> {
    anyhow::ensure!(
        options.store.name() == "postgres",
        "replicas share a PostgreSQL server: name it with --store postgres://…"
    );
    let mut each = Vec::new();
    for replicas in 1..=options.replicas {
        let figures = with(&options, replicas).await;
        each.push(figures.with_context(|| format!("with {replicas} replicas"))?);
    }
    Ok(json!({ "store": "postgres", "callers": options.callers, "by_replicas": each }))
}

/// Measures this number of replicas on a new database.
async fn with(options: &Options, replicas: usize) -> anyhow::Result<Value> {
    let migrations = options
        .migrations
        .unwrap_or_else(|| options.scale.of(500, 5000));
    let workspace = options.store.workspace()?;
    let sandbox = service::sandbox(&workspace, "0s");
    let start = |_| service::serve(&workspace, &sandbox.address, &[]);
    let servers: Vec<_> = (0..replicas).map(start).collect();
    let addresses: Vec<&str> = servers
        .iter()
        .map(|server| server.address.as_str())
        .collect();
    let (connections, phones) = (
        Connections::open(&addresses, options.callers).await?,
        Phones::of(&sandbox.address),
    );
    let journey = move |place| {
        let (connections, phones) = (connections.clone(), phones.clone());
        async move { connections.journey(&phones, place).await }
    };
    let warm = u64::try_from(options.callers)? * 4;
    workers::run(options.callers, warm, journey.clone()).await?;

    let (commits, cpu, watch) = (workspace.commits()?, cpu(&servers)?, Stopwatch::start());
    let measured = move |place| journey(warm + place);
    let journeys = workers::run(options.callers, migrations, measured).await?;
    let seconds = watch.elapsed().as_secs_f64();
    let used = self::cpu(&servers)? - cpu;
    let committed = (workspace.commits()? - commits).each(migrations);
    progress(&format!(
        "{replicas} replicas: {:.0} migrations a second",
        float(migrations) / seconds
    ));
    Ok(json!({
        "replicas": replicas,
        "migrations": migrations,
        "migrations_per_second": rate(migrations, seconds),
        "commits_per_migration": committed,
        "server_cpu_ms_per_migration": rounded(used * 1e3 / float(migrations), 3),
        "migrate": journeys.iter().map(|it| it.migrate).collect::<Samples>().percentiles(),
        "submit_code": journeys.iter().map(|it| it.submit_code).collect::<Samples>().percentiles(),
    }))
}

fn cpu(servers: &[Process]) -> anyhow::Result<f64> {
    servers.iter().map(Process::cpu_seconds).sum()
}
