//! A service in a process of its own, with a sandbox.

use std::net::SocketAddr;
use std::path::Path;

use sandbox::{Call, Options, Sandbox};
use tempfile::TempDir;
use tokio_util::sync::DropGuard;
use tonic::Status;
use tonic::transport::Channel;
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;
use waba_migrator::proto::v1::migration_service_client::MigrationServiceClient;
use waba_migrator::proto::v1::{
    GetStatusRequest, ListMigrationsRequest, MigrateRequest, Migration, State, SubmitCodeRequest,
    WatchRequest,
};

use crate::support::http::{Answer, address, get};
use crate::support::program::{self, Program};
use crate::support::service::digits;
use crate::support::wait::eventually;
use crate::support::{PATIENCE, graph};

/// Short intervals.
const SETTINGS: [&str; 12] = [
    "ops.listen=127.0.0.1:0",
    "engine.lease=6s",
    "engine.poll=100ms",
    "engine.retry_base=20ms",
    "engine.retry_cap=100ms",
    "graph.connect_timeout=2s",
    "graph.timeout=2s",
    "graph.register_timeout=2s",
    "engine.register_settles=2s",
    "engine.confirm_base=20ms",
    "engine.confirm_cap=100ms",
    "code.cooldown=0s",
];

/// What a service needs beside its store: a sandbox, and a folder for its log.
pub struct Environment {
    pub sandbox: Sandbox,
    pub folder: TempDir,
    graph: String,
    _sandbox: DropGuard,
}

/// A running service. Killed when it is dropped.
pub struct ServiceProcess {
    pub client: MigrationServiceClient<Channel>,
    health: HealthClient<Channel>,
    program: program::Process,
    ops: SocketAddr,
}

impl Environment {
    pub async fn new() -> Self {
        let (sandbox, graph, stop) = graph::served(Options::default()).await;
        Self {
            sandbox,
            folder: tempfile::tempdir().unwrap(),
            graph,
            _sandbox: stop,
        }
    }

    /// Starts a service on this store.
    pub async fn serve(&self, store: &str, settings: &[String]) -> ServiceProcess {
        // A process that reaches a limit on the size of files gets a signal that kills it, unless
        // it ignores the signal. A test may set that limit in place of a full disk.
        let program = Program::serve()
            .started_by(&["sh", "-c", "trap '' XFSZ; exec \"$@\"", "sh"])
            .set("graph.base_url", &self.graph)
            .settings(SETTINGS)
            .settings(settings)
            .store(store)
            .env("WABA_MIGRATOR__GRAPH__ACCESS_TOKEN", "any-token")
            .within(self.folder.path());
        let started = tokio::task::spawn_blocking(|| {
            let (mut program, url) = program.listening();
            let ops = address(&program.url("operations on"));
            (program, url, ops)
        });
        let (program, url, ops) = started.await.unwrap();
        let channel = Channel::from_shared(url).unwrap();
        let channel = channel.timeout(PATIENCE).connect().await.unwrap();
        let process = ServiceProcess {
            client: MigrationServiceClient::new(channel.clone()),
            health: HealthClient::new(channel),
            program,
            ops,
        };
        process.becomes(true).await;
        process
    }

    /// Waits until this call has taken effect for the number.
    pub async fn effective(&self, number: &str, call: Call) {
        eventually(async || self.calls(number).contains(&call)).await;
    }

    /// The changing calls that reached Meta for the number, in order.
    pub fn calls(&self, number: &str) -> Vec<Call> {
        let ledger = self.sandbox.ledger().into_iter();
        ledger
            .filter(|entry| entry.number.as_deref() == Some(digits(number)))
            .map(|entry| entry.call)
            .collect()
    }

    /// The newest code that the number received.
    pub fn code(&self, number: &str) -> String {
        self.sandbox
            .messages(digits(number))
            .last()
            .unwrap()
            .code
            .clone()
    }
}

impl ServiceProcess {
    pub fn id(&self) -> u32 {
        self.program.id()
    }

    /// Starts the migration of `number` and waits until the service can do no more.
    pub async fn migrate(&self, number: &str) -> Result<Migration, Status> {
        let answer = self.client.clone().migrate(request(number)).await?;
        Ok(answer.into_inner().migration.unwrap())
    }

