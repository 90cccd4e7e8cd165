//! The exchange of keys while services run, by the commands that a person runs.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use domain::TenantId;
use domain::tenancy::Tenant;
use serde_json::Value;
use waba_migrator::crypto::Keyring;
use waba_migrator::proto::v1::{MigrateRequest, RevealTwoStepPinRequest, State, SubmitCodeRequest};
use waba_migrator::store::{Database, Directory as _};

use super::stack::{Client, Service, Stack, connect, request};
use crate::support::program::{Finished, Program};
use crate::support::tenants;

/// Enough for any number of migrations to one account.
const MANY: [(&str, &str); 2] = [
    ("graph.hourly_reads", "1000000"),
    ("graph.hourly_reads_fresh", "1000000"),
];

/// Runs `waba-migrator encryption-key`, with the key file and the database of a service.
async fn encryption_key(stack: &Stack, key_file: &Path, arguments: &[&str]) -> Finished {
    let command = Program::new("encryption-key")
        .args(arguments)
        .store(&stack.store_url())
        .set("encryption.key_file", key_file.display());
    command.run_async().await
}

/// The same, for a command that must succeed and answers in JSON. No key is ever printed.
async fn done(stack: &Stack, key_file: &Path, arguments: &[&str]) -> Value {
    let finished = encryption_key(stack, key_file, arguments).await;
    let told = finished.text();
    for line in std::fs::read_to_string(key_file).unwrap().lines() {
        let key = line.split_whitespace().nth(1).unwrap_or_default();
        assert!(
            line.starts_with('#') || !told.contains(key),
            "a key was printed"
        );
    }
    finished.json()
}

/// What a command says that must be refused.
async fn refused(stack: &Stack, key_file: &Path, arguments: &[&str]) -> String {
    let finished = encryption_key(stack, key_file, arguments).await;
    assert!(!finished.status.success(), "{arguments:?} succeeded");
    finished.stderr
}

/// Names of the keys, the active one first, and how many secrets each seals.
async fn counted(stack: &Stack, key_file: &Path) -> Vec<(String, u64)> {
    let list = done(stack, key_file, &["list", "--count"]).await;
    assert_eq!(list["unreadable"], 0, "{list}");
    let keys = list["keys"].as_array().unwrap();
    assert_eq!(keys[0]["active"], true, "{list}");
    keys.iter()
        .map(|key| {
            assert_eq!(key["in_keyring"], true, "{list}");
            let name = key["key"].as_str().unwrap().to_owned();
            (name, key["secrets"].as_u64().unwrap())
        })
        .collect()
}

fn active(key_file: &Path) -> String {
    Keyring::load(key_file).unwrap().active().to_string()
}

async fn pin(stack: &Stack, id: &str) -> String {
    let request = RevealTwoStepPinRequest {
        migration_id: id.to_owned(),
    };
    let answer = stack.client.clone().reveal_two_step_pin(request).await;
    answer.unwrap().into_inner().two_step_pin
}

/// A tenant as an operator makes and reads it, beside the service.
async fn tenant(
    stack: &Stack,
    key_file: &Path,
    work: impl AsyncFnOnce(&Database, &TenantId) -> Tenant,
) -> Tenant {
    let keyring = Keyring::load(key_file).unwrap();
    let store = Database::open(&stack.store_url(), keyring).await.unwrap();
    let tenant = work(&store, &"rotated".parse().unwrap()).await;
    store.close().await;
    tenant
}

/// A number that no account of the sandbox knows.
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

async fn moves(stack: &Stack, id: &str, number: &str) {
    let code = stack.code(number).unwrap();
    stack.submit(id, &code).await.unwrap();
    let moved = stack.settled(id).await;
    assert_eq!(moved.state(), State::Succeeded, "{moved:#?}");
}

