//! The PostgreSQL server of a test run, its databases, and servers of single tests.

use std::path::PathBuf;
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};

use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, Connection as _};
use tempfile::TempDir;
use tokio::sync::OnceCell;
use waba_migrator::crypto::Keyring;
use waba_migrator::store::Database;

use super::backend::with_tenants;

/// A server of one test, which the test may stop.
pub struct Server {
    pub url: String,
    directory: PathBuf,
    _temporary: TempDir,
}

/// The URL of the server that all tests share.
#[expect(
    clippy::disallowed_methods,
    reason = "how the tests are run is no setting of the service"
)]
pub fn shared() -> String {
    std::env::var("TEST_POSTGRES_URL").unwrap_or_else(|_| {
        panic!(
            "TEST_POSTGRES_URL is not set, and these facts need a PostgreSQL: use tests/run, or \
             `export TEST_POSTGRES_URL=$(tests/postgres start /tmp/waba-postgres)`"
        )
    })
}

/// `url`, for another database of the same server.
pub fn database(url: &str, name: &str) -> String {
    let (server, _) = url.rsplit_once('/').unwrap();
    format!("{server}/{name}")
}

/// Runs statements in the database at `url`.
pub async fn execute(url: &str, statements: &str) {
    let mut connection = PgConnection::connect(url).await.unwrap();
    sqlx::raw_sql(AssertSqlSafe(statements))
        .execute(&mut connection)
        .await
        .unwrap();
    connection.close().await.unwrap();
}

/// Whether services whose tests choose no database use the server instead of a file:
/// `TEST_STORE=postgres`.
#[expect(
    clippy::disallowed_methods,
    reason = "how the tests are run is no setting of the service"
)]
pub fn is_chosen() -> bool {
    std::env::var("TEST_STORE").is_ok_and(|name| name == "postgres")
}

/// The URL of the same database through the pooler that `TEST_POSTGRES_POOLER` names by host and
/// port; `None` if it names none. Statements of the tests themselves do not use it.
#[expect(
    clippy::disallowed_methods,
    reason = "how the tests are run is no setting of the service"
)]
pub fn pooled(url: &str) -> Option<String> {
    let pooler = std::env::var("TEST_POSTGRES_POOLER").ok()?;
    let (user, rest) = url.split_once('@').unwrap();
    let (_, name) = rest.split_once('/').unwrap();
    Some(format!("{user}@{pooler}/{name}"))
}

/// Whether stores use a pooler.
pub fn is_pooled() -> bool {
    pooled(&shared()).is_some()
}

/// A new, empty database.
pub async fn empty() -> String {
    from("template0").await
}

/// A new database with a schema and tenants, and its key file.
pub async fn prepared() -> (String, PathBuf) {
    static TEMPLATE: OnceCell<(String, PathBuf)> = OnceCell::const_new();
    let (template, key_file) = TEMPLATE
        .get_or_init(|| async {
            let url = empty().await;
            let key_file = tempfile::tempdir().unwrap().keep().join("store.key");
            let keyring = Keyring::load_or_create(&key_file).unwrap();
            let store = Database::open(&url, keyring).await.unwrap();
            with_tenants(store).await.close().await;
            let (_, name) = url.rsplit_once('/').unwrap();
            (name.to_owned(), key_file)
        })
        .await;
    (from(template).await, key_file.clone())
}

async fn from(template: &str) -> String {
    static NAMES: AtomicU32 = AtomicU32::new(0);
    let name = format!(
        "waba_{}_{}",
        std::process::id(),
        NAMES.fetch_add(1, Ordering::Relaxed)
    );
    let statement = format!("CREATE DATABASE {name} TEMPLATE {template}");
    execute(&shared(), &statement).await;
    database(&shared(), &name)
}

impl Server {
    pub fn start() -> Self {
        Self::made(|directory| script(&["start", directory]))
    }

    /// An asynchronous streaming replica of it, which receives its log through this port.
    pub fn replica(&self, port: u16) -> Self {
        let (primary, port) = (self.directory.to_str().unwrap(), port.to_string());
        Self::made(|directory| script(&["replica", primary, directory, &port]))
    }

    fn made(start: impl FnOnce(&str) -> String) -> Self {
        let temporary = tempfile::tempdir().unwrap();
        // The user of the server must have access.
        let open = std::os::unix::fs::PermissionsExt::from_mode(0o755);
        std::fs::set_permissions(temporary.path(), open).unwrap();
        let directory = temporary.path().join("server");
        let url = start(directory.to_str().unwrap());
        Self {
            url: url.trim().to_owned(),
            directory,
            _temporary: temporary,
        }
    }

    /// Stops it without a notice to clients, like a power cut, and starts it again.
    pub fn crash(&self) {
        script(&["restart", self.directory.to_str().unwrap(), "immediate"]);
    }

    /// Stops it without a notice to clients.
    pub fn halt(&self) {
        script(&["halt", self.directory.to_str().unwrap()]);
    }

    /// Stops it, and starts it as a standby that is promoted: then it has another timeline.
    pub async fn fail_over(&self) {
        self.halt();
        std::fs::write(self.directory.join("data/standby.signal"), "").unwrap();
        self.resume();
        execute(&self.url, "SELECT pg_promote()").await;
    }

    /// Makes a replica accept writes, on a new timeline.
    pub fn promote(&self) {
        script(&["promote", self.directory.to_str().unwrap()]);
    }

    /// Starts it again.
    pub fn resume(&self) {
        script(&["resume", self.directory.to_str().unwrap()]);
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        script(&["stop", self.directory.to_str().unwrap()]);
    }
}

fn script(arguments: &[&str]) -> String {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/postgres");
    let output = Command::new(path).args(arguments).output().unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).unwrap()
}
