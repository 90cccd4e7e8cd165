//! A silent server, and sessions that hold locks: every call ends in time, and the store recovers
//! by itself.

use std::collections::BTreeSet;
use std::time::Duration;

use domain::Migration;
use domain::tenancy::Tenant;
use futures_util::future::join_all;
use sqlx::{Connection as _, PgConnection};
use tokio::time::{Instant, timeout};
use waba_migrator::store::{
    ClaimQuotas, ClaimRequest, Created, Database, Directory as _, Error, Filter, LeaseChange, Page,
    Saved, Store as _, Workers as _,
};

use super::backend::{Backend as _, HOUR, created, loaded, worker};
use super::postgres::{PostgresDatabase, open};
use crate::support::migrations::{accepted, at, migration, tenant};
use crate::support::proxy::{Passes, Proxy};
use crate::support::tenants;

/// Maximum time of a call, and of the recovery after a silence.
const SOON: Duration = Duration::from_secs(15);
/// Longer than anything here takes.
const PATIENCE: Duration = Duration::from_secs(30);

/// A store behind a proxy, and the same database without the proxy.
struct ProxiedStore {
    proxy: Proxy,
    store: Database,
    direct: PostgresDatabase,
}

impl ProxiedStore {
    async fn start() -> Self {
        let direct = PostgresDatabase::fresh().await;
        let proxy = Proxy::before(&direct.url).await;
        let store = open(&proxy.url(&direct.url), &direct.key_file).await;
        Self {
            proxy,
            store: store.unwrap(),
            direct,
        }
    }
}

/// The results of one call of each kind, by name.
async fn calls(store: &Database, it: &Migration) -> Vec<(&'static str, Result<(), Error>)> {
    let page = Page {
        size: 10,
        after: None,
        findings: true,
    };
    let claim = ClaimRequest {
        worker: worker(1),
        now: at(0),
        limit: 1,
        quotas: ClaimQuotas::of(1),
    };
    let prefix = tenants::text(1).prefix();
    let (acme, filter) = (&it.tenant, Filter::default());
    let save = async || {
        let saved = store.save(acme, it, &[], Some(at(0)), LeaseChange::Untouched);
        saved.await.map(drop)
    };
    let create = async || {
        let it = migration(acme, 9);
        let events = accepted(&it);
        store.create(acme, &it, &events, None, None).await.map(drop)
    };
    let (load, list, events, saved, made, claimed, renewed, key, tenant, ping) = tokio::join!(
        store.load(acme, it.id),
        store.list(acme, &filter, page),
        store.events(acme, it.id, 0, 10),
        save(),
        create(),
        store.claim(claim),
        store.renew(worker(1), HOUR),
        store.key_by_prefix(&prefix),
        store.tenant(acme),
        store.ping(),
    );
    vec![
        ("load", load.map(drop)),
        ("list", list.map(drop)),
        ("events", events.map(drop)),
        ("save", saved),
        ("create", made),
        ("claim", claimed.map(drop)),
        ("renew", renewed.map(drop)),
        ("key_by_prefix", key.map(drop)),
        ("tenant", tenant.map(drop)),
        ("ping", ping),
    ]
}

