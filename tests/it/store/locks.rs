//! PostgreSQL's locks: two processes that use one tenant, in each order.

use std::time::Duration;

use domain::Migration;
use domain::tenancy::Tenant;
use sqlx::{AssertSqlSafe, Connection as _, PgConnection};
use tokio::time::timeout;
use waba_migrator::store::{Deleted, Directory, Error, Saved, Store};

use super::backend::{Backend as _, claim, created, worker};
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

/// A migration of a disabled tenant, claimed by the first worker.
async fn disabled(backend: &PostgresDatabase) -> Migration {
    let store = backend.store();
    let it = created(store, &migration(&tenant("acme"), 1), Some(at(0))).await;
    suspend::set(store, &it.tenant, Some(at(1))).await;
    claim(store, worker(1), at(1), at(30), 9).await;
    it
}

#[tokio::test]
async fn a_tenant_that_is_being_enabled_is_not_suspended() {
    let backend = PostgresDatabase::fresh().await;
    let it = disabled(&backend).await;
    let enable = "UPDATE tenants SET disabled_at = NULL WHERE id = 'acme'";
    let other = OpenTransaction::begin(&backend, enable).await;
    let ids = [it.id];
    let suspend = backend.store().suspend(worker(1), &ids, at(9_000));
    let (suspended, ()) = tokio::join!(suspend, other.commit());
    assert_eq!(suspended.unwrap(), []);
    let kept = backend.store().renew(worker(1), &[it.id], at(60)).await;
    assert_eq!(kept.unwrap(), [it.id], "the worker keeps its lease");
}

#[tokio::test]
async fn enabling_a_tenant_releases_a_suspension_in_progress() {
    let backend = PostgresDatabase::fresh().await;
    let it = disabled(&backend).await;
    // Like `suspend`, without the commit.
    let other = OpenTransaction::begin(
        &backend,
        "SELECT 1 FROM tenants WHERE id = 'acme' AND disabled_at IS NOT NULL FOR SHARE;
         UPDATE migrations SET lease_worker = '00000000-0000-0000-0000-000000000000',
             lease_until = lease_until + interval '1 day'",
    )
    .await;
    let enable = suspend::set(backend.store(), &it.tenant, None);
    tokio::join!(enable, other.commit());
    let free = claim(backend.store(), worker(2), at(2), at(30), 9).await;
    assert_eq!(free.len(), 1);
}

#[tokio::test]
async fn a_tenant_that_is_being_deleted_gets_no_migration() {
    let backend = PostgresDatabase::fresh().await;
    let other = OpenTransaction::begin(&backend, "DELETE FROM tenants WHERE id = 'acme'").await;
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
        "SELECT 1 FROM tenants WHERE id = 'acme' FOR KEY SHARE; UPDATE migrations SET tenant = 'acme'",
    )
    .await;
    let acme = tenant("acme");
    let (deleted, ()) = tokio::join!(store.delete_tenant(&acme), other.commit());
    assert_eq!(deleted.unwrap(), Deleted::HasLive { migrations: 1 });
}

#[tokio::test]
async fn a_tenant_can_be_saved_while_its_migrations_are_created() {
    let backend = PostgresDatabase::fresh().await;
    let make = "SELECT 1 FROM tenants WHERE id = 'acme' FOR KEY SHARE";
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
