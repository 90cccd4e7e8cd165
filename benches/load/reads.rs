//! `GetStatus` and `ListMigrations` requests a second, beside a bare tonic service whose answers have the same size; and
//! `GetStatus` over REST, beside the same over gRPC.
//!
//! The client is the same for both, over the same connections, and takes answers for bytes, so that only the servers, or the
//! doors, differ.

use std::future::poll_fn;
use std::time::Duration;

use anyhow::{Context as _, ensure};
use prost::Message as _;
use prost::bytes::Bytes;
use serde_json::{Value, json};
use tonic::Request;
use tonic::body::Body;
use tonic::client::Grpc;
use tonic::codegen::Service as _;
use tonic::codegen::http::uri::PathAndQuery;
use tonic::codegen::http::{self, StatusCode};
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
pub struct Target {
    door: Door,
    ask: Ask,
}

/// What to ask: one after the other.
#[derive(Clone)]
enum Ask {
    /// Messages, of one method.
    Grpc(PathAndQuery, Vec<Bytes>),
    /// Paths.
    Rest(Vec<PathAndQuery>),
}

/// What the passes of one server came to.
#[derive(Debug, Default)]
pub struct Total {
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
    let sandbox = service::sandbox(&stand, "0s");
    let server = service::serve(&stand, &sandbox.address, &[]);
    let door = Door::open(&[&server.address], options.callers).await?;
    progress(&format!("{MIGRATIONS} migrations to be read"));
    let ids = seed(&door, &Phones::of(&sandbox.address)).await?;
    let status = Target::get_status(door.clone(), &ids);
    let paths = ids.iter().map(|id| format!("/v1/migrations/{id}").parse());
    let rest = Target {
        door: door.clone(),
        ask: Ask::Rest(paths.collect::<Result<_, _>>()?),
    };
    let list = ListMigrationsRequest {
        page_size: options.page,
        ..ListMigrationsRequest::default()
    };
    let list = Target {
        door,
        ask: Ask::Grpc(
            PathAndQuery::from_static(LIST_MIGRATIONS),
            vec![list.encode_to_vec().into()],
        ),
    };
    Ok(json!({
        "store": options.store.name(),
        "callers": options.callers,
        "get_status": beside_echo(&options, &server, status.clone(), 1).await?,
        "get_status_over_rest": beside_grpc(&options, &server, rest, status).await?,
        "list_page_size": options.page,
        "list_migrations": beside_echo(&options, &server, list, 5).await?,
    }))
}

