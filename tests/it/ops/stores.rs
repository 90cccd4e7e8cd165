//! The databases that `serve` accepts: SQLite and PostgreSQL.

use std::path::Path;

use tempfile::TempDir;
use waba_migrator::crypto::Keyring;

use crate::store::cluster;
use crate::support::program::{Process, Program};

/// A new store, and the arguments that name it.
struct NewStore {
    arguments: Vec<String>,
    folder: TempDir,
}

impl NewStore {
    fn on_a_file() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}", folder.path().join("m.db").display());
        Self {
            arguments: vec!["--store".to_owned(), url],
            folder,
        }
    }

    async fn on_a_server() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str| folder.path().join(name);
        Keyring::create(&file("key")).unwrap();
        std::fs::write(file("url"), format!("{}\n", cluster::empty().await)).unwrap();
        let settings = [("encryption.key_file", "key"), ("store.url_file", "url")];
        let settings = settings.map(|(key, name)| format!("{key}={}", file(name).display()));
        Self {
            arguments: settings
                .into_iter()
                .flat_map(|setting| ["--set".to_owned(), setting])
                .collect(),
            folder,
        }
    }

    fn program(&self, arguments: &[&str]) -> Process {
        Program::serve()
            .args(&self.arguments)
            .set("ops.listen", "")
            .args(arguments)
            .start()
    }

    /// Starts a service, which must listen, and stops it.
    fn serves(&self, arguments: &[&str]) {
        let mut program = self.program(arguments);
        program.url("(gRPC");
        program.terminate();
        let (status, log) = program.ended();
        assert!(status.success(), "{log}");
    }

    /// Starts a service, which must end at once with these texts in its output.
    fn refuses(&self, arguments: &[&str], says: &[&str]) {
        let (status, log) = self.program(arguments).ended();
        assert_eq!(status.code(), Some(1), "{log}");
        let last = log.lines().last().unwrap_or_default();
        assert!(says.iter().all(|part| last.contains(part)), "{log}");
        assert!(!log.contains("tests:"), "no password: {log}");
    }

    fn administrates(&self) {
        let list = Program::new("tenant")
            .args(["list", "--output", "json"])
            .args(&self.arguments)
            .within(self.folder.path());
        list.run().json();
    }
}

fn accepts_its_own_target_only(store: &NewStore) {
    store.administrates();
    store.serves(&[]);
    let real = "graph.facebook.com";
    let other_world = [
        "`meta`",
        real,
        "`sandbox`",
        "127.0.0.1",
        "set another store",
    ];
    store.refuses(&["--sandbox"], &other_world);
    store.refuses(&["--sandbox", "--accept-graph-host"], &other_world);
    let other_host = [real, "127.0.0.1", "--accept-graph-host"];
    let local = ["--set", "graph.base_url=http://127.0.0.1:8089"];
    store.refuses(&local, &other_host);
    let proxy = ["--set", "graph.base_url=https://graph.example"];
    store.refuses(&proxy, &[real, "graph.example", "--accept-graph-host"]);
    store.administrates();
    store.serves(&[proxy[0], proxy[1], "--accept-graph-host"]);
    store.serves(&proxy);
    store.refuses(&[], &["--accept-graph-host"]);
}

#[test]
fn a_file_accepts_its_own_target_only() {
    accepts_its_own_target_only(&NewStore::on_a_file());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_servers_database_accepts_its_own_target_only() {
    let store = NewStore::on_a_server().await;
    tokio::task::spawn_blocking(move || accepts_its_own_target_only(&store))
        .await
        .unwrap();
}

/// A store that was served with a separate sandbox is refused by `serve --sandbox`.
#[test]
fn a_store_of_a_separate_sandbox_is_refused_by_serve_sandbox() {
    let store = NewStore::on_a_file();
    store.serves(&["--set", "graph.base_url=http://127.0.0.1:8089"]);
    store.serves(&["--set", "graph.base_url=http://127.0.0.1:8090"]);
    store.refuses(
        &["--sandbox"],
        &["`meta`", "`sandbox`", "set another store"],
    );
}

/// Each start has a sandbox on another port.
#[test]
fn a_store_of_the_sandbox_is_served_with_a_sandbox_only() {
    let store = NewStore::on_a_file();
    store.serves(&["--sandbox"]);
    store.serves(&["--sandbox"]);
    store.administrates();
    let says = ["`sandbox`", "graph.facebook.com", "set another store"];
    store.refuses(&[], &says);
    store.refuses(&["--accept-graph-host"], &says);
}

#[test]
fn an_sqlite_file_has_one_service_at_a_time() {
    let store = NewStore::on_a_file();
    let mut first = store.program(&[]);
    let url = first.url("(gRPC");
    store.refuses(&[], &["another service uses the store's file", "m.db"]);
    store.administrates();
    let port = url.trim_start_matches("http://");
    std::net::TcpStream::connect(port).expect("the first still serves");
    // Killed and awaited.
    drop(first);
    store.serves(&[]);
}

#[test]
fn serve_sandbox_has_a_default_store_of_its_own() {
    let sandbox = ["--sandbox", "--set", "ops.listen="];
    let (program, _) = Program::serve().args(sandbox).listening();
    let here = |name: &str| Path::exists(&program.folder().join(name));
    assert!(here("waba-migrator-sandbox.db") && !here("waba-migrator.db"));
}

fn set_mode(path: &Path, mode: u32) {
    let mode = std::os::unix::fs::PermissionsExt::from_mode(mode);
    std::fs::set_permissions(path, mode).unwrap();
}

/// A program in a folder with a configuration file of this mode.
fn beside(mode: u32) -> Program {
    let program = Program::serve()
        .file("waba-migrator.toml", "log.level = 'debug'\n")
        .set("ops.listen", "");
    set_mode(&program.folder().join("waba-migrator.toml"), mode);
    program
}

#[test]
fn a_configuration_that_others_can_write_is_refused_unless_it_is_named() {
    beside(0o644).listening();
    let named = ["--config", "waba-migrator.toml"];
    beside(0o666).args(named).listening();
    let (status, log) = beside(0o666).start().ended();
    assert_eq!(status.code(), Some(2), "{log}");
    let says = [
        "waba-migrator.toml",
        "can be written by other users",
        "chmod go-w",
        "--config",
    ];
    assert!(says.iter().all(|part| log.contains(part)), "{log}");
}

#[test]
fn an_unknown_log_level_fails_the_start_and_changes_no_running_log() {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("my.toml");
    let write = |level: &str| std::fs::write(&config, format!("log.level = '{level}'")).unwrap();
    let program = || {
        let config = ["--config", config.to_str().unwrap()];
        Program::serve().args(config).set("ops.listen", "")
    };
    write("loud");
    let (status, log) = program().start().ended();
    assert!(
        status.code() == Some(2) && log.contains("log.level"),
        "{log}"
    );

    let filtered = Program::serve().env("RUST_LOG", "waba_migrator=debug,verbose");
    let (status, log) = filtered.start().ended();
    assert!(
        status.code() == Some(2) && log.contains("RUST_LOG"),
        "{log}"
    );

    write("info");
    let (program, _) = program().listening();
    write("waba_migrator=loud");
    program.hang_up();
    let log = program.logged("the log level stays unchanged");
    assert!(log.contains("log.level (from"), "{log}");
    write("debug");
    program.hang_up();
    program.logged("log level reloaded");
}
