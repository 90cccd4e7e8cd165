//! Sources of the encryption keys.

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt as _;

use waba_migrator::config::{Config, Layers};
use waba_migrator::lifecycle::Server;
use waba_migrator::proto::v1::State;
use waba_migrator::util::clock::Clock;

use crate::support::program::Program;
use crate::support::service::{ServiceHarness, config};
use crate::support::traced::Traced;

/// A line of a key file.
fn key_line() -> String {
    format!("k-one {}", "5a".repeat(32))
}

#[tokio::test]
async fn keys_may_be_set_in_the_configuration() {
    let line = key_line();
    let mut service = ServiceHarness::with(&[("encryption.keys", line.as_str())]).await;
    let number = "+12025550190";
    let id = service.migrate(number).await.id;
    service.stop_and_restart().await;
    let code = service.code(number).unwrap();
    let moved = service.submit(&id, &code).await.unwrap();
    assert_eq!(moved.state(), State::Succeeded);
    let key_file = service.folder.path().join("migrations.db.key");
    assert!(!key_file.exists(), "no key file was created");

    let rotate = Program::new("encryption-key")
        .args(["rotate"])
        .store(&service.store_url())
        .env("WABA_MIGRATOR__ENCRYPTION__KEYS", &line);
    let error = rotate.run_async().await.stderr;
    assert!(error.contains("come from encryption.keys"), "{error}");
    assert!(!error.contains("5a5a"), "{error}");
}

/// The error of a service that does not start with these settings.
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
    let error = no_start(&[("store.url", url)]).await;
    assert!(error.contains("encryption.key_file"), "{error}");
    assert!(error.contains("encryption-key create"), "{error}");
    let folder = tempfile::tempdir().unwrap();
    let nowhere = folder.path().join("keys");
    let settings = [
        ("store.url", url),
        ("encryption.key_file", nowhere.to_str().unwrap()),
    ];
    let error = no_start(&settings).await;
    assert!(error.contains("which does not exist"), "{error}");
    assert!(!nowhere.exists(), "no key file was created");
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
    let error = no_start(&settings).await;
    assert!(error.contains("(mode 0640): run chmod 600"), "{error}");
    assert!(!error.contains("5a5a"), "{error}");
}

#[test]
fn counting_secrets_does_not_create_a_missing_database() {
    let folder = tempfile::tempdir().unwrap();
    let list = Program::new("encryption-key")
        .args(["list", "--count"])
        .within(folder.path());
    let finished = list.run();
    assert!(!finished.status.success());
    let error = finished.stderr;
    assert!(error.contains("there is no database at"), "{error}");
    let made = std::fs::read_dir(folder.path()).unwrap().count();
    assert_eq!(made, 0, "no file was created");
}

#[tokio::test]
async fn an_invalid_key_in_the_configuration_is_reported_with_its_line() {
    let error = no_start(&[("encryption.keys", "# a comment\nk-one canary")]).await;
    assert!(
        error.contains("line 2 of encryption.keys is not a key"),
        "{error}"
    );
    assert!(!error.contains("canary"), "{error}");
}

#[tokio::test]
async fn a_new_key_file_is_logged_once_with_its_consequences() {
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
    let error = traced.text();
    assert_eq!(error.lines().count(), 1, "{error}");
    assert!(error.contains("migrations.db.key was created"), "{error}");
    assert!(error.contains("without it they are lost"), "{error}");
    assert!(error.contains("anyone can read them"), "{error}");
}
