//! Processes on one database, with a sandbox in place of Meta.

use std::net::SocketAddr;
use std::sync::Mutex;
use std::time::Duration;

use sandbox::{Options, Sandbox};
use tempfile::TempDir;
use tokio_util::sync::DropGuard;
use tonic::transport::Endpoint;
use waba_migrator::crypto::Keyring;
use waba_migrator::proto::v1::migration_service_client::MigrationServiceClient;

use crate::store::cluster::Server;
use crate::support::graph;
use crate::support::http::unused_address;
use crate::support::program::{Process, Program};

pub type Client = MigrationServiceClient<tonic::transport::Channel>;

/// Duration of a lease: the work of a killed process is taken over within this time.
pub const LEASE: Duration = Duration::from_secs(3);

/// Processes on one database.
pub struct Replicas {
    pub sandbox: Sandbox,
    pub database: Server,
    members: Vec<Member>,
    graph: String,
    folder: TempDir,
    _sandbox: DropGuard,
}

/// A process, with an address that it keeps when it is started again.
struct Member {
    process: Mutex<Process>,
    address: SocketAddr,
    /// Connects again by itself.
    client: Client,
}

/// Short intervals.
const SETTINGS: [&str; 10] = [
    "engine.retry_base=50ms",
    "engine.retry_cap=500ms",
    "graph.connect_timeout=3s",
    "graph.timeout=3s",
    "graph.register_timeout=3s",
    "engine.register_settles=3s",
    "engine.confirm_base=50ms",
    "engine.confirm_cap=500ms",
    "ops.listen=",
    "code.cooldown=0s",
];

impl Replicas {
    /// Starts this number of processes, and a sandbox with this latency.
    pub async fn start(processes: usize, latency: Duration) -> Self {
        let (sandbox, graph, stop) = graph::served(Options {
            latency,
            ..Options::default()
        })
        .await;
        let database = tokio::task::spawn_blocking(Server::start).await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        Keyring::create(&folder.path().join("key")).unwrap();
        let mut replicas = Self {
            members: Vec::new(),
            sandbox,
            graph,
            database,
            folder,
            _sandbox: stop,
        };
        for _ in 0..processes {
            let address = unused_address();
            let (process, url) = replicas.program(address).listening_async().await;
            let endpoint = Endpoint::from_shared(url).unwrap();
            // A process that is gone is noticed at once, and one that is back soon.
            let endpoint = endpoint.connect_timeout(Duration::from_secs(1));
            replicas.members.push(Member {
                process: Mutex::new(process),
                address,
                client: Client::new(endpoint.connect_lazy()),
            });
        }
        replicas
    }

    fn program(&self, address: SocketAddr) -> Program {
        let lease = LEASE.as_secs();
        Program::serve_on(address)
            .store(&self.database.url)
            .env("WABA_MIGRATOR__GRAPH__ACCESS_TOKEN", "any-token")
            .set(
                "encryption.key_file",
                self.folder.path().join("key").display(),
            )
            .set("graph.base_url", &self.graph)
            .set("engine.lease", format!("{lease}s"))
            // As by default: the poll interval is the lease.
            .set("engine.poll", format!("{lease}s"))
            .settings(SETTINGS)
            .within(self.folder.path())
    }

    /// Kills the `n`th process.
    pub fn kill(&self, n: usize) {
        self.member(n).process.lock().unwrap().kill();
    }

    /// Starts the `n`th process again, and waits until it listens.
    pub async fn revive(&self, n: usize) {
        let member = self.member(n);
        let (process, _) = self.program(member.address).listening_async().await;
        *member.process.lock().unwrap() = process;
    }

    /// A client of the `n`th process.
    pub fn client(&self, n: usize) -> Client {
        self.member(n).client.clone()
    }

    fn member(&self, n: usize) -> &Member {
        &self.members[n % self.members.len()]
    }
}