    /// Starts it, and returns as soon as it is accepted.
    pub async fn accept(&self, number: &str) -> Migration {
        let request = MigrateRequest {
            wait: Some(prost_types::Duration::default()),
            ..request(number)
        };
        let answer = self.client.clone().migrate(request).await.unwrap();
        answer.into_inner().migration.unwrap()
    }

    /// Submits a code, and returns as soon as it is accepted.
    pub async fn submit(&self, id: &str, code: String) -> Result<(), Status> {
        let request = SubmitCodeRequest {
            migration_id: id.to_owned(),
            code,
            wait: Some(prost_types::Duration::default()),
        };
        self.client.clone().submit_code(request).await.map(drop)
    }

    /// Starts a watch; the future returns the state of its last event.
    pub async fn watch(&self, id: &str) -> impl Future<Output = State> + use<> {
        let status = self.status(id).await.unwrap();
        let request = WatchRequest {
            migration_id: id.to_owned(),
            after_sequence: status.last_sequence - 1,
        };
        let stream = self.client.clone().watch(request).await.unwrap();
        let mut stream = stream.into_inner();
        let mut last = stream.message().await.unwrap().unwrap();
        async move {
            while let Some(message) = stream.message().await.unwrap() {
                last = message;
            }
            last.event.unwrap().state()
        }
    }

    pub async fn status(&self, id: &str) -> Result<Migration, Status> {
        let request = GetStatusRequest {
            migration_id: id.to_owned(),
        };
        let answer = self.client.clone().get_status(request).await?;
        Ok(answer.into_inner().migration.unwrap())
    }

    /// Waits until the migration is in this state.
    pub async fn reaches(&self, id: &str, state: State) {
        eventually(async || {
            let found = self.status(id).await;
            found.is_ok_and(|found| found.state() == state)
        })
        .await;
    }

    /// Number of its migrations.
    pub async fn kept(&self) -> usize {
        let list = ListMigrationsRequest::default();
        let answer = self.client.clone().list_migrations(list).await.unwrap();
        answer.into_inner().migrations.len()
    }

    /// Whether its health is SERVING, both overall and of the service by name.
    pub async fn is_ready(&self) -> bool {
        let mut health = self.health.clone();
        let mut answers = Vec::new();
        for service in ["", "waba.migration.v1.MigrationService"] {
            let request = HealthCheckRequest {
                service: service.to_owned(),
            };
            answers.push(health.check(request).await.unwrap().into_inner().status());
        }
        answers == [ServingStatus::Serving; 2]
    }

    /// Waits until its health is SERVING or not.
    pub async fn becomes(&self, ready: bool) {
        eventually(async || self.is_ready().await == ready).await;
    }

    /// The lines of its log with this text.
    pub fn log_lines(&self, text: &str) -> Vec<String> {
        self.program.log_lines(text)
    }

    /// The response of its operations port.
    pub async fn ops(&self, path: &'static str) -> Answer {
        let ops = self.ops;
        let asked = tokio::task::spawn_blocking(move || get(ops, path));
        asked.await.unwrap().unwrap()
    }

    /// The value of a sample of its metrics; 0 if there is no such sample.
    pub async fn metric(&self, sample: &str) -> f64 {
        let metrics = self.ops("/metrics").await.body;
        let name = format!("waba_migrator_{sample} ");
        let value = metrics.lines().find_map(|line| line.strip_prefix(&name));
        value.map_or(0.0, |value| value.parse().unwrap())
    }

    /// Asks it to stop, and waits until it has.
    pub async fn stop(self) {
        self.program.terminate();
        self.program.ended_async().await;
    }
}

/// A request to move `number` from any account.
fn request(number: &str) -> MigrateRequest {
    MigrateRequest {
        request_id: format!("move {number}"),
        phone_number: number.to_owned(),
        destination_waba_id: "300000000001".to_owned(),
        ..MigrateRequest::default()
    }
}

/// The URL of a database in `folder`.
pub fn url(folder: &Path) -> String {
    format!("sqlite://{}", folder.join("m.db").display())
}
