//! A service in a process of its own, beside a sandbox.

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

use crate::e2e::stack::digits;
use crate::support::program::{self, Program};
use crate::support::wait::eventually;
use crate::support::{PATIENCE, graph};

/// Short intervals.
const SETTINGS: [&str; 12] = [
    "ops.listen=",
    "engine.lease=1s",
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

/// What a service needs beside its store: Meta's stand-in, and a folder for its log.
pub struct Surroundings {
    pub sandbox: Sandbox,
    pub folder: TempDir,
    graph: String,
    _sandbox: DropGuard,
}

/// A running service. Killed when it is dropped.
pub struct Process {
    pub client: MigrationServiceClient<Channel>,
    health: HealthClient<Channel>,
    program: program::Process,
}

impl Surroundings {
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
    pub async fn serve(&self, store: &str, settings: &[String]) -> Process {
        // A process that meets a limit on the size of files is killed by a signal, unless it ignores the signal. A test may
        // set that limit, as a replacement for a full disk.
        let program = Program::serve()
            .started_by(&["sh", "-c", "trap '' XFSZ; exec \"$@\"", "sh"])
            .set("graph.base_url", &self.graph)
            .settings(SETTINGS)
            .settings(settings)
            .store(store)
            .env("WABA_MIGRATOR__GRAPH__ACCESS_TOKEN", "any-token")
            .within(self.folder.path());
        let (program, url) = program.listening_async().await;
        let channel = Channel::from_shared(url).unwrap();
        let channel = channel.timeout(PATIENCE).connect().await.unwrap();
        let process = Process {
            client: MigrationServiceClient::new(channel.clone()),
            health: HealthClient::new(channel),
            program,
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

    /// The code that arrived at the number's phone.
    pub fn code(&self, number: &str) -> String {
        self.sandbox
            .messages(digits(number))
            .last()
            .unwrap()
            .code
            .clone()
    }
}

impl Process {
    pub fn id(&self) -> u32 {
        self.program.id()
    }

    /// Asks for the migration of `number` and waits until it is somebody else's turn.
    pub async fn migrate(&self, number: &str) -> Result<Migration, Status> {
        let answer = self.client.clone().migrate(request(number)).await?;
        Ok(answer.into_inner().migration.unwrap())
    }

    /// The same, answered as soon as it is accepted.
    pub async fn accept(&self, number: &str) -> Migration {
        let request = MigrateRequest {
            wait: Some(prost_types::Duration::default()),
            ..request(number)
        };
        let answer = self.client.clone().migrate(request).await.unwrap();
        answer.into_inner().migration.unwrap()
    }

    /// Hands in a code, answered as soon as it is accepted.
    pub async fn submit(&self, id: &str, code: String) -> Result<(), Status> {
        let request = SubmitCodeRequest {
            migration_id: id.to_owned(),
            code,
            wait: Some(prost_types::Duration::default()),
        };
        self.client.clone().submit_code(request).await.map(drop)
    }

    /// A watch that has begun; then the state that the last of its events is in.
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

    /// How many migrations it keeps.
    pub async fn kept(&self) -> usize {
        let list = ListMigrationsRequest::default();
        let answer = self.client.clone().list_migrations(list).await.unwrap();
        answer.into_inner().migrations.len()
    }

    /// Whether it says, of itself and of its service by name, that it takes work. Both must say the same soon.
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

    /// Waits until it says so, or says the contrary.
    pub async fn becomes(&self, ready: bool) {
        eventually(async || self.is_ready().await == ready).await;
    }

    /// The lines of its log with this text.
    pub fn said(&self, text: &str) -> Vec<String> {
        self.program.log_lines(text)
    }

    /// Asks it to stop, and waits until it has.
    pub async fn stop(self) {
        self.program.terminate();
        self.program.ended_async().await;
    }
}

/// A request to move `number`, wherever it is now.
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
