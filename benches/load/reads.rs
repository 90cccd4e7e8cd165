//! `GetStatus` and `ListMigrations` requests per second, compared with a bare tonic service with
//! responses of the same size; and `GetStatus` over REST, compared with gRPC.
//!
//! The client is the same for both, over the same connections, and does not decode responses, so
//! that only the servers, or the transports, differ.

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

use crate::support::connections::Connections;
use crate::support::numbers::Number;
use crate::support::process::Process;
use crate::support::raw::Raw;
use crate::support::report::{float, progress, rounded};
use crate::support::samples::Samples;
use crate::support::setup::Setup;
use crate::support::stopwatch::Stopwatch;
use crate::support::workspace::Store;
use crate::support::{Scale, echo, workers};

/// What is measured.
#[derive(Debug, clap::Args)]
pub struct Options {
    #[command(flatten)]
    scale: Scale,
    #[command(flatten)]
    store: Store,
    /// Concurrent requests.
    #[arg(long, default_value_t = 64)]
    callers: usize,
    /// Requests per pass. Default: 5000, or 40000.
    #[arg(long)]
    requests: Option<u64>,
    /// Passes, each of both servers. Default: 2, or 5.
    #[arg(long)]
    passes: Option<u64>,
    /// Migrations on one page of a list.
    #[arg(long, default_value_t = 20)]
    page: i32,
}

/// A method of a server, and its requests.
#[derive(Clone)]
pub struct Target {
    connections: Connections,
    requests: Requests,
}

/// Requests, sent one after the other.
#[derive(Clone)]
enum Requests {
    /// Messages for one method.
    Grpc(PathAndQuery, Vec<Bytes>),
    /// Paths.
    Rest(Vec<PathAndQuery>),
}

/// The total of all passes of one server.
#[derive(Debug, Default)]
pub struct Total {
    requests: u64,
    seconds: f64,
    cpu: f64,
    samples: Vec<Duration>,
}

/// Migrations to read: half of them wait, half have ended.
const MIGRATIONS: u64 = 1000;
const GET_STATUS: &str = "/waba.migration.v1.MigrationService/GetStatus";
const LIST_MIGRATIONS: &str = "/waba.migration.v1.MigrationService/ListMigrations";

/// Runs it.
pub async fn run(options: Options) -> anyhow::Result<Value> {
    let setup = Setup::start(&options.store, &[], options.callers).await?;
    let (server, connections) = (&setup.server, setup.connections.clone());
    progress(&format!("creating {MIGRATIONS} migrations"));
    let ids = seed(&setup).await?;
    let status = Target::get_status(connections.clone(), &ids);
    let paths = ids.iter().map(|id| format!("/v1/migrations/{id}").parse());
    let rest = Target {
        connections: connections.clone(),
        requests: Requests::Rest(paths.collect::<Result<_, _>>()?),
    };
    let list = ListMigrationsRequest {
        page_size: options.page,
        ..ListMigrationsRequest::default()
    };
    let list = Target {
        connections,
        requests: Requests::Grpc(
            PathAndQuery::from_static(LIST_MIGRATIONS),
            vec![list.encode_to_vec().into()],
        ),
    };
    Ok(json!({
        "store": options.store.name(),
        "callers": options.callers,
        "get_status": beside_echo(&options, server, status.clone(), 1).await?,
        "get_status_over_rest": beside_grpc(&options, server, rest, status).await?,
        "list_page_size": options.page,
        "list_migrations": beside_echo(&options, server, list, 5).await?,
    }))
}

/// Creates migrations to read; their ids.
pub async fn seed(setup: &Setup) -> anyhow::Result<Vec<String>> {
    let (connections, phones) = (setup.connections.clone(), setup.phones.clone());
    workers::run(32, MIGRATIONS, move |place| {
        let (connections, phones) = (connections.clone(), phones.clone());
        async move {
            let waiting = connections
                .migrate(place, &Number::at(place), State::WaitingForCode)
                .await?;
            if place % 2 == 0 {
                connections.journey(&phones, place).await?;
            }
            Ok(waiting.id)
        }
    })
    .await
}

