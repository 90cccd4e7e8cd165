//! Migrations per second from Migrate to SUCCEEDED, with a sandbox that responds at once, compared
//! with a bare loop in the same run: the same Graph calls and concurrency, by an HTTP client with
//! the same settings, without a store.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::support::bare::Bare;
use crate::support::commits::Commits;
use crate::support::connections::Journey;
use crate::support::plan::Plan;
use crate::support::process::own_cpu_seconds;
use crate::support::report::{float, progress, rate, rounded};
use crate::support::samples::{Samples, millis};
use crate::support::setup::Setup;
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
    /// Concurrent migrations.
    #[arg(long)]
    callers: Option<usize>,
    /// Migrations per pass. Default: 500, or 3000.
    #[arg(long)]
    migrations: Option<u64>,
    /// Passes, each of the bare loop and of the service. Default: 2, or 5.
    #[arg(long)]
    passes: Option<u64>,
}

/// The processes and the load.
struct Bench {
    callers: usize,
    migrations: u64,
    setup: Setup,
    plan: Arc<Plan>,
    bare: Bare,
}

/// The total of all passes of one kind.
#[derive(Debug, Default)]
struct Total {
    migrations: u64,
    seconds: f64,
    server_cpu: f64,
    sandbox_cpu: f64,
    client_cpu: f64,
}

/// Processor time of the processes so far.
struct Used {
    watch: Stopwatch,
    server: f64,
    sandbox: f64,
    client: f64,
}

/// Runs it.
pub async fn run(options: Options) -> anyhow::Result<Value> {
    let workspace = options.store.workspace()?;
    let sandbox = service::sandbox(&workspace, "0s");
    let plan = Arc::new(recorder::record(&workspace, &sandbox.address).await?);
    let callers = options.callers.unwrap_or(64);
    let bare = Bare::new(&sandbox.address)?;
    let bench = Bench {
        callers,
        migrations: options
            .migrations
            .unwrap_or_else(|| options.scale.of(500, 3000)),
        setup: Setup::on(workspace, sandbox, &[], callers).await?,
        bare,
        plan,
    };
    let passes = options.passes.unwrap_or_else(|| options.scale.of(2, 5));
    let mut figures = bench.measure(passes).await?;
    if let Value::Object(figures) = &mut figures {
        figures.insert("store".to_owned(), options.store.name().into());
    }
    Ok(figures)
}

impl Bench {
    async fn measure(&self, passes: u64) -> anyhow::Result<Value> {
        // Connections, caches and the allocator settle.
        let warm = u64::try_from(self.callers)? * 4;
        self.bare(0, warm).await?;
        self.service(warm, warm).await?;
        let (mut bare, mut service) = (Total::default(), Total::default());
        let (mut journeys, mut ratios) = (Vec::new(), Vec::new());
        let mut commits = None::<(Commits, Commits)>;
        let mut place = warm * 2;
        for pass in 1..=passes {
            let used = self.used()?;
            self.bare(place, self.migrations).await?;
            let bare_rate = bare.add(self.migrations, &used, &self.used()?);
            place += self.migrations;

            let (before, used) = (self.setup.workspace.commits()?, self.used()?);
            journeys.extend(self.service(place, self.migrations).await?);
            let service_rate = service.add(self.migrations, &used, &self.used()?);
            commits = Some((
                commits.map_or(before, |(first, _)| first),
                self.setup.workspace.commits()?,
            ));
            place += self.migrations;
            ratios.push(rounded(service_rate / bare_rate, 3));
            progress(&format!(
                "pass {pass} of {passes}: bare {bare_rate:.0}/s, service {service_rate:.0}/s"
            ));
        }
        let committed = commits.map(|(first, last)| (last - first).each(service.migrations));
        let saves: u64 = journeys.iter().map(|journey| journey.saves).sum();
        Ok(json!({
            "callers": self.callers,
            "migrations": service.migrations,
            "migrations_per_second": rate(service.migrations, service.seconds),
            "bare_migrations_per_second": rate(bare.migrations, bare.seconds),
            "ratio": rounded(service.rate() / bare.rate(), 3),
            "ratio_of_each_pass": ratios,
            "commits_per_migration": committed,
            "saves_per_migration": rounded(float(saves) / float(service.migrations), 2),
            "graph_calls_per_migration": self.plan.calls(),
            "graph_writes_per_migration": self.plan.writes(),
            "graph_rounds_per_migration": self.plan.rounds.len(),
            "graph_calls": self.plan.summary(),
            "cpu_ms_per_migration": service.cpu(),
            "bare_cpu_ms_per_migration": bare.cpu(),
            "migrate": percentiles(&journeys, |journey| journey.migrate),
            "submit_code": percentiles(&journeys, |journey| journey.submit_code),
            "server_resident_bytes": self.setup.server.resident(),
            "server_started_in_ms": millis(self.setup.server.started_in),
        }))
    }

    async fn bare(&self, place: u64, count: u64) -> anyhow::Result<()> {
        let (bare, plan) = (self.bare.clone(), Arc::clone(&self.plan));
        let job = move |index| {
            let (bare, plan) = (bare.clone(), Arc::clone(&plan));
            async move { bare.journey(&plan, place + index).await }
        };
        workers::run(self.callers, count, job).await.map(drop)
    }

    async fn service(&self, place: u64, count: u64) -> anyhow::Result<Vec<Journey>> {
        let (connections, phones) = (self.setup.connections.clone(), self.setup.phones.clone());
        let job = move |index| {
            let (connections, phones) = (connections.clone(), phones.clone());
            async move { connections.journey(&phones, place + index).await }
        };
        workers::run(self.callers, count, job).await
    }

    fn used(&self) -> anyhow::Result<Used> {
        Ok(Used {
            server: self.setup.server.cpu_seconds()?,
            sandbox: self.setup.sandbox.cpu_seconds()?,
            client: own_cpu_seconds()?,
            watch: Stopwatch::start(),
        })
    }
}

impl Total {
    /// Adds a pass, and returns its rate.
    fn add(&mut self, migrations: u64, from: &Used, to: &Used) -> f64 {
        let seconds = from.watch.elapsed().as_secs_f64();
        self.migrations += migrations;
        self.seconds += seconds;
        self.server_cpu += to.server - from.server;
        self.sandbox_cpu += to.sandbox - from.sandbox;
        self.client_cpu += to.client - from.client;
        float(migrations) / seconds
    }

    fn rate(&self) -> f64 {
        float(self.migrations) / self.seconds
    }

    fn cpu(&self) -> Value {
        let each = |seconds: f64| rounded(seconds * 1e3 / float(self.migrations), 3);
        json!({
            "server": each(self.server_cpu),
            "sandbox": each(self.sandbox_cpu),
            "client": each(self.client_cpu),
        })
    }
}

fn percentiles(journeys: &[Journey], of: impl Fn(&Journey) -> std::time::Duration) -> Value {
    journeys.iter().map(of).collect::<Samples>().percentiles()
}