/// Rotates and lets go of the old key while migrations move; everything that was sealed before, meanwhile and after still
/// opens.
async fn rotates_while_it_works(mut stack: Stack) {
    let key_file = stack.config().key_file().unwrap();
    let old = active(&key_file);
    let mut waiting = Vec::new();
    for last in 190..196 {
        let number = format!("+12025550{last}");
        waiting.push((stack.migrate(&number).await.id, number));
    }
    let acme = tenant(&stack, &key_file, async |store, id| {
        tenants::kept(store, id).await;
        tenants::entrusted(store, id).await
    })
    .await;
    let told = refused(&stack, &key_file, &["retire", &old]).await;
    assert!(told.contains("activate another first"), "{told}");

    let over = AtomicBool::new(false);
    let rotating = async {
        let rotated = done(&stack, &key_file, &["rotate"]).await;
        // It has left nothing for a second one to do.
        let rewrapped = done(&stack, &key_file, &["rewrap"]).await;
        assert_eq!(rewrapped["rewrapped"], serde_json::json!({}), "{rewrapped}");
        let counts = counted(&stack, &key_file).await;
        done(&stack, &key_file, &["retire", &old]).await;
        over.store(true, Ordering::Relaxed);
        (rotated, counts)
    };
    let working = async {
        let mut moved = Vec::new();
        while !over.load(Ordering::Relaxed) {
            let number = format!("+1303555{:04}", moved.len());
            let id = accepted(&stack.client, &number).await;
            moves(&stack, &id, &number).await;
            moved.push(id);
        }
        moved
    };
    let ((rotated, counts), mut moved) = tokio::join!(rotating, working);
    let new = active(&key_file);
    assert_ne!(new, old);
    assert_eq!(rotated["active"], *new, "{rotated}");
    assert_eq!(rotated["unreadable"]["count"], 0, "{rotated}");
    // At least what waited: a PIN each, a tenant's token and its app's secret, and the check of the keyring.
    assert!(rotated["rewrapped"][&old].as_u64() >= Some(9), "{rotated}");
    assert_eq!(counts[0].0, new);
    assert_eq!(counts[1], (old, 0));

    for (id, number) in &waiting {
        moves(&stack, id, number).await;
        moved.push(id.clone());
    }
    stack.stop_and_restart().await;
    for id in &moved {
        assert_eq!(pin(&stack, id).await.len(), 6);
    }
    let now = tenant(&stack, &key_file, async |store, id| {
        store.tenant(id).await.unwrap().unwrap()
    })
    .await;
    assert_eq!(now, acme, "its secrets are its own as before");
    let counts = counted(&stack, &key_file).await;
    assert_eq!(counts, [(new, moved.len() as u64 + 2 + 1)]);
}

#[tokio::test]
async fn on_sqlite_keys_are_rotated_while_migrations_move() {
    rotates_while_it_works(Stack::with(&MANY).await).await;
}

#[tokio::test]
async fn on_postgresql_keys_are_rotated_while_migrations_move() {
    rotates_while_it_works(Stack::on_postgres(&MANY).await).await;
}

/// Another machine: a service with its own copy of the key file.
struct Machine {
    key_file: PathBuf,
    service: Service,
}

impl Machine {
    async fn beside(stack: &Stack) -> Self {
        let key_file = stack.folder.path().join("copy.key");
        std::fs::copy(stack.config().key_file().unwrap(), &key_file).unwrap();
        let own = ("encryption.key_file", key_file.display().to_string());
        let service = stack.replica_with(&[own]).await;
        Self { key_file, service }
    }

    /// Hands it a copy of the file.
    fn receive(&self, key_file: &Path) {
        let new = self.key_file.with_extension("new");
        std::fs::copy(key_file, &new).unwrap();
        std::fs::rename(new, &self.key_file).unwrap();
    }

    /// Moves a number that was accepted by the one, with the other, and the other way round.
    async fn shares_with(&self, stack: &Stack, turn: u16) {
        let other = connect(&self.service.url).await;
        let [there, here] = [0, 1].map(|n| format!("+1303555{:04}", 2 * turn + n));
        let code = SubmitCodeRequest {
            migration_id: accepted(&stack.client, &there).await,
            code: stack.code(&there).unwrap(),
            wait: None,
        };
        other.clone().submit_code(code).await.unwrap();
        let id = accepted(&other, &here).await;
        moves(stack, &id, &here).await;
    }
}

#[tokio::test]
async fn machines_with_copies_of_the_file_exchange_a_key_step_by_step() {
    let stack = Stack::on_postgres(&MANY).await;
    let here = stack.config().key_file().unwrap();
    let there = Machine::beside(&stack).await;
    let old = active(&here);
    there.shares_with(&stack, 0).await;

    let added = done(&stack, &here, &["add"]).await;
    let new = added["key"].as_str().unwrap();
    assert_eq!(active(&here), old, "it opens, and seals nothing yet");
    there.receive(&here);
    there.shares_with(&stack, 1).await;

    done(&stack, &here, &["activate", new]).await;
    there.shares_with(&stack, 2).await;
    there.receive(&here);
    let told = refused(&stack, &here, &["retire", &old]).await;
    assert!(
        told.contains("run `waba-migrator encryption-key rewrap` first"),
        "{told}"
    );
    let told = refused(&stack, &here, &["retire", "k-unknown"]).await;
    assert!(told.contains("holds no key k-unknown"), "{told}");

    let done_so_far = done(&stack, &here, &["rewrap"]).await;
    assert_eq!(done_so_far["active"], new, "{done_so_far}");
    there.shares_with(&stack, 3).await;
    done(&stack, &here, &["retire", &old]).await;
    there.receive(&here);
    there.shares_with(&stack, 4).await;
    assert_eq!(
        counted(&stack, &there.key_file).await,
        [(new.to_owned(), 11)]
    );
}
