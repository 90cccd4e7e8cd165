//! The real program, which tells everything that it can tell, between a store and the sandbox.

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

use super::needles::Needles;
use crate::e2e::door::Door;
use crate::ops::collector::Collector;
use crate::support::http::{address, get};
use crate::support::program::{Process, Program};
use crate::support::{graph, raw};

/// Where migrations are kept.
pub enum Kept {
    OnAFile,
    OnAServer(String),
}

/// The program and what is around it.
pub struct House {
    pub sandbox: Sandbox,
    pub door: Door,
    pub store: Database,
    /// Of the service itself.
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

/// What the program told of itself.
pub struct Told {
    pub log: String,
    pub traces: String,
    pub metrics: String,
}

/// What never ends by itself ends soon here.
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
    // All numbers leave the same account.
    "graph.hourly_reads=1000000",
    "graph.hourly_reads_fresh=1000000",
];

/// What no other run and nothing else is made of.
#[expect(
    clippy::disallowed_methods,
    reason = "an id of the service's own begins with the time, which stands everywhere"
)]
pub fn random() -> u128 {
    uuid::Uuid::new_v4().as_u128()
}

/// A secret.
pub fn canary(prefix: &str) -> String {
    format!("{prefix}{:032x}", random())
}

impl House {
    pub async fn open(kept: Kept) -> Self {
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
        let url = match kept {
            Kept::OnAFile => format!("sqlite://{}", folder.path().join("store.db").display()),
            Kept::OnAServer(url) => url,
        };
        let (token, app_secret) = (canary("EAAB"), canary("app"));
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
        let door = Door::connect(&api).await;
        let keyring = Keyring::load(&key_file).unwrap();
        Self {
            store: Database::open(&url, keyring).await.unwrap(),
            sandbox,
            door,
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

    /// What the house itself must not show.
    pub fn needles(&self) -> Needles {
        let mut needles = Needles::default();
        needles.text("the service's token", &self.token);
        needles.text("the service's app secret", &self.app_secret);
        let keys = fs::read_to_string(self.folder.path().join("store.key")).unwrap();
        for line in keys.lines().filter(|line| !line.starts_with('#')) {
            let key = line.rsplit(' ').next().unwrap_or_default();
            if key.len() == 64 {
                needles.text("a key that seals", key);
            }
        }
        let password = self.url.strip_prefix("postgres://tests:");
        if let Some((password, _)) = password.and_then(|rest| rest.split_once('@')) {
            needles.text("the database's password", password);
        }
        needles
    }

    /// Stops the program in order; all that it told, and all that the store wrote anywhere.
    pub async fn close(self) -> (Told, Vec<(String, Vec<u8>)>) {
        let metrics = get(self.ops, "/metrics").unwrap().body;
        self.program.terminate();
        let (status, log) = self.program.ended_async().await;
        assert!(status.success());
        self.store.close().await;
        let told = Told {
            log,
            traces: self.collector.everything(),
            metrics,
        };
        let places = if self.url.starts_with("sqlite:") {
            let files = fs::read_dir(self.folder.path()).unwrap();
            let files = files.map(|file| file.unwrap().path());
            let of_store = |path: &PathBuf| {
                let name = path.file_name().unwrap().to_string_lossy();
                name.starts_with("store.db")
            };
            files.filter(of_store).map(|path| read(&path)).collect()
        } else {
            of_server(&self.url).await
        };
        (told, places)
    }
}

fn read(path: &Path) -> (String, Vec<u8>) {
    let bytes = fs::read(path).unwrap();
    (path.display().to_string(), bytes)
}

/// The files of a database, as the server wrote them to its disk.
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
