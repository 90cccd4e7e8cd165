//! Rotation of encryption keys with the commands of the program, while services run.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use domain::TenantId;
use domain::tenancy::Tenant;
use serde_json::Value;
use waba_migrator::crypto::Keyring;
use waba_migrator::proto::v1::{MigrateRequest, RevealTwoStepPinRequest, State, SubmitCodeRequest};
use waba_migrator::store::{Database, Directory as _};

use crate::support::program::{Finished, Program};
use crate::support::service::{Client, Service, ServiceHarness, connect, request};
use crate::support::tenants;

/// Enough for any number of migrations to one account.
const MANY: [(&str, &str); 2] = [
    ("graph.hourly_reads", "1000000"),
    ("graph.hourly_reads_fresh", "1000000"),
];

/// Runs `waba-migrator encryption-key` with the key file and the database of a service.
async fn encryption_key(service: &ServiceHarness, key_file: &Path, arguments: &[&str]) -> Finished {
    let command = Program::new("encryption-key")
        .args(arguments)
        .store(&service.store_url())
        .set("encryption.key_file", key_file.display());
    command.run_async().await
}

/// The JSON output of a command that must succeed. Checks that it prints no key.
async fn done(service: &ServiceHarness, key_file: &Path, arguments: &[&str]) -> Value {
    let finished = encryption_key(service, key_file, arguments).await;
    let text = finished.text();
    for line in std::fs::read_to_string(key_file).unwrap().lines() {
        let key = line.split_whitespace().nth(1).unwrap_or_default();
        assert!(
            line.starts_with('#') || !text.contains(key),
            "a key was printed"
        );
    }
    finished.json()
}

/// The error of a command that must fail.
async fn refused(service: &ServiceHarness, key_file: &Path, arguments: &[&str]) -> String {
    let finished = encryption_key(service, key_file, arguments).await;
    assert!(!finished.status.success(), "{arguments:?} succeeded");
    finished.stderr
}

/// Names of the keys, the active one first, with the number of secrets that each encrypts.
async fn counted(service: &ServiceHarness, key_file: &Path) -> Vec<(String, u64)> {
    let list = done(service, key_file, &["list", "--count"]).await;
    assert_eq!(list["unreadable"], 0, "{list}");
    let keys = list["keys"].as_array().unwrap();
    assert_eq!(keys[0]["active"], true, "{list}");
    keys.iter()
        .map(|key| {
            assert_eq!(key["inKeyring"], true, "{list}");
            let name = key["key"].as_str().unwrap().to_owned();
            (name, key["secrets"].as_u64().unwrap())
        })
        .collect()
}

fn active(key_file: &Path) -> String {
    Keyring::load(key_file).unwrap().active().to_string()
}

async fn pin(service: &ServiceHarness, id: &str) -> String {
    let request = RevealTwoStepPinRequest {
        migration_id: id.to_owned(),
    };
    let answer = service.client.clone().reveal_two_step_pin(request).await;
    answer.unwrap().into_inner().two_step_pin
}

/// A tenant, created or read by an operator beside the service.
async fn tenant(
    service: &ServiceHarness,
    key_file: &Path,
    work: impl AsyncFnOnce(&Database, &TenantId) -> Tenant,
) -> Tenant {
    let keyring = Keyring::load(key_file).unwrap();
    let store = Database::open(&service.store_url(), keyring).await.unwrap();
    let tenant = work(&store, &"rotated".parse().unwrap()).await;
    store.close().await;
    tenant
}

/// A migration without a source account.
fn unknown(number: &str) -> MigrateRequest {
    MigrateRequest {
        source_waba_id: String::new(),
        ..request(number)
    }
}

async fn accepted(client: &Client, number: &str) -> String {
    let answer = client.clone().migrate(unknown(number)).await;
    answer.unwrap().into_inner().migration.unwrap().id
}

async fn moves(service: &ServiceHarness, id: &str, number: &str) {
    let code = service.code(number).unwrap();
    service.submit(id, &code).await.unwrap();
    let moved = service.settled(id).await;
    assert_eq!(moved.state(), State::Succeeded, "{moved:#?}");
}