/// Compares a method with a bare service. Sends one in `share` of the requests.
async fn beside_echo(
    options: &Options,
    server: &Process,
    target: Target,
    share: u64,
) -> anyhow::Result<Value> {
    let size = target.mean_size().await?;
    let echo = echo::start(size)?;
    let bare = Target {
        connections: Connections::open(&[&echo.address], options.callers).await?,
        requests: Requests::Grpc(PathAndQuery::from_static(echo::METHOD), target.messages()),
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

/// Compares a method over REST with the same over gRPC, on the same server.
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

/// The result of an alternating measurement.
struct Comparison {
    ratio: f64,
    of_each_pass: Vec<f64>,
    totals: [Value; 2],
}

/// Measures the two alternately.
async fn alternate(
    options: &Options,
    (one, its_server): (&Target, &Process),
    (other, other_server): (&Target, &Process),
    share: u64,
) -> anyhow::Result<Comparison> {
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
    Ok(Comparison {
        ratio: rounded(ours.rate() / others.rate(), 3),
        of_each_pass,
        totals: [ours.figures(), others.figures()],
    })
}

impl Requests {
    const fn len(&self) -> usize {
        match self {
            Self::Grpc(_, requests) => requests.len(),
            Self::Rest(paths) => paths.len(),
        }
    }
}

impl Target {
    /// Reads the migrations with these ids, one after the other.
    pub fn get_status(connections: Connections, ids: &[String]) -> Self {
        let get = |id: &String| {
            let migration_id = id.clone();
            let request = GetStatusRequest { migration_id };
            request.encode_to_vec().into()
        };
        let method = PathAndQuery::from_static(GET_STATUS);
        Self {
            connections,
            requests: Requests::Grpc(method, ids.iter().map(get).collect()),
        }
    }

    fn name(&self) -> &str {
        match &self.requests {
            Requests::Grpc(method, _) => method.path(),
            Requests::Rest(_) => "REST",
        }
    }

    /// Its request messages.
    fn messages(&self) -> Vec<Bytes> {
        match &self.requests {
            Requests::Grpc(_, messages) => messages.clone(),
            Requests::Rest(_) => Vec::new(),
        }
    }

    /// The mean size of its responses.
    async fn mean_size(&self) -> anyhow::Result<usize> {
        let mut sum = 0;
        for at in 0..self.requests.len() {
            sum += self.get(0, at).await?.len();
        }
        Ok(sum / self.requests.len().max(1))
    }

    async fn ask(&self, callers: usize, count: u64) -> anyhow::Result<Vec<Duration>> {
        let target = self.clone();
        workers::run(callers, count, move |index| {
            let target = target.clone();
            async move {
                let watch = Stopwatch::start();
                let at = usize::try_from(index)? % target.requests.len().max(1);
                target.get(index, at).await?;
                Ok(watch.elapsed())
            }
        })
        .await
    }

    async fn get(&self, caller: u64, at: usize) -> anyhow::Result<Bytes> {
        let mut channel = self.connections.channel(caller)?;
        match &self.requests {
            Requests::Grpc(method, requests) => {
                let request = requests.get(at).cloned().unwrap_or_default();
                let mut client = Grpc::new(channel);
                client.ready().await?;
                let answer = client.unary(Request::new(request), method.clone(), Raw);
                Ok(answer.await?.into_inner())
            }
            Requests::Rest(paths) => {
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
    /// Adds a pass, and returns its rate.
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

    /// Adds the figures of a pass.
    pub fn take(&mut self, count: u64, seconds: f64, cpu: f64, samples: Vec<Duration>) {
        self.requests += count;
        self.seconds += seconds;
        self.cpu += cpu;
        self.samples.extend(samples);
    }

    /// Requests per second.
    pub fn rate(&self) -> f64 {
        float(self.requests) / self.seconds
    }

    /// Processor time per request, in seconds.
    pub fn cpu_each(&self) -> f64 {
        self.cpu / float(self.requests)
    }

    /// The figures for the report.
    pub fn figures(self) -> Value {
        json!({
            "requests_per_second": rounded(self.rate(), 0),
            "cpu_us_per_request": rounded(self.cpu_each() * 1e6, 1),
            "latency": self.samples.into_iter().collect::<Samples>().percentiles(),
        })
    }
}
