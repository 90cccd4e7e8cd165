//! The contract on PostgreSQL, and tests of its own.

use std::path::{Path, PathBuf};
use std::pin::pin;
use std::time::Duration;

use domain::{Migration, State};
use futures_util::StreamExt as _;
use sqlx::{Connection as _, PgConnection};
use tempfile::TempDir;
use tokio::task::JoinSet;
use tokio::time::timeout;
use waba_migrator::crypto::Keyring;
use waba_migrator::store::{
    Database, Error, LeaseChange, Notification, NotificationMode, Saved, Settings, Store as _,
    Workers as _,
};

use super::backend::{Backend, HOUR, claim, created, joined, loaded, saved, with_tenants, worker};
use super::cluster::{self, Server, execute};
use super::suspend;
use crate::support::migrations::{accepted, at, becomes, migration, tenant};

contract!(PostgresDatabase);

/// Longer than anything here takes.
const PATIENCE: Duration = Duration::from_secs(30);

/// A database of its own.
pub struct PostgresDatabase {
    pub url: String,
    pub key_file: PathBuf,
    /// The URL that the store uses: through a pooler, if there is one.
    served: String,
    store: Database,
    settings: Settings,
    _directory: TempDir,
}

impl PostgresDatabase {
    /// A new database that is opened with these settings.
    pub async fn with(settings: Settings) -> Self {
        let (url, template) = cluster::prepared().await;
        let directory = tempfile::tempdir().unwrap();
        let key_file = directory.path().join("store.key");
        std::fs::copy(template, &key_file).unwrap();
        let served = cluster::pooled(&url).unwrap_or_else(|| url.clone());
        let store = open_with(&served, &key_file, settings).await.unwrap();
        Self {
            url,
            served,
            key_file,
            store,
            settings,
            _directory: directory,
        }
    }
}

impl Backend for PostgresDatabase {
    async fn fresh() -> Self {
        let mut settings = Settings::default();
        if cluster::is_pooled() {
            settings.notifications = NotificationMode::Poll;
        }
        Self::with(settings).await
    }

    fn store(&self) -> &Database {
        &self.store
    }

    async fn reopened(self) -> Self {
        self.store.close().await;
        let store = open_with(&self.served, &self.key_file, self.settings).await;
        Self {
            store: store.unwrap(),
            ..self
        }
    }

    fn url(&self) -> String {
        self.url.clone()
    }

    fn key_file(&self) -> PathBuf {
        self.key_file.clone()
    }

    async fn raw(&self) -> Vec<u8> {
        let mut raw = Vec::new();
        let mut connection = PgConnection::connect(&self.url).await.unwrap();
        for table in [
            "migrations",
            "requests",
            "labels",
            "events",
            "findings",
            "limited_calls",
            "number_key",
            "tenants",
            "api_keys",
        ] {
            // Sealed values are printed as escaped text, in which a plain secret would be
            // visible.
            let statement =
                format!("SET bytea_output = 'escape'; SELECT t::text FROM {table} AS t");
            let rows = sqlx::raw_sql(sqlx::AssertSqlSafe(statement))
                .fetch_all(&mut connection)
                .await
                .unwrap();
            for row in rows {
                raw.extend(sqlx::Row::get::<String, _>(&row, 0).into_bytes());
            }
        }
        raw
    }
}

pub async fn open(url: &str, key_file: &Path) -> Result<Database, Error> {
    open_with(url, key_file, Settings::default()).await
}

pub async fn open_with(url: &str, key_file: &Path, settings: Settings) -> Result<Database, Error> {
    let keyring = Keyring::load_or_create(key_file).unwrap();
    Database::open_with(url, keyring, settings).await
}

