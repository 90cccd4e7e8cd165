//! Databases of the release before: brought up to date with all that is in them.

use waba_migrator::migration::{GraphCall, TenantId};
use waba_migrator::store::{Directory, Store};

use super::backend::{Backend, claim, created, history, loaded, saved, worker};
use super::cluster::execute;
use super::postgres::PostgresDatabase;
use super::sqlite::{SqliteFile, tamper};
use super::suspend;
use crate::support::migrations::{at, migration, sends};

/// Takes a database back to its first schema, in which there was nothing of tenants and keys.
const BACK: &str = "DROP TABLE api_keys; DROP TABLE tenants; DROP INDEX migrations_suspended;";

trait Older: Backend {
    /// Its first schema, with what is in it.
    async fn back(&self);
}

impl Older for SqliteFile {
    async fn back(&self) {
        tamper(&self.path(), &format!("{BACK} PRAGMA user_version = 1"));
    }
}

impl Older for PostgresDatabase {
    async fn back(&self) {
        let back = format!("{BACK} UPDATE schema_version SET version = 1");
        execute(&self.url, &back).await;
    }
}

async fn a_database_without_tenants_is_brought_up_to_date<B: Older>() {
    let backend = B::fresh().await;
    let id = TenantId::default_tenant();
    let mut it = migration(&id, 1);
    it.secrets.access_token = "EAAB-token".parse().ok();
    it.secrets.two_step_pin = "482913".parse().ok();
    let mut it = created(backend.store(), &it, Some(at(0))).await;
    let event = sends(&mut it, 1, GraphCall::Register);
    saved(backend.store(), &mut it, &[event], Some(at(5))).await;
    let (kept, events) = (
        loaded(backend.store(), &it).await,
        history(backend.store(), &it).await,
    );
    backend.back().await;
    let backend = backend.reopened().await;
    let store = backend.store();
    assert_eq!(loaded(store, &it).await, kept);
    assert_eq!(history(store, &it).await, events);
    assert_eq!(store.tenant_ids().await.unwrap(), std::slice::from_ref(&id));
    let default = store.tenant(&id).await.unwrap();
    assert!(default.is_some_and(|default| default.is_enabled()));

    // What is old is subject to what is new.
    suspend::set(store, &id, Some(at(6))).await;
    assert_eq!(claim(store, worker(1), at(6), at(30), 9).await.len(), 1);
    let suspended = store.suspend(worker(1), &[it.id], at(900)).await.unwrap();
    assert_eq!(suspended, [it.id]);
    suspend::set(store, &id, None).await;
    assert_eq!(claim(store, worker(1), at(7), at(30), 9).await.len(), 1);
    created(store, &migration(&id, 2), None).await;
}

#[tokio::test]
async fn a_file_without_tenants_is_brought_up_to_date() {
    a_database_without_tenants_is_brought_up_to_date::<SqliteFile>().await;
}

#[tokio::test]
async fn a_servers_database_without_tenants_is_brought_up_to_date() {
    a_database_without_tenants_is_brought_up_to_date::<PostgresDatabase>().await;
}