/// Rotates and retires the old key while migrations run. Everything that was encrypted before,
/// during and after the rotation can still be decrypted.
async fn rotates_while_it_works(mut service: ServiceHarness) {
    let key_file = service.config().key_file().unwrap();
    let old = active(&key_file);
    let mut waiting = Vec::new();
    for last in 190..196 {
        let number = format!("+12025550{last}");
        waiting.push((service.migrate(&number).await.id, number));
    }
    let acme = tenant(&service, &key_file, async |store, id| {
        tenants::kept(store, id).await;
        tenants::entrusted(store, id).await
    })
    .await;
    let error = refused(&service, &key_file, &["retire", &old]).await;
    assert!(error.contains("activate another key first"), "{error}");

    let over = AtomicBool::new(false);
    let rotating = async {
        let rotated = done(&service, &key_file, &["rotate"]).await;
        // Nothing is left to do.
        let rewrapped = done(&service, &key_file, &["rewrap"]).await;
        assert_eq!(rewrapped["rewrapped"], serde_json::json!({}), "{rewrapped}");
        let counts = counted(&service, &key_file).await;
        done(&service, &key_file, &["retire", &old]).await;
        over.store(true, Ordering::Relaxed);
        (rotated, counts)
    };
    let working = async {
        let mut moved = Vec::new();
        while !over.load(Ordering::Relaxed) {
            let number = format!("+1303555{:04}", moved.len());
            let id = accepted(&service.client, &number).await;
            moves(&service, &id, &number).await;
            moved.push(id);
        }
        moved
    };
    let ((rotated, counts), mut moved) = tokio::join!(rotating, working);
    let new = active(&key_file);
    assert_ne!(new, old);
    assert_eq!(rotated["active"], *new, "{rotated}");
    assert_eq!(rotated["unreadable"]["count"], 0, "{rotated}");
    // At least a PIN per waiting migration, the token and app secret of a tenant, and the check
    // value of the keyring.
    assert!(rotated["rewrapped"][&old].as_u64() >= Some(9), "{rotated}");
    assert_eq!(counts[0].0, new);
    assert_eq!(counts[1], (old, 0));

    for (id, number) in &waiting {
        moves(&service, id, number).await;
        moved.push(id.clone());
    }
    service.stop_and_restart().await;
    for id in &moved {
        assert_eq!(pin(&service, id).await.len(), 6);
    }
    let now = tenant(&service, &key_file, async |store, id| {
        store.tenant(id).await.unwrap().unwrap()
    })
    .await;
    assert_eq!(now, acme, "its secrets are unchanged");
    let counts = counted(&service, &key_file).await;
    assert_eq!(counts, [(new, moved.len() as u64 + 2 + 1)]);
}

#[tokio::test]
async fn on_sqlite_keys_are_rotated_while_migrations_run() {
    rotates_while_it_works(ServiceHarness::with(&MANY).await).await;
}

#[tokio::test]
async fn on_postgresql_keys_are_rotated_while_migrations_run() {
    rotates_while_it_works(ServiceHarness::on_postgres(&MANY).await).await;
}

/// A service on another machine, with its own copy of the key file.
struct Machine {
    key_file: PathBuf,
    service: Service,
}

impl Machine {
    async fn beside(service: &ServiceHarness) -> Self {
        let key_file = service.folder.path().join("copy.key");
        std::fs::copy(service.config().key_file().unwrap(), &key_file).unwrap();
        let own = ("encryption.key_file", key_file.display().to_string());
        let service = service.replica_with(&[own]).await;
        Self { key_file, service }
    }

    /// Replaces its key file.
    fn receive(&self, key_file: &Path) {
        let new = self.key_file.with_extension("new");
        std::fs::copy(key_file, &new).unwrap();
        std::fs::rename(new, &self.key_file).unwrap();
    }

    /// Finishes a migration that the other service accepted, and the other way round.
    async fn works_with(&self, service: &ServiceHarness, round: u16) {
        let other = connect(&self.service.url).await;
        let [there, here] = [0, 1].map(|n| format!("+1303555{:04}", 2 * round + n));
        let code = SubmitCodeRequest {
            migration_id: accepted(&service.client, &there).await,
            code: service.code(&there).unwrap(),
            wait: None,
        };
        other.clone().submit_code(code).await.unwrap();
        let id = accepted(&other, &here).await;
        moves(service, &id, &here).await;
    }
}

#[tokio::test]
async fn machines_with_copies_of_the_key_file_rotate_step_by_step() {
    let service = ServiceHarness::on_postgres(&MANY).await;
    let here = service.config().key_file().unwrap();
    let there = Machine::beside(&service).await;
    let old = active(&here);
    there.works_with(&service, 0).await;

    let added = done(&service, &here, &["add"]).await;
    let new = added["key"].as_str().unwrap();
    assert_eq!(active(&here), old, "it decrypts, and does not encrypt yet");
    there.receive(&here);
    there.works_with(&service, 1).await;

    done(&service, &here, &["activate", new]).await;
    there.works_with(&service, 2).await;
    there.receive(&here);
    let error = refused(&service, &here, &["retire", &old]).await;
    assert!(
        error.contains("run `waba-migrator encryption-key rewrap` first"),
        "{error}"
    );
    let error = refused(&service, &here, &["retire", "k-unknown"]).await;
    assert!(error.contains("holds no key k-unknown"), "{error}");

    let done_so_far = done(&service, &here, &["rewrap"]).await;
    assert_eq!(done_so_far["active"], new, "{done_so_far}");
    there.works_with(&service, 3).await;
    done(&service, &here, &["retire", &old]).await;
    there.receive(&here);
    there.works_with(&service, 4).await;
    assert_eq!(
        counted(&service, &there.key_file).await,
        [(new.to_owned(), 11)]
    );
}
