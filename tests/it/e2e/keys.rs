//! Where the keys that secrets are sealed with come from.

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt as _;

use waba_migrator::config::{Config, Layers};
use waba_migrator::lifecycle::Server;
use waba_migrator::proto::v1::State;
use waba_migrator::util::clock::Clock;

use super::stack::{Stack, config};
use crate::support::program::Program;
use crate::support::traced::Traced;

/// A line of a key file.
fn key_line() -> String {
    format!("k-one {}", "5a".repeat(32))
}

#[tokio::test]
async fn keys_may_stand_in_a_setting() {
    let line = key_line();
    let mut stack = Stack::with(&[("encryption.keys", line.as_str())]).await;
    let number = "+12025550190";
    let id = stack.migrate(number).await.id;
    stack.stop_and_restart().await;
    let code = stack.code(number).unwrap();
    let moved = stack.submit(&id, &code).await.unwrap();
    assert_eq!(moved.state(), State::Succeeded);
    let key_file = stack.folder.path().join("migrations.db.key");
    assert!(!key_file.exists(), "no key is made beside the database");

    let rotate = Program::new("encryption-key")
        .args(["rotate"])
        .store(&stack.store_url())
        .env("WABA_MIGRATOR__ENCRYPTION__KEYS", &line);
    let told = rotate.run_async().await.stderr;
    assert!(told.contains("stand in encryption.keys"), "{told}");
    assert!(!told.contains("5a5a"), "{told}");
}

/// Why a service with these settings does not start.
async fn no_start(settings: &[(&str, &str)]) -> String {
    let layers = settings.iter().fold(Layers::new(), |layers, (key, value)| {
        layers.set("the test", key, value)
    });
    let layers =
        layers
            .set("the test", "server.listen", "127.0.0.1:0")
            .set("the test", "ops.listen", "");
    let config = Config::load(&layers).unwrap();
    let error = Server::start(&config, Clock::default()).await.unwrap_err();
    format!("{:#}", anyhow::Error::from(error))
}

#[tokio::test]
async fn postgresql_without_its_keys_is_refused() {
    let url = "postgres://127.0.0.1:1/migrations";
    let told = no_start(&[("store.url", url)]).await;
    assert!(told.contains("encryption.key_file"), "{told}");
    assert!(told.contains("encryption-key create"), "{told}");
    let folder = tempfile::tempdir().unwrap();
    let nowhere = folder.path().join("keys");
    let settings = [
        ("store.url", url),
        ("encryption.key_file", nowhere.to_str().unwrap()),
    ];
    let told = no_start(&settings).await;
    assert!(told.contains("which does not exist"), "{told}");
    assert!(!nowhere.exists(), "none is made");
}

#[tokio::test]
async fn a_key_file_that_others_can_read_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let key_file = folder.path().join("keys");
    std::fs::write(&key_file, key_line()).unwrap();
    std::fs::set_permissions(&key_file, Permissions::from_mode(0o640)).unwrap();
    let store = format!("sqlite://{}/migrations.db", folder.path().display());
    let settings = [
        ("store.url", store.as_str()),
        ("encryption.key_file", key_file.to_str().unwrap()),
    ];
    let told = no_start(&settings).await;
    assert!(told.contains("(mode 0640): run chmod 600"), "{told}");
    assert!(!told.contains("5a5a"), "{told}");
}

#[test]
fn a_database_that_is_not_there_is_not_made_to_count_its_secrets() {
    let folder = tempfile::tempdir().unwrap();
    let list = Program::new("encryption-key")
        .args(["list", "--count"])
        .within(folder.path());
    let finished = list.run();
    assert!(!finished.status.success());
    let told = finished.stderr;
    assert!(told.contains("there is no database at"), "{told}");
    let made = std::fs::read_dir(folder.path()).unwrap().count();
    assert_eq!(made, 0, "nor is a key");
}

#[tokio::test]
async fn a_setting_that_holds_no_key_is_told_by_its_line() {
    let told = no_start(&[("encryption.keys", "# a comment\nk-one canary")]).await;
    assert!(
        told.contains("line 2 of encryption.keys is not a key"),
        "{told}"
    );
    assert!(!told.contains("canary"), "{told}");
}

#[tokio::test]
async fn a_key_that_is_made_is_told_once_with_what_it_means() {
    let traced = Traced::default();
    let writer = traced.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::WARN)
        .with_ansi(false)
        .with_writer(move || writer.clone())
        .finish();
    let _guard = tracing::subscriber::set_default(subscriber);
    let folder = tempfile::tempdir().unwrap();
    let config = config(folder.path(), "http://127.0.0.1:9", &[]);
    for _ in 0..2 {
        let server = Server::start(&config, Clock::default()).await.unwrap();
        server.run_until(async {}).await.unwrap();
    }
    let told = traced.text();
    assert_eq!(told.lines().count(), 1, "{told}");
    assert!(told.contains("migrations.db.key was made"), "{told}");
    assert!(told.contains("without it nobody can read them"), "{told}");
    assert!(told.contains("anybody can"), "{told}");
}
