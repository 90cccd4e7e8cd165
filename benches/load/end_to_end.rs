//! Migrations a second from Migrate to SUCCEEDED, the sandbox answering at once, beside a bare loop in the same run: the same
//! Graph calls by an HTTP client of the same settings against the same sandbox, as many at once, with nothing kept.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::support::bare::Bare;
use crate::support::caller::{Door, Journey};
use crate::support::commits::Commits;
use crate::support::phone::Phones;
use crate::support::plan::Plan;
use crate::support::process::{Process, own_cpu_seconds};
use crate::support::report::{float, progress, rate, rounded};
use crate::support::samples::{Samples, millis};
use crate::support::stand::{Stand, Store};
use crate::support::stopwatch::Stopwatch;
use crate::support::{Scale, crew, recorder, service};

/// What is measured.
#[derive(Debug, clap::Args)]
pub struct Options {
    #[command(flatten)]
    scale: Scale,
    #[command(flatten)]
    store: Store,
    /// Migrations at once.
    #[arg(long)]
    callers: Option<usize>,
    /// Migrations of one pass. Default: 500, or 3000.
    #[arg(long)]
    migrations: Option<u64>,
    /// Passes, each of the bare loop and of the service. Default: 2, or 5.
    #[arg(long)]
    passes: Option<u64>,
}

/// The processes under measurement, and what is asked of them.
struct Bench {
    callers: usize,
    migrations: u64,
    sandbox: Process,
    server: Process,
    plan: Arc<Plan>,
    bare: Bare,
    door: Door,
    phones: Phones,
}

/// What all passes of one kind came to.
#[derive(Debug, Default)]
struct Total {
    migrations: u64,
    seconds: f64,
    server_cpu: f64,
    sandbox_cpu: f64,
    client_cpu: f64,
}

/// What the processes have used so far.
struct Used {
    watch: Stopwatch,
    server: f64,
    sandbox: f64,
    client: f64,
}

/// Runs it.
pub async fn run(options: Options) -> anyhow::Result<Value> {
    let stand = options.store.stand()?;
    let sandbox = service::sandbox(&stand, "0s");
    let plan = Arc::new(recorder::record(&stand, &sandbox.address).await?);
    let server = service::serve(&stand, &sandbox.address, &[]);
    let callers = options.callers.unwrap_or(64);
    let bench = Bench {
        callers,
        migrations: options
            .migrations
            .unwrap_or_else(|| options.scale.of(500, 3000)),
        bare: Bare::new(&sandbox.address)?,
        door: Door::open(&[&server.address], callers).await?,
        phones: Phones::of(&sandbox.address),
        sandbox,
        server,
        plan,
    };
    let passes = options.passes.unwrap_or_else(|| options.scale.of(2, 5));
    let mut figures = bench.measure(&stand, passes).await?;
    if let Value::Object(figures) = &mut figures {
        figures.insert("store".to_owned(), options.store.name().into());
    }
    Ok(figures)
}

impl Bench {
    async fn measure(&self, stand: &Stand, passes: u64) -> anyhow::Result<Value> {
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

            let (before, used) = (stand.commits()?, self.used()?);
            journeys.extend(self.service(place, self.migrations).await?);
            let service_rate = service.add(self.migrations, &used, &self.used()?);
            commits = Some((commits.map_or(before, |(first, _)| first), stand.commits()?));
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
            "server_resident_bytes": self.server.resident(),
            "server_started_in_ms": millis(self.server.started_in),
        }))
    }

    async fn bare(&self, place: u64, count: u64) -> anyhow::Result<()> {
        let (bare, plan) = (self.bare.clone(), Arc::clone(&self.plan));
        let job = move |index| {
            let (bare, plan) = (bare.clone(), Arc::clone(&plan));
            async move { bare.journey(&plan, place + index).await }
        };
        crew::share(self.callers, count, job).await.map(drop)
    }

    async fn service(&self, place: u64, count: u64) -> anyhow::Result<Vec<Journey>> {
        let (door, phones) = (self.door.clone(), self.phones.clone());
        let job = move |index| {
            let (door, phones) = (door.clone(), phones.clone());
            async move { door.journey(&phones, place + index).await }
        };
        crew::share(self.callers, count, job).await
    }

    fn used(&self) -> anyhow::Result<Used> {
        Ok(Used {
            server: self.server.cpu_seconds()?,
            sandbox: self.sandbox.cpu_seconds()?,
            client: own_cpu_seconds()?,
            watch: Stopwatch::start(),
        })
    }
}

impl Total {
    /// Adds a pass, and answers its rate.
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
