//! `GetStatus` and `ListMigrations` requests a second, beside a bare tonic service whose answers have the same size.
//!
//! The client is the same for both and takes answers for bytes, so that only the servers differ.

use std::time::Duration;

use prost::Message as _;
use prost::bytes::Bytes;
use serde_json::{Value, json};
use tonic::Request;
use tonic::client::Grpc;
use tonic::codegen::http::uri::PathAndQuery;
use waba_migrator::proto::v1::{GetStatusRequest, ListMigrationsRequest, State};

use crate::support::caller::Door;
use crate::support::numbers::Number;
use crate::support::phone::Phones;
use crate::support::process::Process;
use crate::support::raw::Raw;
use crate::support::report::{float, progress, rounded};
use crate::support::samples::Samples;
use crate::support::stand::Store;
use crate::support::stopwatch::Stopwatch;
use crate::support::{Scale, crew, echo, service};

/// What is measured.
#[derive(Debug, clap::Args)]
pub struct Options {
    #[command(flatten)]
    scale: Scale,
    #[command(flatten)]
    store: Store,
    /// Requests at once.
    #[arg(long, default_value_t = 64)]
    callers: usize,
    /// Requests of one pass. Default: 5000, or 40000.
    #[arg(long)]
    requests: Option<u64>,
    /// Passes, each of both servers. Default: 2, or 5.
    #[arg(long)]
    passes: Option<u64>,
    /// Migrations on one page of a list.
    #[arg(long, default_value_t = 20)]
    page: i32,
}

/// One method of a server, and what to ask it.
#[derive(Clone)]
struct Target {
    door: Door,
    method: PathAndQuery,
    requests: Vec<Bytes>,
}

/// What the passes of one server came to.
#[derive(Debug, Default)]
struct Total {
    requests: u64,
    seconds: f64,
    cpu: f64,
    samples: Vec<Duration>,
}

/// Migrations that are read, half of them waiting and half of them over.
const MIGRATIONS: u64 = 1000;
const GET_STATUS: &str = "/waba.migration.v1.MigrationService/GetStatus";
const LIST_MIGRATIONS: &str = "/waba.migration.v1.MigrationService/ListMigrations";

/// Runs it.
pub async fn run(options: Options) -> anyhow::Result<Value> {
    let stand = options.store.stand()?;
    let sandbox = service::sandbox(&stand, "0s")?;
    let server = service::serve(&stand, &sandbox.address, &[])?;
    let door = Door::open(&[&server.address], options.callers).await?;
    progress(&format!("{MIGRATIONS} migrations to be read"));
    let ids = seed(&door, &Phones::of(&sandbox.address)).await?;
    let get = |id: &String| {
        GetStatusRequest {
            migration_id: id.clone(),
        }
        .encode_to_vec()
        .into()
    };
    let status = Target {
        door: door.clone(),
        method: PathAndQuery::from_static(GET_STATUS),
        requests: ids.iter().map(get).collect(),
    };
    let list = ListMigrationsRequest {
        page_size: options.page,
        ..ListMigrationsRequest::default()
    };
    let list = Target {
        door,
        method: PathAndQuery::from_static(LIST_MIGRATIONS),
        requests: vec![list.encode_to_vec().into()],
    };
    Ok(json!({
        "store": options.store.name(),
        "callers": options.callers,
        "get_status": beside_echo(&options, &server, status, 1).await?,
        "list_page_size": options.page,
        "list_migrations": beside_echo(&options, &server, list, 5).await?,
    }))
}

async fn seed(door: &Door, phones: &Phones) -> anyhow::Result<Vec<String>> {
    let (door, phones) = (door.clone(), phones.clone());
    crew::share(32, MIGRATIONS, move |place| {
        let (door, phones) = (door.clone(), phones.clone());
        async move {
            let waiting = door
                .migrate(place, &Number::at(place), State::WaitingForCode)
                .await?;
            if place % 2 == 0 {
                door.journey(&phones, place).await?;
            }
            Ok(waiting.id)
        }
    })
    .await
}

/// Alternates between the two, with a `share` of the requests.
async fn beside_echo(
    options: &Options,
    server: &Process,
    target: Target,
    share: u64,
) -> anyhow::Result<Value> {
    let count = options
        .requests
        .unwrap_or_else(|| options.scale.of(5000, 40_000))
        / share;
    let passes = options.passes.unwrap_or_else(|| options.scale.of(2, 5));
    let size = target.mean_size().await?;
    let echo = echo::start(size)?;
    let bare = Target {
        door: Door::open(&[&echo.address], options.callers).await?,
        method: PathAndQuery::from_static(echo::METHOD),
        requests: target.requests.clone(),
    };
    let (mut ours, mut echoes) = (Total::default(), Total::default());
    let mut ratios = Vec::new();
    target.ask(options.callers, count / 10).await?;
    bare.ask(options.callers, count / 10).await?;
    for pass in 1..=passes {
        let echo_rate = echoes.add(&bare, &echo, options.callers, count).await?;
        let rate = ours.add(&target, server, options.callers, count).await?;
        ratios.push(rounded(rate / echo_rate, 3));
        let name = target.method.path();
        progress(&format!(
            "{name}, pass {pass} of {passes}: {rate:.0}/s, echo {echo_rate:.0}/s"
        ));
    }
    Ok(json!({
        "answer_bytes": size,
        "ratio": rounded(ours.rate() / echoes.rate(), 3),
        "ratio_of_each_pass": ratios,
        "server": ours.figures(),
        "echo": echoes.figures(),
    }))
}

impl Target {
    /// The size of its answers, on average.
    async fn mean_size(&self) -> anyhow::Result<usize> {
        let mut sum = 0;
        for request in &self.requests {
            sum += self.get(0, request.clone()).await?.len();
        }
        Ok(sum / self.requests.len().max(1))
    }

    async fn ask(&self, callers: usize, count: u64) -> anyhow::Result<Vec<Duration>> {
        let target = self.clone();
        crew::share(callers, count, move |index| {
            let target = target.clone();
            async move {
                let watch = Stopwatch::start();
                let at = usize::try_from(index)? % target.requests.len().max(1);
                let request = target.requests.get(at).cloned().unwrap_or_default();
                target.get(index, request).await?;
                Ok(watch.elapsed())
            }
        })
        .await
    }

    async fn get(&self, caller: u64, request: Bytes) -> anyhow::Result<Bytes> {
        let mut client = Grpc::new(self.door.channel(caller)?);
        client.ready().await?;
        let answer = client
            .unary(Request::new(request), self.method.clone(), Raw)
            .await?;
        Ok(answer.into_inner())
    }
}

impl Total {
    /// Adds a pass, and answers its rate.
    async fn add(
        &mut self,
        target: &Target,
        server: &Process,
        callers: usize,
        count: u64,
    ) -> anyhow::Result<f64> {
        let (cpu, watch) = (server.cpu_seconds()?, Stopwatch::start());
        self.samples.extend(target.ask(callers, count).await?);
        let seconds = watch.elapsed().as_secs_f64();
        self.requests += count;
        self.seconds += seconds;
        self.cpu += server.cpu_seconds()? - cpu;
        Ok(float(count) / seconds)
    }

    fn rate(&self) -> f64 {
        float(self.requests) / self.seconds
    }

    fn figures(self) -> Value {
        json!({
            "requests_per_second": rounded(self.rate(), 0),
            "cpu_us_per_request": rounded(self.cpu * 1e6 / float(self.requests), 1),
            "latency": self.samples.into_iter().collect::<Samples>().percentiles(),
        })
    }
}