/// Waits until every kind of call works.
async fn all_work(store: &Database, it: &Migration) {
    let work = async {
        loop {
            let failed = Box::pin(calls(store, it)).await.into_iter();
            if failed.filter(|(_, answer)| answer.is_err()).count() == 0 {
                return;
            }
        }
    };
    timeout(SOON, work)
        .await
        .expect("the store recovers by itself");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_call_to_a_silent_server_ends_in_time_and_works_after_its_recovery() {
    let ProxiedStore { proxy, store, .. } = &ProxiedStore::start().await;
    let it = created(store, &migration(&tenant("acme"), 1), Some(at(0))).await;
    Box::pin(all_work(store, &it)).await;
    proxy.lets(Passes::Nothing);
    let started = Instant::now();
    for (name, answer) in Box::pin(calls(store, &it)).await {
        let silent = matches!(&answer, Err(error @ Error::Unavailable(..)) if error.to_string().contains("does not answer"));
        assert!(silent, "{name}: {answer:?}");
    }
    assert!(started.elapsed() < SOON, "{:?}", started.elapsed());
    proxy.lets(Passes::Everything);
    Box::pin(all_work(store, &it)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn writes_that_queue_behind_a_silent_server_fail_in_time_and_are_not_done_later() {
    let ProxiedStore {
        proxy,
        store,
        direct,
    } = &ProxiedStore::start().await;
    created(store, &migration(&tenant("acme"), 1), None).await;
    proxy.lets(Passes::Nothing);
    let started = Instant::now();
    let create = async |n: u16| {
        // One after the other, so that they are in different groups.
        tokio::time::sleep(Duration::from_millis(u64::from(n) * 20)).await;
        let it = migration(&tenant("acme"), n);
        let events = accepted(&it);
        let asked = Instant::now();
        let answer = store.create(&it.tenant, &it, &events, None, None).await;
        (answer, asked.elapsed())
    };
    for (answer, took) in join_all((2..100).map(create)).await {
        assert!(matches!(answer, Err(Error::Unavailable(..))), "{answer:?}");
        assert!(took < SOON, "{took:?}");
    }
    proxy.lets(Passes::Everything);
    assert!(started.elapsed() < PATIENCE);
    let last = migration(&tenant("acme"), 100);
    let events = accepted(&last);
    let kept = async {
        while store
            .create(&last.tenant, &last, &events, None, None)
            .await
            .is_err()
        {}
    };
    timeout(SOON, kept)
        .await
        .expect("the store recovers by itself");
    let page = Page {
        size: 200,
        after: None,
        findings: true,
    };
    let all = Filter::default();
    let kept = direct.store().list(&last.tenant, &all, page);
    assert_eq!(kept.await.unwrap().migrations.len(), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_write_without_an_answer_is_uncertain_and_found_by_its_request() {
    let ProxiedStore {
        proxy,
        store,
        direct,
    } = &ProxiedStore::start().await;
    created(store, &migration(&tenant("acme"), 1), None).await;
    proxy.lets(Passes::Requests);
    let it = migration(&tenant("acme"), 2);
    let events = accepted(&it);
    let create = async || store.create(&it.tenant, &it, &events, None, None).await;
    let lost = timeout(SOON, create()).await.expect("it ends in time");
    assert!(matches!(lost, Err(Error::Unavailable(..))), "{lost:?}");
    assert_eq!(
        loaded(direct.store(), &it).await.id,
        it.id,
        "it was written"
    );
    proxy.lets(Passes::Everything);
    let again = timeout(SOON, create()).await.expect("the store recovers");
    assert!(matches!(again, Ok(Created::SameRequest(_))), "{again:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_commit_without_an_answer_ends_in_time() {
    let ProxiedStore {
        proxy,
        store,
        direct,
    } = &ProxiedStore::start().await;
    let acme = store.tenant(&tenant("acme")).await.unwrap().unwrap();
    let changed = Tenant {
        sandbox: true,
        ..acme
    };
    proxy.lets(Passes::AllButTheResponseTo("COMMIT"));
    let lost = timeout(SOON, store.save_tenant(&changed)).await;
    let lost = lost.expect("it ends in time");
    assert!(matches!(lost, Err(Error::Unavailable(..))), "{lost:?}");
    let kept = direct.store().tenant(&changed.id).await.unwrap().unwrap();
    assert!(kept.sandbox && kept.version == 2, "{kept:?}");
    proxy.lets(Passes::Everything);
    let again = timeout(SOON, store.save_tenant(&changed)).await;
    assert_eq!(again.unwrap().unwrap(), Saved::Conflict);
}

/// The server's processes for connections to this database.
async fn backends(url: &str) -> BTreeSet<i32> {
    let mut connection = PgConnection::connect(url).await.unwrap();
    let pids = sqlx::query_scalar(
        "SELECT pid FROM pg_stat_activity
         WHERE datname = current_database() AND backend_type = 'client backend' AND pid <> pg_backend_pid()",
    );
    let pids: Vec<i32> = pids.fetch_all(&mut connection).await.unwrap();
    connection.close().await.unwrap();
    pids.into_iter().collect()
}

/// Cancels a call after a number of steps.
async fn dropped(call: impl Future, steps: usize) {
    let gone = async {
        for _ in 0..steps {
            tokio::task::yield_now().await;
        }
    };
    tokio::select! {
        biased;
        _ = call => {}
        () = gone => {}
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cancelled_call_costs_no_connection() {
    let backend = PostgresDatabase::fresh().await;
    let store = backend.store();
    let it = created(store, &migration(&tenant("acme"), 1), None).await;
    let acme = store.tenant(&it.tenant).await.unwrap().unwrap();
    // Every slot has its connection.
    let all = async || {
        let loads = (0..40).map(|_| loaded(store, &it));
        let saves = (0..4).map(|_| store.save_tenant(&acme));
        tokio::join!(join_all(loads), join_all(saves));
    };
    all().await;
    let before = backends(&backend.url).await;
    for n in 0..200 {
        dropped(store.load(&it.tenant, it.id), n % 7).await;
    }
    join_all((0..200).map(|n| dropped(store.load(&it.tenant, it.id), n % 11))).await;
    let acme = store.tenant(&it.tenant).await.unwrap().unwrap();
    for n in 0..60 {
        dropped(store.save_tenant(&acme), n).await;
    }
    all().await;
    let after = backends(&backend.url).await;
    assert!(after.is_subset(&before), "{before:?} {after:?}");
    // No connection was left in a transaction: others see what is written.
    let acme = store.tenant(&it.tenant).await.unwrap().unwrap();
    let changed = Tenant {
        sandbox: true,
        ..acme
    };
    for _ in 0..4 {
        store.save_tenant(&changed).await.unwrap();
    }
    let other = open(&backend.url, &backend.key_file).await.unwrap();
    assert!(other.tenant(&it.tenant).await.unwrap().unwrap().sandbox);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn calls_that_are_cancelled_while_they_connect_leave_their_connections_to_others() {
    let ProxiedStore { proxy, store, .. } = &ProxiedStore::start().await;
    let it = migration(&tenant("acme"), 1);
    let before = proxy.accepted();
    for n in 0..200 {
        dropped(store.load(&it.tenant, it.id), n % 3).await;
    }
    let found = timeout(PATIENCE, store.load(&it.tenant, it.id)).await;
    assert_eq!(found.unwrap().unwrap(), None);
    let made = proxy.accepted() - before;
    assert!((1..=10).contains(&made), "{made}");
}

/// An administrator's session that locks a table.
async fn locks(url: &str, table: &'static str) -> PgConnection {
    let mut connection = PgConnection::connect(url).await.unwrap();
    let lock = sqlx::AssertSqlSafe(format!("BEGIN; LOCK TABLE {table}"));
    sqlx::raw_sql(lock).execute(&mut connection).await.unwrap();
    connection
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_locked_table_delays_calls_only_for_a_limited_time() {
    let backend = PostgresDatabase::fresh().await;
    let store = backend.store();
    let it = created(store, &migration(&tenant("acme"), 1), Some(at(0))).await;
    Box::pin(all_work(store, &it)).await;
    let before = backends(&backend.url).await;
    let session = locks(&backend.url, "migrations").await;
    let started = Instant::now();
    for (name, answer) in Box::pin(calls(store, &it)).await {
        match name {
            "load" | "list" | "save" | "create" | "claim" => {
                assert!(matches!(answer, Err(Error::Busy(_))), "{name}: {answer:?}");
            }
            _ => answer.unwrap(),
        }
    }
    assert!(started.elapsed() < SOON, "{:?}", started.elapsed());
    session.close().await.unwrap();
    Box::pin(all_work(store, &it)).await;
    let after = backends(&backend.url).await;
    assert!(after.is_superset(&before), "{before:?} {after:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn neither_lookups_nor_reads_use_the_slots_of_saves() {
    let backend = PostgresDatabase::fresh().await;
    let store = backend.store();
    let it = created(store, &migration(&tenant("acme"), 1), Some(at(0))).await;
    let session = locks(&backend.url, "api_keys, labels").await;
    let lookups = join_all((0..100).map(|n| {
        let prefix = tenants::text(n).prefix();
        async move { store.key_by_prefix(&prefix).await }
    }));
    let filter = Filter {
        labels: [("a".to_owned(), "b".to_owned())].into(),
        ..Filter::default()
    };
    let page = Page {
        size: 10,
        after: None,
        findings: true,
    };
    let lists = join_all((0..100).map(|_| store.list(&it.tenant, &filter, page)));
    let saves = async {
        // All of them wait for the lock.
        tokio::time::sleep(Duration::from_millis(500)).await;
        let started = Instant::now();
        for _ in 0..10 {
            let saved = store.save(&it.tenant, &it, &[], Some(at(0)), LeaseChange::Untouched);
            saved.await.unwrap();
        }
        assert!(started.elapsed() < Duration::from_secs(2));
    };
    let (lookups, lists, ()) = tokio::join!(lookups, lists, saves);
    for answer in lookups {
        assert!(matches!(answer, Err(Error::Busy(_))), "{answer:?}");
    }
    for answer in lists {
        assert!(matches!(answer, Err(Error::Busy(_))), "{answer:?}");
    }
    session.close().await.unwrap();
    Box::pin(all_work(store, &it)).await;
}
