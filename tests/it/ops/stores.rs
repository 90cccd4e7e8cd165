//! Which store `serve` may be started on: processes with a file, and with a server's database.

use std::path::Path;

use tempfile::TempDir;
use waba_migrator::crypto::Keyring;

use crate::store::cluster;
use crate::support::program::{Process, Program};

/// A store that is not there yet, or empty, and the arguments that name it.
struct Place {
    arguments: Vec<String>,
    folder: TempDir,
}

impl Place {
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

    /// Starts a service that listens, and stops it in order.
    fn serves(&self, arguments: &[&str]) {
        let mut program = self.program(arguments);
        program.url("(gRPC");
        program.terminate();
        let (status, log) = program.ended();
        assert!(status.success(), "{log}");
    }

    /// Starts a service that ends at once, and says this.
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

fn keeps_to_its_world(place: &Place) {
    place.administrates();
    place.serves(&[]);
    let real = "graph.facebook.com";
    let other_world = [
        "`meta`",
        real,
        "`sandbox`",
        "127.0.0.1",
        "name another store",
    ];
    place.refuses(&["--sandbox"], &other_world);
    place.refuses(&["--sandbox", "--accept-graph-host"], &other_world);
    let other_host = [real, "127.0.0.1", "--accept-graph-host"];
    let local = ["--set", "graph.base_url=http://127.0.0.1:8089"];
    place.refuses(&local, &other_host);
    let proxy = ["--set", "graph.base_url=https://graph.example"];
    place.refuses(&proxy, &[real, "graph.example", "--accept-graph-host"]);
    place.administrates();
    place.serves(&[proxy[0], proxy[1], "--accept-graph-host"]);
    place.serves(&proxy);
    place.refuses(&[], &["--accept-graph-host"]);
}

#[test]
fn a_file_keeps_to_its_world() {
    keeps_to_its_world(&Place::on_a_file());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_servers_database_keeps_to_its_world() {
    let place = Place::on_a_server().await;
    tokio::task::spawn_blocking(move || keeps_to_its_world(&place))
        .await
        .unwrap();
}

/// A store that was served with a stand-in that runs by itself is not one of `serve --sandbox`.
#[test]
fn a_store_that_called_a_stand_in_elsewhere_is_of_the_other_world_than_a_sandbox_within() {
    let place = Place::on_a_file();
    place.serves(&["--set", "graph.base_url=http://127.0.0.1:8089"]);
    place.serves(&["--set", "graph.base_url=http://127.0.0.1:8090"]);
    place.refuses(
        &["--sandbox"],
        &["`meta`", "`sandbox`", "name another store"],
    );
}

/// Each sandbox within the process gets a port of its own here.
#[test]
fn a_store_of_the_sandbox_is_served_with_a_sandbox_alone() {
    let place = Place::on_a_file();
    place.serves(&["--sandbox"]);
    place.serves(&["--sandbox"]);
    place.administrates();
    let says = ["`sandbox`", "graph.facebook.com", "name another store"];
    place.refuses(&[], &says);
    place.refuses(&["--accept-graph-host"], &says);
}

#[test]
fn a_file_has_one_service_until_that_ends_however_it_does() {
    let place = Place::on_a_file();
    let mut first = place.program(&[]);
    let url = first.url("(gRPC");
    place.refuses(&[], &["another service uses the store's file", "m.db"]);
    place.administrates();
    let port = url.trim_start_matches("http://");
    std::net::TcpStream::connect(port).expect("the first serves on");
    // Killed, and waited for.
    drop(first);
    place.serves(&[]);
}

#[test]
fn a_sandbox_without_a_named_store_has_one_of_its_own() {
    let sandbox = ["--sandbox", "--set", "ops.listen="];
    let (program, _) = Program::serve().args(sandbox).listening();
    let here = |name: &str| Path::exists(&program.folder().join(name));
    assert!(here("waba-migrator-sandbox.db") && !here("waba-migrator.db"));
}

fn set_mode(path: &Path, mode: u32) {
    let mode = std::os::unix::fs::PermissionsExt::from_mode(mode);
    std::fs::set_permissions(path, mode).unwrap();
}

/// The program in a folder with a configuration file of this mode.
fn beside(mode: u32) -> Program {
    let program = Program::serve()
        .file("waba-migrator.toml", "log.level = 'debug'\n")
        .set("ops.listen", "");
    set_mode(&program.folder().join("waba-migrator.toml"), mode);
    program
}

#[test]
fn a_configuration_that_others_can_write_is_not_read_unless_it_is_named() {
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
fn a_level_that_does_not_exist_ends_the_start_and_changes_no_running_log() {
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
    let log = program.logged("what is logged stays as it was");
    assert!(log.contains("log.level (from"), "{log}");
    write("debug");
    program.hang_up();
    program.logged("what is logged was read again");
}