/// Creates a migration, with retries until the store can be reached.
async fn created_at_last(store: &Database, it: &Migration) {
    let events = accepted(it);
    let created = async {
        while let Err(error) = store
            .create(&it.tenant, it, &events, Some(at(0)), None)
            .await
        {
            assert!(matches!(error, Error::Unavailable(..)), "{error:?}");
        }
    };
    timeout(PATIENCE, created)
        .await
        .expect("the store came back");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn replicas_that_start_at_once_set_the_database_up_once() {
    let url = cluster::empty().await;
    let directory = tempfile::tempdir().unwrap();
    let key_file = directory.path().join("store.key");
    let replicas: JoinSet<_> = (0..6)
        .map(|_| {
            let (url, key_file) = (url.clone(), key_file.clone());
            async move { open(&url, &key_file).await.unwrap() }
        })
        .collect();
    let replicas = replicas.join_all().await;
    with_tenants(replicas[0].clone()).await;
    let it = created(&replicas[0], &migration(&tenant("acme"), 1), Some(at(0))).await;
    for replica in &replicas {
        replica.ping().await.unwrap();
        assert_eq!(loaded(replica, &it).await, it);
    }
}

#[tokio::test]
async fn a_database_of_a_later_release_is_not_changed() {
    let backend = PostgresDatabase::fresh().await;
    execute(&backend.url, "UPDATE schema_version SET version = 99").await;
    let error = open(&backend.url, &backend.key_file).await.unwrap_err();
    let newer = Error::NewerSchema {
        found: 99,
        known: 1,
    };
    assert_eq!(error.to_string(), newer.to_string());
}

#[tokio::test]
async fn the_error_for_a_wrong_password_does_not_repeat_it() {
    let (url, key_file) = cluster::prepared().await;
    let (_, rest) = url.split_once('@').unwrap();
    for (url, what) in [
        (format!("postgres://tests:canary@{rest}"), "password"),
        (
            cluster::database(&url, "no_such_database"),
            "no_such_database",
        ),
    ] {
        let error = open(&url, &key_file).await.unwrap_err();
        assert!(matches!(error, Error::Denied(..)), "{error:?}");
        let text = format!("{error} {error:?}");
        assert!(text.contains(what), "{text}");
        assert!(!text.contains("canary"), "{text}");
    }
}

#[tokio::test]
async fn an_unreachable_server_is_unavailable() {
    let (_, key_file) = cluster::prepared().await;
    // Port 1 of loopback, where nothing listens.
    let error = open("postgres://a:canary@127.0.0.1:1/m", &key_file)
        .await
        .unwrap_err();
    assert!(matches!(error, Error::Unavailable(..)), "{error:?}");
    assert!(!format!("{error:?}").contains("canary"), "{error:?}");
}

#[tokio::test]
async fn a_read_only_database_has_its_own_error() {
    let backend = PostgresDatabase::fresh().await;
    let it = created(backend.store(), &migration(&tenant("acme"), 1), Some(at(0))).await;
    let (_, name) = backend.url.rsplit_once('/').unwrap();
    let read_only = format!("ALTER DATABASE {name} SET default_transaction_read_only = on");
    execute(&cluster::shared(), &read_only).await;
    let backend = backend.reopened().await;
    assert_eq!(loaded(backend.store(), &it).await, it);
    let error = backend.store().ping().await.unwrap_err();
    assert!(matches!(error, Error::ReadOnly(..)), "{error:?}");
    let next = migration(&tenant("acme"), 2);
    let error = backend
        .store()
        .create(&next.tenant, &next, &accepted(&next), None, None)
        .await
        .unwrap_err();
    assert!(matches!(error, Error::ReadOnly(..)), "{error:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn notifications_reach_only_other_processes() {
    let backend = PostgresDatabase::fresh().await;
    let (here, there) = (
        backend.store().clone(),
        open(&backend.url, &backend.key_file).await.unwrap(),
    );
    let (mut own, mut others) = (pin!(here.notifications()), pin!(there.notifications()));
    for received in [&mut own, &mut others] {
        let first = timeout(PATIENCE, received.next()).await.unwrap();
        assert_eq!(
            first,
            Some(Notification::Missed),
            "earlier notifications may be lost"
        );
    }
    let mut it = created(&here, &migration(&tenant("acme"), 1), Some(at(0))).await;
    let event = becomes(&mut it, 1, State::WaitingForCode);
    saved(&here, &mut it, &[event], None).await;
    let mut received = Vec::new();
    while received.len() < 2 {
        received.extend(timeout(PATIENCE, others.next()).await.unwrap());
    }
    let committed = Notification::Committed {
        id: it.id,
        sequence: 2,
    };
    assert_eq!(received, [Notification::Due, committed]);
    // The first notification here is the other process's: its own were ignored.
    let event = becomes(&mut it, 2, State::Running);
    saved(&there, &mut it, &[event], None).await;
    let committed = Notification::Committed {
        id: it.id,
        sequence: 3,
    };
    let received = timeout(PATIENCE, own.next()).await.unwrap();
    assert_eq!(received, Some(committed));
}

#[tokio::test]
async fn enabling_a_tenant_notifies_other_processes() {
    let backend = PostgresDatabase::fresh().await;
    let here = backend.store();
    let there = open(&backend.url, &backend.key_file).await.unwrap();
    let it = created(here, &migration(&tenant("acme"), 1), Some(at(0))).await;
    let one = joined(here, 1).await;
    claim(here, one, at(0), 9).await;
    suspend::set(here, &it.tenant, Some(at(1))).await;
    let suspended = here.suspend(one, &it.tenant, it.id, at(900)).await;
    assert!(suspended.unwrap());
    let mut notifications = pin!(there.notifications());
    let first = timeout(PATIENCE, notifications.next()).await.unwrap();
    assert_eq!(first, Some(Notification::Missed));
    // A save that releases nothing sends no notification.
    suspend::set(here, &tenant("other"), None).await;
    suspend::set(here, &it.tenant, Some(at(2))).await;
    suspend::set(here, &it.tenant, None).await;
    let received = timeout(PATIENCE, notifications.next()).await.unwrap();
    assert_eq!(received, Some(Notification::Due));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_crash_of_the_server_is_survived() {
    let server = Server::start();
    let directory = tempfile::tempdir().unwrap();
    let store = open(&server.url, &directory.path().join("store.key"))
        .await
        .unwrap();
    let store = with_tenants(store).await;
    let mut notifications = pin!(store.notifications());
    assert_eq!(
        timeout(PATIENCE, notifications.next()).await.unwrap(),
        Some(Notification::Missed)
    );
    let before = created(&store, &migration(&tenant("acme"), 1), Some(at(0))).await;
    let (crashed, missed) = tokio::join!(
        tokio::task::spawn_blocking(move || {
            server.crash();
            server
        }),
        timeout(PATIENCE, notifications.next())
    );
    assert_eq!(missed.unwrap(), Some(Notification::Missed));
    assert_eq!(
        loaded(&store, &before).await,
        before,
        "a read reconnects by itself, and committed writes are kept"
    );
    let next = migration(&tenant("acme"), 2);
    created_at_last(&store, &next).await;
    assert_eq!(loaded(&store, &next).await.id, next.id);
    store.close().await;
    drop(crashed.unwrap());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn terminated_sessions_lose_no_committed_write() {
    const MIGRATIONS: u16 = 300;
    let backend = PostgresDatabase::fresh().await;
    let store = backend.store().clone();
    let making: JoinSet<_> = (0..MIGRATIONS)
        .map(|n| {
            let (store, it) = (store.clone(), migration(&tenant("acme"), n));
            async move {
                created_at_last(&store, &it).await;
                it
            }
        })
        .collect();
    let cutting = async {
        let mut connection = PgConnection::connect(&cluster::shared()).await.unwrap();
        let (_, name) = backend.url.rsplit_once('/').unwrap();
        for _ in 0..10 {
            sqlx::query(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1",
            )
            .bind(name)
            .execute(&mut connection)
            .await
            .unwrap();
            tokio::task::yield_now().await;
        }
        connection.close().await.unwrap();
    };
    let (made, ()) = tokio::join!(making.join_all(), cutting);
    for it in &made {
        assert_eq!(loaded(&store, it).await.version, 1);
    }
    let one = joined(&store, 1).await;
    assert_eq!(
        claim(&store, one, at(0), u32::from(MIGRATIONS) + 1)
            .await
            .len(),
        usize::from(MIGRATIONS),
        "each is there once"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn leases_are_renewed_while_callers_queue() {
    let backend = PostgresDatabase::fresh().await;
    let store = backend.store().clone();
    let it = created(&store, &migration(&tenant("acme"), 1), Some(at(0))).await;
    let one = joined(&store, 1).await;
    assert_eq!(claim(&store, one, at(0), 1).await.len(), 1);
    // A read of a migration counts the calls of its number, and so waits for the lock.
    let mut locked = PgConnection::connect(&backend.url).await.unwrap();
    sqlx::raw_sql("BEGIN; LOCK TABLE limited_calls")
        .execute(&mut locked)
        .await
        .unwrap();
    let callers: JoinSet<_> = (0..100)
        .map(|_| {
            let (store, it) = (store.clone(), it.clone());
            async move { loaded(&store, &it).await.version }
        })
        .collect();
    let waiting = "SELECT count(*) FROM pg_locks WHERE NOT granted AND database = \
                   (SELECT oid FROM pg_database WHERE datname = current_database())";
    let full = async {
        let mut waiting_calls = async || {
            let count = sqlx::query_scalar::<_, i64>(waiting);
            count.fetch_one(&mut locked).await.unwrap()
        };
        while waiting_calls().await < 10 {}
    };
    timeout(PATIENCE, full).await.unwrap();
    let renewed = timeout(PATIENCE, store.renew(one, HOUR)).await;
    let renewed = renewed.expect("it does not wait for them").unwrap();
    assert!(renewed.is_some());
    let leased = store.has_leased(one, &it.tenant, it.id).await;
    assert!(leased.unwrap());
    locked.close().await.unwrap();
    assert_eq!(callers.join_all().await, [1; 100]);
}

#[tokio::test]
async fn an_invalid_row_fails_no_other_write() {
    let backend = PostgresDatabase::fresh().await;
    let tenant = tenant("acme");
    let (mut one, mut two) = (migration(&tenant, 1), migration(&tenant, 2));
    // PostgreSQL stores no text with this character, and the API rejects it.
    one.request.reference = "a\0b".to_owned();
    two.request.reference = "whole".to_owned();
    let events = accepted(&one);
    let (bad, good) = tokio::join!(
        backend.store().create(&tenant, &one, &events, None, None),
        created(backend.store(), &two, None)
    );
    assert!(matches!(bad, Err(Error::Refused(_))), "{bad:?}");
    assert_eq!(loaded(backend.store(), &two).await, good);
}

#[tokio::test]
async fn a_closed_store_returns_closed() {
    let backend = PostgresDatabase::fresh().await;
    let it = created(backend.store(), &migration(&tenant("acme"), 1), None).await;
    backend.store.close().await;
    backend.store.close().await;
    for answer in [
        backend.store.load(&it.tenant, it.id).await.map(drop),
        backend.store.ping().await,
        backend.store.renew(worker(1), HOUR).await.map(drop),
        backend
            .store
            .save(&it.tenant, &it, &[], None, LeaseChange::Untouched)
            .await
            .map(drop),
    ] {
        assert!(matches!(answer, Err(Error::Closed)), "{answer:?}");
    }
}

#[tokio::test]
async fn without_notifications_none_is_sent_and_none_is_listened_for() {
    let backend = PostgresDatabase::with(Settings {
        notifications: NotificationMode::Poll,
        ..Settings::default()
    })
    .await;
    let there = open(&backend.url, &backend.key_file).await.unwrap();
    let mut received = pin!(there.notifications());
    let first = timeout(PATIENCE, received.next()).await.unwrap();
    assert_eq!(first, Some(Notification::Missed));
    let mut none = pin!(backend.store().notifications());
    created(backend.store(), &migration(&tenant("acme"), 1), Some(at(0))).await;
    // What is received first is the notification of the next commit, by the other process.
    let mut it = created(&there, &migration(&tenant("acme"), 2), None).await;
    let event = becomes(&mut it, 1, State::WaitingForCode);
    let other = open(&backend.url, &backend.key_file).await.unwrap();
    saved(&other, &mut it, &[event], None).await;
    let committed = Notification::Committed {
        id: it.id,
        sequence: 2,
    };
    let received = timeout(PATIENCE, received.next()).await.unwrap();
    assert_eq!(received, Some(committed));
    let listened = timeout(Duration::from_millis(300), none.next()).await;
    assert!(listened.is_err(), "{listened:?}");
}

#[tokio::test]
async fn a_server_that_delivers_notifications_may_be_required() {
    let backend = PostgresDatabase::with(Settings {
        notifications: NotificationMode::Listen,
        ..Settings::default()
    })
    .await;
    backend.store().ping().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_failover_is_noticed_by_claims_and_renewals_and_known_to_later_processes() {
    let server = Server::start();
    let directory = tempfile::tempdir().unwrap();
    let key_file = directory.path().join("store.key");
    let store = open(&server.url, &key_file).await.unwrap();
    let one = joined(&store, 1).await;
    claim(&store, one, at(0), 9).await;
    assert_eq!(
        store.since_failover(),
        None,
        "a new database has not failed over"
    );
    let restarted = open(&server.url, &key_file).await.unwrap();
    assert_eq!(restarted.since_failover(), None);
    server.fail_over().await;
    let renewed = async { while store.renew(one, HOUR).await.is_err() {} };
    timeout(PATIENCE, renewed).await.unwrap();
    let since = store.since_failover().unwrap();
    assert!(since < PATIENCE, "{since:?}");
    let later = open(&server.url, &key_file).await.unwrap();
    assert!(later.since_failover().unwrap() >= since);
    let claimed = async {
        while restarted
            .has_leased(one, &tenant("acme"), migration(&tenant("acme"), 1).id)
            .await
            .is_err()
        {}
    };
    timeout(PATIENCE, claimed).await.unwrap();
    assert!(restarted.since_failover().unwrap() >= since);
    for store in [store, restarted, later] {
        store.close().await;
    }
}

#[tokio::test]
async fn commits_are_durable_whatever_the_database_is_set_to() {
    let backend = PostgresDatabase::fresh().await;
    let (_, name) = backend.url.rsplit_once('/').unwrap();
    let off = format!("ALTER DATABASE {name} SET synchronous_commit = off");
    execute(&cluster::shared(), &off).await;
    let backend = backend.reopened().await;
    // A session that asked for nothing would be refused.
    backend.store().ping().await.unwrap();
}

#[tokio::test]
async fn a_save_that_keeps_its_lease_writes_to_no_index() {
    const SAVES: i64 = 60;
    let backend = PostgresDatabase::fresh().await;
    let store = backend.store();
    let mut it = created(store, &migration(&tenant("acme"), 1), Some(at(0))).await;
    let one = joined(store, 1).await;
    claim(store, one, at(0), 9).await;
    for n in 1..=SAVES {
        let events = [becomes(&mut it, n, State::Running)];
        let saved = store.save(&it.tenant, &it, &events, None, LeaseChange::Keep(one));
        match saved.await.unwrap() {
            Saved::Done { version } => it.stored(version),
            Saved::Conflict => panic!("a conflict"),
        }
    }
    // A session reports what it has done when it ends.
    store.close().await;
    let mut connection = PgConnection::connect(&backend.url).await.unwrap();
    let reported = async {
        loop {
            let (updates, hot): (i64, i64) = sqlx::query_as(
                "SELECT n_tup_upd, n_tup_hot_upd FROM pg_stat_user_tables
                 WHERE relname = 'migrations'",
            )
            .fetch_one(&mut connection)
            .await
            .unwrap();
            if updates > SAVES {
                return (updates, hot);
            }
        }
    };
    let (updates, hot) = timeout(PATIENCE, reported).await.unwrap();
    // The claim moves the row from one index to another.
    assert_eq!(updates, SAVES + 1);
    // Where the page has no room yet for another version of the row, that one goes to a new page.
    assert!(hot >= SAVES * 9 / 10, "{hot} of {SAVES}");
}
