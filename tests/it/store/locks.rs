//! PostgreSQL's locks: two processes that use one tenant, in each order.

use std::time::Duration;

use domain::Migration;
use domain::tenancy::Tenant;
use sqlx::{AssertSqlSafe, Connection as _, PgConnection};
use tokio::time::timeout;
use waba_migrator::store::{
    Deleted, Directory as _, Error, Saved, Store as _, WorkerId, Workers as _,
};

use super::backend::{Backend as _, claim, created, joined};
use super::postgres::PostgresDatabase;
use super::suspend;
use crate::support::migrations::{accepted, at, migration, tenant};

/// Longer than anything here takes.
const PATIENCE: Duration = Duration::from_secs(30);

/// Another process, with an open transaction.
struct OpenTransaction(PgConnection);

impl OpenTransaction {
    async fn begin(backend: &PostgresDatabase, statement: &str) -> Self {
        let mut connection = PgConnection::connect(&backend.url).await.unwrap();
        let begin = AssertSqlSafe(format!("BEGIN; {statement}"));
        sqlx::raw_sql(begin).execute(&mut connection).await.unwrap();
        Self(connection)
    }

    /// Commits once another transaction waits for it.
    async fn commit(mut self) {
        let stuck = async {
            loop {
                let waiting: i64 = sqlx::query_scalar(
                    "SELECT count(*) FROM pg_locks
                     WHERE NOT granted AND pg_backend_pid() = ANY (pg_blocking_pids(pid))",
                )
                .fetch_one(&mut self.0)
                .await
                .unwrap();
                if waiting > 0 {
                    break;
                }
            }
        };
        timeout(PATIENCE, stuck)
            .await
            .expect("another transaction waits");
        sqlx::raw_sql("COMMIT").execute(&mut self.0).await.unwrap();
        self.0.close().await.unwrap();
    }
}

/// A migration of a disabled tenant, and the worker that has claimed it.
async fn disabled(backend: &PostgresDatabase) -> (Migration, WorkerId) {
    let store = backend.store();
    let it = created(store, &migration(&tenant("acme"), 1), Some(at(0))).await;
    suspend::set(store, &it.tenant, Some(at(1))).await;
    let one = joined(store, 1).await;
    claim(store, one, at(1), 9).await;
    (it, one)
}

#[tokio::test]
async fn a_tenant_that_is_being_enabled_is_not_suspended() {
    let backend = PostgresDatabase::fresh().await;
    let (it, one) = disabled(&backend).await;
    let enable = "UPDATE tenants SET disabled_at = NULL WHERE id = 'acme'";
    let other = OpenTransaction::begin(&backend, enable).await;
    let store = backend.store();
    let suspend = store.suspend(one, &it.tenant, it.id, at(9_000));
    let (suspended, ()) = tokio::join!(suspend, other.commit());
    assert!(!suspended.unwrap());
    let leased = store.has_leased(one, &it.tenant, it.id).await;
    assert!(leased.unwrap(), "the worker keeps its lease");
}

#[tokio::test]
async fn enabling_a_tenant_releases_a_suspension_in_progress() {
    let backend = PostgresDatabase::fresh().await;
    let (it, _) = disabled(&backend).await;
    // Like `suspend`, without the commit.
    let other = OpenTransaction::begin(
        &backend,
        "SELECT 1 FROM tenants WHERE id = 'acme' AND disabled_at IS NOT NULL FOR SHARE;
         UPDATE migrations SET suspended = true, lease_worker = NULL, delayed = true,
             due_at = due_at + interval '1 day'",
    )
    .await;
    let enable = suspend::set(backend.store(), &it.tenant, None);
    tokio::join!(enable, other.commit());
    let two = joined(backend.store(), 2).await;
    let free = claim(backend.store(), two, at(2), 9).await;
    assert_eq!(free.len(), 1);
}

#[tokio::test]
async fn a_tenant_that_is_being_deleted_gets_no_migration() {
    let backend = PostgresDatabase::fresh().await;
    let delete = "DELETE FROM feeds WHERE tenant = 'acme'; DELETE FROM tenants WHERE id = 'acme'";
    let other = OpenTransaction::begin(&backend, delete).await;
    let it = migration(&tenant("acme"), 1);
    let events = accepted(&it);
    let create = backend.store().create(&it.tenant, &it, &events, None, None);
    let (answer, ()) = tokio::join!(create, other.commit());
    assert!(matches!(answer, Err(Error::NoTenant)), "{answer:?}");
}

#[tokio::test]
async fn a_migration_that_is_being_created_keeps_its_tenant() {
    let backend = PostgresDatabase::fresh().await;
    let store = backend.store();
    // Like `create`, without the commit: the row is taken from another tenant.
    created(store, &migration(&tenant("other"), 1), None).await;
    let other = OpenTransaction::begin(
        &backend,
        "SELECT 1 FROM feeds WHERE tenant = 'acme' FOR UPDATE; UPDATE migrations SET tenant = 'acme'",
    )
    .await;
    let acme = tenant("acme");
    let (deleted, ()) = tokio::join!(store.delete_tenant(&acme), other.commit());
    assert_eq!(deleted.unwrap(), Deleted::HasLive { migrations: 1 });
}

#[tokio::test]
async fn a_tenant_can_be_saved_while_its_migrations_are_created() {
    let backend = PostgresDatabase::fresh().await;
    let make = "SELECT 1 FROM feeds WHERE tenant = 'acme' FOR UPDATE";
    let _other = OpenTransaction::begin(&backend, make).await;
    let acme = backend.store().tenant(&tenant("acme")).await.unwrap();
    let changed = Tenant {
        sandbox: true,
        ..acme.unwrap()
    };
    let saved = timeout(PATIENCE, backend.store().save_tenant(&changed)).await;
    let done = saved.expect("it does not wait").unwrap();
    assert_eq!(done, Saved::Done { version: 2 });
}
