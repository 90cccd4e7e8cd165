//! The processes of an ordeal, their database, and the sandbox that all of them take for Meta.

use std::net::TcpListener as StdListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use sandbox::{Options, Sandbox};
use tempfile::TempDir;
use tokio_util::sync::DropGuard;
use tonic::transport::Endpoint;
use waba_migrator::crypto::Keyring;
use waba_migrator::proto::v1::migration_service_client::MigrationServiceClient;

use crate::store::cluster::Server;
use crate::support::graph;

pub type Client = MigrationServiceClient<tonic::transport::Channel>;

/// How long a lease holds: whoever takes over does so within this time.
pub const LEASE: Duration = Duration::from_secs(3);

/// Processes on one database.
pub struct Fleet {
    pub sandbox: Sandbox,
    pub database: Server,
    processes: Vec<Process>,
    folder: TempDir,
    _sandbox: DropGuard,
}

/// A process, with an address that it keeps when it is started again.
struct Process {
    child: Mutex<Child>,
    command: Vec<String>,
    endpoint: Endpoint,
    /// Finds its way back by itself.
    client: Client,
}

impl Fleet {
    /// Starts so many processes, beside a sandbox that takes so long for each answer.
    pub async fn start(processes: usize, latency: Duration) -> Self {
        let (sandbox, graph, stop) = graph::served(Options {
            latency,
            ..Options::default()
        })
        .await;
        let database = tokio::task::spawn_blocking(Server::start).await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        let key_file = folder.path().join("key");
        Keyring::load_or_create(&key_file).unwrap();
        let start = |_| {
            // Where no outgoing connection takes the port while nobody listens: those are made from 127.0.0.1.
            let free = StdListener::bind("127.0.0.2:0").unwrap();
            let address = free.local_addr().unwrap().to_string();
            drop(free);
            let command = command(&address, &graph, &key_file);
            let endpoint = endpoint(&address);
            Process {
                child: Mutex::new(spawn(&command, &database.url, folder.path())),
                command,
                client: Client::new(endpoint.connect_lazy()),
                endpoint,
            }
        };
        let fleet = Self {
            processes: (0..processes).map(start).collect(),
            sandbox,
            database,
            folder,
            _sandbox: stop,
        };
        for process in &fleet.processes {
            process.answers().await;
        }
        fleet
    }

    /// Kills the `n`th process, which has no time for a word.
    pub fn kill(&self, n: usize) {
        let mut child = self.process(n).child();
        let ended = child.try_wait().unwrap();
        assert!(ended.is_none(), "it ended by itself: {ended:?}");
        child.kill().unwrap();
        child.wait().unwrap();
    }

    /// Starts the `n`th process again, and waits until it listens.
    pub async fn revive(&self, n: usize) {
        let process = self.process(n);
        *process.child() = spawn(&process.command, &self.database.url, self.folder.path());
        process.answers().await;
    }

    /// A client of the `n`th process.
    pub fn client(&self, n: usize) -> Client {
        self.process(n).client.clone()
    }

    fn process(&self, n: usize) -> &Process {
        &self.processes[n % self.processes.len()]
    }
}

impl Process {
    fn child(&self) -> MutexGuard<'_, Child> {
        self.child.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until it listens.
    async fn answers(&self) {
        while self.endpoint.connect().await.is_err() {
            let ended = self.child().try_wait().unwrap();
            assert!(ended.is_none(), "it ended by itself: {ended:?}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let mut child = self.child();
        let _ = child.kill();
        let _ = child.wait();
    }
}

/// Where a process that is gone is noticed at once, and one that is back soon.
fn endpoint(address: &str) -> Endpoint {
    Endpoint::from_shared(format!("http://{address}"))
        .unwrap()
        .connect_timeout(Duration::from_secs(1))
}

fn command(address: &str, graph: &str, key_file: &Path) -> Vec<String> {
    let lease = LEASE.as_secs();
    let settings = [
        format!("secrets.key_file={}", key_file.display()),
        format!("graph.base_url={graph}"),
        format!("engine.lease={lease}s"),
        // As by default: nobody looks more often than leases run out.
        format!("engine.poll={lease}s"),
        "engine.retry_base=50ms".to_owned(),
        "engine.retry_cap=500ms".to_owned(),
        "graph.connect_timeout=3s".to_owned(),
        "graph.timeout=3s".to_owned(),
        "graph.register_timeout=3s".to_owned(),
        "engine.register_settles=3s".to_owned(),
        "engine.confirm_base=50ms".to_owned(),
        "engine.confirm_cap=500ms".to_owned(),
        "ops.listen=".to_owned(),
        "code.cooldown=0s".to_owned(),
    ];
    let mut command: Vec<String> = ["serve", "--listen", address].map(str::to_owned).into();
    for setting in settings {
        command.extend(["--set".to_owned(), setting]);
    }
    command
}

fn spawn(arguments: &[String], database: &str, folder: &Path) -> Child {
    let log = std::fs::File::options()
        .create(true)
        .append(true)
        .open(folder.join("log"))
        .unwrap();
    Command::new(env!("CARGO_BIN_EXE_waba-migrator"))
        .args(arguments)
        .env("WABA_MIGRATOR__STORE__URL", database)
        .env("WABA_MIGRATOR__GRAPH__ACCESS_TOKEN", "any-token")
        .current_dir(folder)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(log)
        .spawn()
        .unwrap()
}