/// Migrations to be read; their ids.
pub async fn seed(door: &Door, phones: &Phones) -> anyhow::Result<Vec<String>> {
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

/// A method beside a bare service, with a `share` of the requests.
async fn beside_echo(
    options: &Options,
    server: &Process,
    target: Target,
    share: u64,
) -> anyhow::Result<Value> {
    let size = target.mean_size().await?;
    let echo = echo::start(size)?;
    let bare = Target {
        door: Door::open(&[&echo.address], options.callers).await?,
        ask: Ask::Grpc(PathAndQuery::from_static(echo::METHOD), target.messages()),
    };
    let found = alternate(options, (&target, server), (&bare, &echo), share).await?;
    let [ours, echoes] = found.totals;
    Ok(json!({
        "answer_bytes": size,
        "ratio": found.ratio,
        "ratio_of_each_pass": found.of_each_pass,
        "server": ours,
        "echo": echoes,
    }))
}

/// A method over REST beside the same over gRPC, from the same server.
async fn beside_grpc(
    options: &Options,
    server: &Process,
    rest: Target,
    grpc: Target,
) -> anyhow::Result<Value> {
    let sizes = (rest.mean_size().await?, grpc.mean_size().await?);
    let found = alternate(options, (&rest, server), (&grpc, server), 1).await?;
    let [over_rest, over_grpc] = found.totals;
    Ok(json!({
        "answer_bytes": sizes.0,
        "answer_bytes_over_grpc": sizes.1,
        "ratio": found.ratio,
        "ratio_of_each_pass": found.of_each_pass,
        "rest": over_rest,
        "grpc": over_grpc,
    }))
}

/// What two came to that were measured by turns.
struct Found {
    ratio: f64,
    of_each_pass: Vec<f64>,
    totals: [Value; 2],
}

/// Alternates between the two.
async fn alternate(
    options: &Options,
    (one, its_server): (&Target, &Process),
    (other, other_server): (&Target, &Process),
    share: u64,
) -> anyhow::Result<Found> {
    let count = options
        .requests
        .unwrap_or_else(|| options.scale.of(5000, 40_000))
        / share;
    let passes = options.passes.unwrap_or_else(|| options.scale.of(2, 5));
    let (mut ours, mut others) = (Total::default(), Total::default());
    let mut of_each_pass = Vec::new();
    one.ask(options.callers, count / 10).await?;
    other.ask(options.callers, count / 10).await?;
    for pass in 1..=passes {
        let beside = others.add(other, other_server, options.callers, count);
        let beside = beside.await?;
        let rate = ours.add(one, its_server, options.callers, count).await?;
        of_each_pass.push(rounded(rate / beside, 3));
        progress(&format!(
            "{}, pass {pass} of {passes}: {rate:.0}/s, {} {beside:.0}/s",
            one.name(),
            other.name()
        ));
    }
    Ok(Found {
        ratio: rounded(ours.rate() / others.rate(), 3),
        of_each_pass,
        totals: [ours.figures(), others.figures()],
    })
}

impl Ask {
    const fn len(&self) -> usize {
        match self {
            Self::Grpc(_, requests) => requests.len(),
            Self::Rest(paths) => paths.len(),
        }
    }
}

impl Target {
    /// The migrations with these ids, one after the other.
    pub fn get_status(door: Door, ids: &[String]) -> Self {
        let get = |id: &String| {
            let migration_id = id.clone();
            let request = GetStatusRequest { migration_id };
            request.encode_to_vec().into()
        };
        let method = PathAndQuery::from_static(GET_STATUS);
        Self {
            door,
            ask: Ask::Grpc(method, ids.iter().map(get).collect()),
        }
    }

    fn name(&self) -> &str {
        match &self.ask {
            Ask::Grpc(method, _) => method.path(),
            Ask::Rest(_) => "REST",
        }
    }

    /// The messages that it is asked with.
    fn messages(&self) -> Vec<Bytes> {
        match &self.ask {
            Ask::Grpc(_, messages) => messages.clone(),
            Ask::Rest(_) => Vec::new(),
        }
    }

    /// The size of its answers, on average.
    async fn mean_size(&self) -> anyhow::Result<usize> {
        let mut sum = 0;
        for at in 0..self.ask.len() {
            sum += self.get(0, at).await?.len();
        }
        Ok(sum / self.ask.len().max(1))
    }

    async fn ask(&self, callers: usize, count: u64) -> anyhow::Result<Vec<Duration>> {
        let target = self.clone();
        crew::share(callers, count, move |index| {
            let target = target.clone();
            async move {
                let watch = Stopwatch::start();
                let at = usize::try_from(index)? % target.ask.len().max(1);
                target.get(index, at).await?;
                Ok(watch.elapsed())
            }
        })
        .await
    }

    async fn get(&self, caller: u64, at: usize) -> anyhow::Result<Bytes> {
        let mut channel = self.door.channel(caller)?;
        match &self.ask {
            Ask::Grpc(method, requests) => {
                let request = requests.get(at).cloned().unwrap_or_default();
                let mut client = Grpc::new(channel);
                client.ready().await?;
                let answer = client.unary(Request::new(request), method.clone(), Raw);
                Ok(answer.await?.into_inner())
            }
            Ask::Rest(paths) => {
                let path = paths.get(at).cloned().context("no path")?;
                let request = http::Request::get(path).body(Body::empty())?;
                poll_fn(|cx| channel.poll_ready(cx)).await?;
                let answer = channel.call(request).await?;
                ensure!(answer.status() == StatusCode::OK, "{}", answer.status());
                let body = axum::body::Body::new(answer.into_body());
                Ok(axum::body::to_bytes(body, usize::MAX).await?)
            }
        }
    }
}

impl Total {
    /// Adds a pass, and answers its rate.
    pub async fn add(
        &mut self,
        target: &Target,
        server: &Process,
        callers: usize,
        count: u64,
    ) -> anyhow::Result<f64> {
        let (cpu, watch) = (server.cpu_seconds()?, Stopwatch::start());
        let samples = target.ask(callers, count).await?;
        let seconds = watch.elapsed().as_secs_f64();
        self.take(count, seconds, server.cpu_seconds()? - cpu, samples);
        Ok(float(count) / seconds)
    }

    /// Adds what a pass came to.
    pub fn take(&mut self, count: u64, seconds: f64, cpu: f64, samples: Vec<Duration>) {
        self.requests += count;
        self.seconds += seconds;
        self.cpu += cpu;
        self.samples.extend(samples);
    }

    /// Requests a second.
    pub fn rate(&self) -> f64 {
        float(self.requests) / self.seconds
    }

    /// The seconds on processors that each took.
    pub fn cpu_each(&self) -> f64 {
        self.cpu / float(self.requests)
    }

    /// For the report.
    pub fn figures(self) -> Value {
        json!({
            "requests_per_second": rounded(self.rate(), 0),
            "cpu_us_per_request": rounded(self.cpu_each() * 1e6, 1),
            "latency": self.samples.into_iter().collect::<Samples>().percentiles(),
        })
    }
}
