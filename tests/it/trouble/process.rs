//! A service in a process of its own, beside a sandbox.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::Duration;

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
use crate::support::graph;

/// Longer than anything here takes.
pub const PATIENCE: Duration = Duration::from_secs(30);
const PAUSE: Duration = Duration::from_millis(20);

/// What a service needs beside its store: Meta's stand-in, and a folder for its log.
pub struct Surroundings {
    pub sandbox: Sandbox,
    pub folder: TempDir,
    graph: String,
    _sandbox: DropGuard,
}

/// A running service. Dropped, it is killed.
pub struct Process {
    pub client: MigrationServiceClient<Channel>,
    health: HealthClient<Channel>,
    child: Child,
    log: PathBuf,
    /// Kept open: it may have more to say than its first line.
    _stdout: BufReader<ChildStdout>,
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
        let log = self.folder.path().join("log");
        let stderr = std::fs::File::options()
            .create(true)
            .append(true)
            .open(&log);
        // A process that meets a limit on the size of files is killed by a signal, unless it has it ignored. A test may
        // set that limit, where it stands for a full disk.
        let mut child = Command::new("sh")
            .args(["-c", "trap '' XFSZ; exec \"$@\"", "sh"])
            .arg(env!("CARGO_BIN_EXE_waba-migrator"))
            .args(self.arguments(settings))
            // The URL of a server's database holds a password.
            .env("WABA_MIGRATOR__STORE__URL", store)
            .env("WABA_MIGRATOR__GRAPH__ACCESS_TOKEN", "any-token")
            .current_dir(self.folder.path())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(stderr.unwrap())
            .spawn()
            .unwrap();
        let mut said = BufReader::new(child.stdout.take().unwrap());
        let said = tokio::task::spawn_blocking(move || {
            let mut line = String::new();
            said.read_line(&mut line).map(|_| (line, said))
        });
        let (line, stdout) = said.await.unwrap().unwrap();
        let Some(url) = line.split_whitespace().nth(2) else {
            panic!(
                "it did not start: {}",
                std::fs::read_to_string(&log).unwrap()
            );
        };
        let channel = Channel::from_shared(url.to_owned()).unwrap();
        let channel = channel.timeout(PATIENCE).connect().await.unwrap();
        let process = Process {
            client: MigrationServiceClient::new(channel.clone()),
            health: HealthClient::new(channel),
            child,
            log,
            _stdout: stdout,
        };
        process.becomes(true).await;
        process
    }

    fn arguments(&self, settings: &[String]) -> Vec<String> {
        let quick = [
            &format!("graph.base_url={}", self.graph),
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
        let mut arguments: Vec<String> = ["serve", "--listen", "127.0.0.1:0"]
            .map(str::to_owned)
            .into();
        let settings = quick.into_iter().chain(settings.iter().map(String::as_str));
        for setting in settings {
            arguments.extend(["--set".to_owned(), setting.to_owned()]);
        }
        arguments
    }

    /// Waits until this call has taken effect for the number.
    pub async fn effective(&self, number: &str, call: Call) {
        until(async || self.calls(number).contains(&call)).await;
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
        self.child.id()
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
        until(async || {
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
        until(async || self.is_ready().await == ready).await;
    }

    /// The lines of its log that hold `words`.
    pub fn said(&self, words: &str) -> Vec<String> {
        let log = std::fs::read_to_string(&self.log).unwrap();
        let lines = log.lines().filter(|line| line.contains(words));
        lines.map(str::to_owned).collect()
    }

    /// Asks it to stop, and waits until it has.
    pub async fn stop(mut self) {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").arg(id).status().unwrap().success());
        until(async || self.child.try_wait().unwrap().is_some()).await;
    }
}

impl Drop for Process {
    #[expect(
        clippy::print_stdout,
        reason = "where a test fails, what the process said may say why"
    )]
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        if std::thread::panicking() {
            println!("{:#?}", self.said(""));
        }
    }
}

/// Waits until it is so.
pub async fn until(so: impl AsyncFnMut() -> bool) {
    let mut so = so;
    let looked = async {
        while !so().await {
            tokio::time::sleep(PAUSE).await;
        }
    };
    tokio::time::timeout(PATIENCE, looked)
        .await
        .expect("it never came");
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
