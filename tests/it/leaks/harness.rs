//! The program at its most verbose log level, with a store and the sandbox.

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use sandbox::{Options, Sandbox};
use sqlx::Connection as _;
use tempfile::TempDir;
use tokio_util::sync::DropGuard;
use waba_migrator::crypto::Keyring;
use waba_migrator::store::Database;

use super::canaries::Canaries;
use crate::ops::collector::Collector;
use crate::support::http::{address, get};
use crate::support::program::{Process, Program};
use crate::support::transport::Transport;
use crate::support::{graph, raw};

/// The store of the program.
pub enum StoreKind {
    File,
    Server(String),
}

/// The program and its environment.
pub struct ProcessHarness {
    pub sandbox: Sandbox,
    pub transport: Transport,
    pub store: Database,
    /// The access token of the service itself.
    pub token: String,
    pub app_secret: String,
    program: Process,
    collector: Collector,
    /// Its operations port.
    ops: SocketAddr,
    url: String,
    folder: TempDir,
    _sandbox: DropGuard,
}

/// Everything that the program reported about itself.
pub struct Output {
    pub log: String,
    pub traces: String,
    pub metrics: String,
}

/// Short timeouts and limits.
const SETTINGS: [&str; 15] = [
    "ops.listen=127.0.0.1:0",
    "auth.api_keys=true",
    "graph.timeout=700ms",
    "graph.connect_timeout=700ms",
    "graph.register_timeout=1s",
    "engine.retry_base=20ms",
    "engine.retry_cap=100ms",
    "engine.register_settles=1s",
    "engine.confirm_base=20ms",
    "engine.confirm_cap=50ms",
    "engine.confirm_for=1s",
    "engine.limit_pause=100ms",
    "code.cooldown=0s",
    // All numbers have the same source account.
    "graph.hourly_reads=1000000",
    "graph.hourly_reads_fresh=1000000",
];

/// A random number.
#[expect(
    clippy::disallowed_methods,
    reason = "an id of the service begins with the time, which is found everywhere"
)]
pub fn random() -> u128 {
    uuid::Uuid::new_v4().as_u128()
}

/// A random secret.
pub fn secret(prefix: &str) -> String {
    format!("{prefix}{:032x}", random())
}

impl ProcessHarness {
    pub async fn start(kind: StoreKind) -> Self {
        let moment = Duration::from_millis(300);
        let (sandbox, graph, stop) = graph::served(Options {
            register_delay: Duration::from_millis(1500),
            maintenance: moment,
            deletion: moment,
            code_cooldown: moment,
            throttle: moment,
            ..Options::default()
        })
        .await;

        let folder = tempfile::tempdir().unwrap();
        let key_file = folder.path().join("store.key");
        Keyring::create(&key_file).unwrap();
        let url = match kind {
            StoreKind::File => format!("sqlite://{}", folder.path().join("store.db").display()),
            StoreKind::Server(url) => url,
        };
        let (token, app_secret) = (secret("EAAB"), secret("app"));
        let (collector, traces) = Collector::listen().await;
        let program = Program::serve()
            .settings(SETTINGS)
            .set("encryption.key_file", key_file.display())
            .set("graph.base_url", &graph)
            .set("telemetry.otlp_endpoint", &traces)
            .env("RUST_LOG", "trace")
            .store(&url)
            .env("WABA_MIGRATOR__GRAPH__ACCESS_TOKEN", &token)
            .env("WABA_MIGRATOR__GRAPH__APP_ID", "138483919580948")
            .env("WABA_MIGRATOR__GRAPH__APP_SECRET", &app_secret)
            .within(folder.path());
        let (mut program, api) = program.listening_async().await;
        let ops = address(&program.url("operations on"));
        let transport = Transport::connect(&api).await;
        let keyring = Keyring::load(&key_file).unwrap();
        Self {
            store: Database::open(&url, keyring).await.unwrap(),
            sandbox,
            transport,
            token,
            app_secret,
            program,
            collector,
            ops,
            url,
            folder,
            _sandbox: stop,
        }
    }

    /// The secrets of the service itself.
    pub fn canaries(&self) -> Canaries {
        let mut canaries = Canaries::default();
        canaries.text("the token of the service", &self.token);
        canaries.text("the app secret of the service", &self.app_secret);
        let keys = fs::read_to_string(self.folder.path().join("store.key")).unwrap();
        for line in keys.lines().filter(|line| !line.starts_with('#')) {
            let key = line.rsplit(' ').next().unwrap_or_default();
            if key.len() == 64 {
                canaries.text("an encryption key", key);
            }
        }
        let password = self.url.strip_prefix("postgres://tests:");
        if let Some((password, _)) = password.and_then(|rest| rest.split_once('@')) {
            canaries.text("the database password", password);
        }
        canaries
    }

    /// Shuts the program down; its output, and the files of its store.
    pub async fn stop(self) -> (Output, Vec<(String, Vec<u8>)>) {
        let metrics = get(self.ops, "/metrics").unwrap().body;
        self.program.terminate();
        let (status, log) = self.program.ended_async().await;
        assert!(status.success());
        self.store.close().await;
        let output = Output {
            log,
            traces: self.collector.everything(),
            metrics,
        };
        let files = if self.url.starts_with("sqlite:") {
            let entries = fs::read_dir(self.folder.path()).unwrap();
            let paths = entries.map(|file| file.unwrap().path());
            let of_store = |path: &PathBuf| {
                let name = path.file_name().unwrap().to_string_lossy();
                name.starts_with("store.db")
            };
            paths.filter(of_store).map(|path| read(&path)).collect()
        } else {
            of_server(&self.url).await
        };
        (output, files)
    }
}

fn read(path: &Path) -> (String, Vec<u8>) {
    let bytes = fs::read(path).unwrap();
    (path.display().to_string(), bytes)
}

/// The files of a database on the disk of its server.
async fn of_server(url: &str) -> Vec<(String, Vec<u8>)> {
    raw::execute(url, "CHECKPOINT").await;
    let mut connection = sqlx::PgConnection::connect(url).await.unwrap();
    let (folder, database): (String, String) = sqlx::query_as(
        "SELECT current_setting('data_directory'), oid::text FROM pg_database WHERE datname = current_database()",
    )
    .fetch_one(&mut connection)
    .await
    .unwrap();
    connection.close().await.unwrap();
    let folder = Path::new(&folder).join("base").join(database);
    let files = fs::read_dir(folder).unwrap();
    files.map(|file| read(&file.unwrap().path())).collect()
}
