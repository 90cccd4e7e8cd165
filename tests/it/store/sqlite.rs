//! The contract on SQLite, and tests of its own.

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use rusqlite::Connection;
use tempfile::TempDir;
use waba_migrator::crypto::Keyring;
use waba_migrator::store::{Database, Error, Settings, Store, Target, Workers as _, World};

use super::backend::{
    Backend, HOUR, claim, created, joined, loaded, next_due, with_tenants, worker,
};
use crate::support::migrations::{at, migration, tenant};

contract!(SqliteFile);

/// A database in a directory of its own.
pub struct SqliteFile {
    directory: TempDir,
    store: Database,
}

impl SqliteFile {
    pub fn path(&self) -> PathBuf {
        self.directory.path().join("migrations.db")
    }
}

impl Backend for SqliteFile {
    async fn fresh() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let store = open(&directory.path().join("migrations.db")).await.unwrap();
        let store = with_tenants(store).await;
        Self { directory, store }
    }

    fn store(&self) -> &Database {
        &self.store
    }

    async fn reopened(self) -> Self {
        self.store.close().await;
        let store = open(&self.path()).await.unwrap();
        Self { store, ..self }
    }

    fn url(&self) -> String {
        url(&self.path())
    }

    fn key_file(&self) -> PathBuf {
        key_file(&self.path())
    }

    async fn raw(&self) -> Vec<u8> {
        let mut raw = Vec::new();
        for entry in std::fs::read_dir(self.directory.path()).unwrap() {
            raw.extend(std::fs::read(entry.unwrap().path()).unwrap());
        }
        raw
    }
}

fn url(path: &Path) -> String {
    format!("sqlite://{}", path.display())
}

fn key_file(path: &Path) -> PathBuf {
    path.with_extension("db.key")
}

async fn open(path: &Path) -> Result<Database, Error> {
    let keyring = Keyring::load_or_create(&key_file(path)).unwrap();
    Database::open(&url(path), keyring).await
}

/// Changes the file without the store.
pub fn tamper(path: &Path, statement: &str) {
    let connection = Connection::open(path).unwrap();
    connection.execute_batch(statement).unwrap();
}

#[tokio::test]
async fn the_files_are_readable_by_their_owner_only() {
    let backend = SqliteFile::fresh().await;
    created(backend.store(), &migration(&tenant("acme"), 1), None).await;
    for entry in std::fs::read_dir(backend.directory.path()).unwrap() {
        let entry = entry.unwrap();
        assert_eq!(
            entry.metadata().unwrap().permissions().mode() & 0o777,
            0o600,
            "{:?}",
            entry.file_name()
        );
    }
}

#[tokio::test]
async fn a_file_of_a_later_release_is_not_changed() {
    let backend = SqliteFile::fresh().await;
    backend.store.close().await;
    tamper(&backend.path(), "PRAGMA user_version = 99");
    let error = open(&backend.path()).await.unwrap_err();
    assert!(
        matches!(
            error,
            Error::NewerSchema {
                found: 99,
                known: 1
            }
        ),
        "{error:?}"
    );
}

#[tokio::test]
async fn a_file_that_is_no_database_is_not_changed() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("notes.txt");
    std::fs::write(
        &path,
        "Not a database, and longer than the header of one, so that it is read at all. ".repeat(20),
    )
    .unwrap();
    let error = open(&path).await.unwrap_err();
    assert!(matches!(error, Error::Damaged(..)), "{error:?}");
    assert!(
        std::fs::read_to_string(&path)
            .unwrap()
            .starts_with("Not a database")
    );
}

#[tokio::test]
async fn an_unreadable_row_does_not_delay_the_others() {
    let backend = SqliteFile::fresh().await;
    let broken = created(backend.store(), &migration(&tenant("acme"), 1), Some(at(0))).await;
    let whole = created(backend.store(), &migration(&tenant("acme"), 2), Some(at(1))).await;
    tamper(
        &backend.path(),
        "UPDATE migrations SET document = '{}' WHERE request_id = 'request-1'",
    );
    let one = joined(backend.store(), 1).await;
    assert_eq!(claim(backend.store(), one, at(1), 9).await, [whole]);
    // Its worker can release it, so that it is tried again.
    let leased = backend.store().leased(one).await.unwrap();
    assert_eq!(leased.len(), 2);
    let error = backend
        .store()
        .load(&broken.tenant, broken.id)
        .await
        .unwrap_err();
    assert!(
        matches!(
            error,
            Error::Corrupt {
                table: "migrations",
                column: "document",
                ..
            }
        ),
        "{error:?}"
    );
}

#[tokio::test]
async fn a_closed_store_returns_closed() {
    let backend = SqliteFile::fresh().await;
    let it = created(backend.store(), &migration(&tenant("acme"), 1), None).await;
    backend.store.close().await;
    backend.store.close().await;
    for answer in [
        backend.store.load(&it.tenant, it.id).await.map(drop),
        backend.store.ping().await,
    ] {
        assert!(matches!(answer, Err(Error::Closed)), "{answer:?}");
    }
    let written = backend.store.renew(worker(1), HOUR).await;
    assert!(matches!(written, Err(Error::Closed)), "{written:?}");
}

#[tokio::test]
async fn writes_that_were_accepted_before_the_close_are_kept() {
    let backend = SqliteFile::fresh().await;
    let (store, it) = (backend.store.clone(), migration(&tenant("acme"), 1));
    let ((), it) = tokio::join!(
        async {
            tokio::task::yield_now().await;
            backend.store.close().await;
        },
        created(&store, &it, None)
    );
    let backend = backend.reopened().await;
    assert_eq!(loaded(backend.store(), &it).await, it);
}

/// The workers of a service that was killed, or of one before the machine's last boot, whose time
/// may be anything.
#[tokio::test]
async fn a_service_continues_at_once_what_the_one_before_had_leased() {
    let backend = SqliteFile::fresh().await;
    let it = created(backend.store(), &migration(&tenant("acme"), 1), Some(at(0))).await;
    let one = joined(backend.store(), 1).await;
    assert_eq!(claim(backend.store(), one, at(0), 9).await.len(), 1);
    tamper(
        &backend.path(),
        "UPDATE workers SET alive_until = 9000000000000000000",
    );
    backend.store.close().await;
    // Administration ends no worker.
    let administration = open(&backend.path()).await.unwrap();
    assert!(administration.renew(one, HOUR).await.unwrap().is_some());
    administration.close().await;

    let keyring = Keyring::load(&backend.key_file()).unwrap();
    let target = Target {
        world: World::Meta,
        graph_host: "graph.facebook.com".to_owned(),
    };
    let service =
        Database::open_for_service(&backend.url(), keyring, Settings::default(), &target, false)
            .await;
    let service = service.unwrap();
    assert_eq!(service.renew(one, HOUR).await.unwrap(), None);
    assert_eq!(next_due(&service, one, at(0)).await, Some(0));
    let two = joined(&service, 2).await;
    assert_eq!(claim(&service, two, at(0), 9).await, [it]);
    service.close().await;
}
