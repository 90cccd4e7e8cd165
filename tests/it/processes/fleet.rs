//! The processes of an ordeal, their database, and the sandbox that all of them take for Meta.

use std::net::TcpListener as StdListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio_util::sync::{CancellationToken, DropGuard};
use tokio_util::task::TaskTracker;
use waba_migrator::crypto::Keyring;
use waba_migrator::proto::v1::migration_service_client::MigrationServiceClient;
use waba_migrator::sandbox::{Options, Sandbox};

use crate::store::cluster::Server;

pub type Client = MigrationServiceClient<tonic::transport::Channel>;

/// How long a lease holds: whoever takes over does so within this time.
pub const LEASE: Duration = Duration::from_secs(2);

/// Processes, each with an address that it keeps when it is started again.
pub struct Fleet {
    pub sandbox: Sandbox,
    pub database: Server,
    processes: Vec<Mutex<Child>>,
    addresses: Vec<String>,
    commands: Vec<Vec<String>>,
    folder: TempDir,
    _sandbox: DropGuard,
}

impl Fleet {
    /// Starts so many processes.
    pub async fn start(processes: usize) -> Self {
        let sandbox = Sandbox::new(Options {
            latency: Duration::from_millis(20),
            ..Options::default()
        });
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let graph = format!("http://{}", listener.local_addr().unwrap());
        let stop = CancellationToken::new();
        TaskTracker::new().spawn(sandbox.clone().serve(listener, stop.clone()));
        let database = tokio::task::spawn_blocking(Server::start).await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        let key_file = folder.path().join("key");
        Keyring::load_or_create(&key_file).unwrap();
        let mut fleet = Self {
            sandbox,
            processes: Vec::new(),
            addresses: Vec::new(),
            commands: Vec::new(),
            database,
            folder,
            _sandbox: stop.drop_guard(),
        };
        for _ in 0..processes {
            let free = StdListener::bind("127.0.0.1:0").unwrap();
            let address = free.local_addr().unwrap().to_string();
            drop(free);
            let command = command(&address, &fleet.database.url, &graph, &key_file);
            fleet
                .processes
                .push(Mutex::new(spawn(&command, fleet.folder.path())));
            fleet.addresses.push(format!("http://{address}"));
            fleet.commands.push(command);
        }
        fleet
    }

    /// Kills the `n`th process, which has no time for a word, and starts it again.
    pub fn kill(&self, n: usize) {
        let n = n % self.processes.len();
        let mut process = self.processes[n]
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        process.kill().unwrap();
        process.wait().unwrap();
        *process = spawn(&self.commands[n], self.folder.path());
    }

    /// A client of the `n`th process, if it can be reached. One that has ended is started again, as whoever runs it would: it
    /// gives up where the database stays away while it starts.
    pub async fn client(&self, n: usize) -> Option<Client> {
        let n = n % self.processes.len();
        {
            let mut process = self.processes[n]
                .lock()
                .unwrap_or_else(PoisonError::into_inner);
            if process.try_wait().unwrap().is_some() {
                *process = spawn(&self.commands[n], self.folder.path());
            }
        }
        Client::connect(self.addresses[n].clone()).await.ok()
    }
}

impl Drop for Fleet {
    fn drop(&mut self) {
        for process in &self.processes {
            let mut process = process.lock().unwrap_or_else(PoisonError::into_inner);
            let _ = process.kill();
            let _ = process.wait();
        }
    }
}

fn command(address: &str, database: &str, graph: &str, key_file: &Path) -> Vec<String> {
    let lease = format!("engine.lease={}s", LEASE.as_secs());
    let settings = [
        format!("secrets.key_file={}", key_file.display()),
        format!("graph.base_url={graph}"),
        lease,
        "engine.poll=1s".to_owned(),
        "engine.retry_base=50ms".to_owned(),
        "engine.retry_cap=500ms".to_owned(),
        "engine.register_settles=1s".to_owned(),
        "engine.confirm_base=50ms".to_owned(),
        "engine.confirm_cap=500ms".to_owned(),
        "code.cooldown=0s".to_owned(),
    ];
    let mut command: Vec<String> = ["serve", "--listen", address, "--store", database]
        .map(str::to_owned)
        .into();
    for setting in settings {
        command.extend(["--set".to_owned(), setting]);
    }
    command
}

fn spawn(arguments: &[String], folder: &Path) -> Child {
    let log = std::fs::File::options()
        .create(true)
        .append(true)
        .open(folder.join("log"))
        .unwrap();
    Command::new(env!("CARGO_BIN_EXE_waba-migrator"))
        .args(arguments)
        .env("WABA_MIGRATOR__GRAPH__ACCESS_TOKEN", "any-token")
        .current_dir(folder)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(log)
        .spawn()
        .unwrap()
}
