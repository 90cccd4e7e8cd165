//! Processes on one database, with a sandbox in place of Meta.

use std::net::SocketAddr;
use std::sync::Mutex;
use std::time::Duration;

use sandbox::{Call, Entry, Options, Sandbox};
use tempfile::TempDir;
use tokio_util::sync::{CancellationToken, DropGuard};
use tonic::transport::Endpoint;
use waba_migrator::crypto::Keyring;
use waba_migrator::proto::v1::migration_service_client::MigrationServiceClient;

use crate::store::cluster::Server;
use crate::support::graph;
use crate::support::http::unused_address;
use crate::support::program::{Process, Program};
use crate::support::proxy::Proxy;

pub type Client = MigrationServiceClient<tonic::transport::Channel>;

/// Duration of a lease, unless a test sets another: the work of a killed process is taken over
/// within this time.
pub const LEASE: Duration = Duration::from_secs(3);

/// How many processes there are, and how they run.
pub struct Setup {
    pub processes: usize,
    pub lease: Duration,
    pub sandbox: Options,
    /// Settings that override the short intervals here.
    pub settings: &'static [&'static str],
    /// Whether each process connects to the database through a proxy of its own.
    pub proxied: bool,
}

/// Processes on one database.
pub struct Replicas {
    pub sandbox: Sandbox,
    pub database: Server,
    pub setup: Setup,
    members: Vec<Member>,
    folder: TempDir,
    _sandbox: DropGuard,
}

/// A process, with an address that it keeps when it is started again.
struct Member {
    process: Mutex<Process>,
    address: SocketAddr,
    /// Its own address of the sandbox, so that the ledger shows who made a call.
    graph: String,
    /// Between the process and the database.
    proxy: Option<Proxy>,
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

impl Default for Setup {
    fn default() -> Self {
        Self {
            processes: 2,
            lease: LEASE,
            sandbox: Options::default(),
            settings: &[],
            proxied: false,
        }
    }
}

impl Replicas {
    /// Starts processes, their database and a sandbox.
    pub async fn start(setup: Setup) -> Self {
        let (sandbox, stop) = (
            Sandbox::new(setup.sandbox.clone()),
            CancellationToken::new(),
        );
        let database = tokio::task::spawn_blocking(Server::start).await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        Keyring::create(&folder.path().join("key")).unwrap();
        let mut replicas = Self {
            members: Vec::new(),
            sandbox,
            database,
            setup,
            folder,
            _sandbox: stop.clone().drop_guard(),
        };
        for _ in 0..replicas.setup.processes {
            let address = unused_address();
            let graph = graph::listen(&replicas.sandbox, &stop).await;
            let proxy = if replicas.setup.proxied {
                Some(Proxy::before(&replicas.database.url).await)
            } else {
                None
            };
            let program = replicas.program(address, &graph, proxy.as_ref());
            let (process, url) = program.listening_async().await;
            let endpoint = Endpoint::from_shared(url).unwrap();
            // A process that is gone is noticed at once, and one that is back soon.
            let endpoint = endpoint.connect_timeout(Duration::from_secs(1));
            replicas.members.push(Member {
                process: Mutex::new(process),
                address,
                graph,
                proxy,
                client: Client::new(endpoint.connect_lazy()),
            });
        }
        replicas
    }

    fn program(&self, address: SocketAddr, graph: &str, proxy: Option<&Proxy>) -> Program {
        let lease = self.setup.lease.as_secs();
        let url = &self.database.url;
        Program::serve_on(address)
            .store(&proxy.map_or_else(|| url.clone(), |proxy| proxy.url(url)))
            .env("WABA_MIGRATOR__GRAPH__ACCESS_TOKEN", "any-token")
            .set(
                "encryption.key_file",
                self.folder.path().join("key").display(),
            )
            .set("graph.base_url", format!("http://{graph}"))
            .set("engine.lease", format!("{lease}s"))
            // As by default: the poll interval is the lease.
            .set("engine.poll", format!("{lease}s"))
            .settings(SETTINGS)
            .settings(self.setup.settings)
            .within(self.folder.path())
    }

    /// Kills the `n`th process.
    pub fn kill(&self, n: usize) {
        self.member(n).process.lock().unwrap().kill();
    }

    /// Starts the `n`th process again, and waits until it listens.
    pub async fn revive(&self, n: usize) {
        let member = self.member(n);
        let program = self.program(member.address, &member.graph, member.proxy.as_ref());
        let (process, _) = program.listening_async().await;
        *member.process.lock().unwrap() = process;
    }

    /// Stops the `n`th process until it is resumed.
    pub fn pause(&self, n: usize) {
        self.member(n).process.lock().unwrap().pause();
    }

    /// Continues the `n`th process after a pause.
    pub fn resume(&self, n: usize) {
        self.member(n).process.lock().unwrap().resume();
    }

    /// A client of the `n`th process.
    pub fn client(&self, n: usize) -> Client {
        self.member(n).client.clone()
    }

    /// The proxy between the `n`th process and the database.
    pub fn proxy(&self, n: usize) -> &Proxy {
        self.member(n).proxy.as_ref().unwrap()
    }

    /// The `Host` of the calls that the `n`th process makes.
    pub fn host(&self, n: usize) -> &str {
        &self.member(n).graph
    }

    /// The entries of this call of a number in the ledger.
    pub fn calls(&self, number: &str, call: Call) -> Vec<Entry> {
        let mut ledger = self.sandbox.ledger();
        let digits = Some(number.trim_start_matches('+'));
        ledger.retain(|entry| entry.call == call && entry.number.as_deref() == digits);
        ledger
    }

    fn member(&self, n: usize) -> &Member {
        &self.members[n % self.members.len()]
    }
}
