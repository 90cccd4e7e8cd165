//! Upgrades of databases with an earlier schema.

use domain::{GraphCall, State, TenantId};
use waba_migrator::store::{Added, Created, Directory, Filter, Page, Removal, Store};

use super::backend::{Backend, claim, created, history, loaded, saved, worker};
use super::cluster::execute;
use super::postgres::PostgresDatabase;
use super::sqlite::{SqliteFile, tamper};
use super::suspend;
use crate::support::migrations::{accepted, at, becomes, migration, sends};
use crate::support::tenants;

/// Takes a database back to its fourth schema, without removals, ids of deleted tenants and
/// targets.
const BACK_TO_4: &str = "DROP TABLE removed_requests; DROP TABLE removed_calls; DROP INDEX migrations_ended; DROP INDEX migrations_ended_with_pin;
    ALTER TABLE migrations DROP COLUMN ended_with_pin_at; ALTER TABLE migrations DROP COLUMN ended_at;
    DROP TABLE used_tenant_ids; DROP TABLE graph_target;";
/// Takes it back to its first schema, without tenants and keys.
const BACK_TO_1: &str = "DROP TABLE api_keys; DROP TABLE tenants; DROP INDEX migrations_suspended;";

trait Older: Backend {
    /// Takes it back to its first schema, with its rows.
    async fn back(&self);

    /// Takes it back to the schema in which numbers were stored as they were written, and replaces
    /// keys.
    async fn with_keys(&self, keys: &[[&str; 2]]);
}

/// Gives numbers their old keys.
fn rekey(tables: &[&str], keys: &[[&str; 2]]) -> String {
    let statement = |table: &&str| {
        let statements = keys.iter().map(|[now, before]| {
            format!("UPDATE {table} SET phone_number = '{before}' WHERE phone_number = '{now}';")
        });
        statements.collect::<String>()
    };
    tables.iter().map(statement).collect()
}

impl Older for SqliteFile {
    async fn back(&self) {
        tamper(
            &self.path(),
            &format!("{BACK_TO_4} {BACK_TO_1} PRAGMA user_version = 1"),
        );
    }

    async fn with_keys(&self, keys: &[[&str; 2]]) {
        let rekey = rekey(&["migrations", "events"], keys);
        tamper(
            &self.path(),
            &format!("{BACK_TO_4} {rekey} PRAGMA user_version = 3"),
        );
    }
}

impl Older for PostgresDatabase {
    async fn back(&self) {
        let back = format!("{BACK_TO_4} {BACK_TO_1} UPDATE schema_version SET version = 1");
        execute(&self.url, &back).await;
    }

    async fn with_keys(&self, keys: &[[&str; 2]]) {
        let rekey = rekey(&["migrations", "requests", "events"], keys);
        let back = format!("{BACK_TO_4} {rekey} UPDATE schema_version SET version = 3");
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

    // Old migrations can be suspended.
    suspend::set(store, &id, Some(at(6))).await;
    assert_eq!(claim(store, worker(1), at(6), at(30), 9).await.len(), 1);
    let suspended = store.suspend(worker(1), &[it.id], at(900)).await.unwrap();
    assert_eq!(suspended, [it.id]);
    suspend::set(store, &id, None).await;
    assert_eq!(claim(store, worker(1), at(7), at(30), 9).await.len(), 1);
    created(store, &migration(&id, 2), None).await;
    // The ids of old tenants cannot be used again.
    let again = store.create_tenant(&tenants::plain(&id)).await.unwrap();
    assert_eq!(again, Added::Taken);
}

/// Numbers that were stored as they were written are found by their line.
async fn numbers_are_found_by_their_line<B: Older>() {
    const OLD: [(&str, &str, &str); 5] = [
        ("+541155551234", "+541155551234", "+54 9 11 5555 1234"),
        ("+5493515551234", "+5493515551234", "+54 351 555 1234"),
        ("+551178654321", "+551178654321", "+55 11 97865-4321"),
        ("+24106031234", "+24106031234", "+241 66 03 12 34"),
        ("+2417280150", "+2417280150", "+241 77 28 01 50"),
    ];
    let backend = B::fresh().await;
    let id = TenantId::default_tenant();
    let mut kept = Vec::new();
    for (n, (written, ..)) in (1..).zip(OLD) {
        let mut it = migration(&id, n);
        it.request.phone_number = written.parse().unwrap();
        let mut it = created(backend.store(), &it, Some(at(0))).await;
        let event = sends(&mut it, 1, GraphCall::Register);
        saved(backend.store(), &mut it, &[event], Some(at(5))).await;
        kept.push(loaded(backend.store(), &it).await);
    }
    let keys: Vec<String> = kept
        .iter()
        .map(|it| it.request.phone_number.identity())
        .collect();
    let keys: Vec<[&str; 2]> = keys
        .iter()
        .zip(OLD)
        .map(|(now, (_, before, _))| [now.as_str(), before])
        .collect();
    backend.with_keys(&keys).await;

    let backend = backend.reopened().await;
    for (n, (it, (_, _, other))) in (11..).zip(kept.iter().zip(OLD)) {
        assert_eq!(
            loaded(backend.store(), it).await.attempts,
            it.attempts,
            "{other}"
        );
        let mut again = migration(&id, n);
        again.request.phone_number = other.parse().unwrap();
        let events = accepted(&again);
        let created = backend
            .store()
            .create(&id, &again, &events, None, None)
            .await;
        assert_eq!(created.unwrap(), Created::NumberBusy(it.id), "{other}");
        let filter = Filter {
            phone_number: other.parse().ok(),
            ..Filter::default()
        };
        let page = Page {
            size: 9,
            after: None,
        };
        let listing = backend.store().list(&id, &filter, page).await.unwrap();
        assert_eq!(listing.migrations.len(), 1, "{other}");
    }
}

/// Two live migrations of one line had two keys, and the index allows one.
async fn of_two_live_migrations_of_one_line_both_stay<B: Older>() {
    let backend = B::fresh().await;
    let id = TenantId::default_tenant();
    let mut both = Vec::new();
    for n in [1, 2] {
        both.push(created(backend.store(), &migration(&id, n), Some(at(0))).await);
    }
    let keys = [
        ["+12025550001", "+24106031234"],
        ["+12025550002", "+2416031234"],
    ];
    backend.with_keys(&keys).await;
    let backend = backend.reopened().await;
    for it in both {
        assert_eq!(loaded(backend.store(), &it).await.id, it.id);
    }
    let mut third = migration(&id, 3);
    third.request.phone_number = "+241 66 03 12 34".parse().unwrap();
    let events = accepted(&third);
    let created = backend
        .store()
        .create(&id, &third, &events, None, None)
        .await;
    assert!(matches!(created.unwrap(), Created::NumberBusy(_)));
}

/// Migrations that ended before the upgrade are found by the time of their end.
async fn what_has_ended_is_found_by_its_end<B: Older>() {
    let backend = B::fresh().await;
    let id = TenantId::default_tenant();
    for (n, pin) in [(1, None), (2, Some("482913")), (3, Some("482913"))] {
        let mut it = migration(&id, n);
        it.secrets.two_step_pin = pin.and_then(|pin| pin.parse().ok());
        let mut it = created(backend.store(), &it, Some(at(0))).await;
        if n < 3 {
            let ends = becomes(&mut it, n.into(), State::Succeeded);
            saved(backend.store(), &mut it, &[ends], None).await;
        }
    }
    backend.back().await;
    let backend = backend.reopened().await;
    let first = backend.store().oldest().await.unwrap();
    assert_eq!(
        (first.migration, first.with_pin),
        (Some(at(1)), Some(at(2)))
    );
    assert_eq!(
        backend
            .store()
            .purge(at(9), at(9), at(99), 9)
            .await
            .unwrap(),
        2
    );
}

#[tokio::test]
async fn a_file_finds_migrations_that_had_ended_before() {
    what_has_ended_is_found_by_its_end::<SqliteFile>().await;
}

#[tokio::test]
async fn a_servers_database_finds_migrations_that_had_ended_before() {
    what_has_ended_is_found_by_its_end::<PostgresDatabase>().await;
}

#[tokio::test]
async fn a_file_stores_numbers_by_their_line() {
    numbers_are_found_by_their_line::<SqliteFile>().await;
    of_two_live_migrations_of_one_line_both_stay::<SqliteFile>().await;
}

#[tokio::test]
async fn a_servers_database_stores_numbers_by_their_line() {
    numbers_are_found_by_their_line::<PostgresDatabase>().await;
    of_two_live_migrations_of_one_line_both_stay::<PostgresDatabase>().await;
}

#[tokio::test]
async fn a_file_without_tenants_is_brought_up_to_date() {
    a_database_without_tenants_is_brought_up_to_date::<SqliteFile>().await;
}

#[tokio::test]
async fn a_servers_database_without_tenants_is_brought_up_to_date() {
    Box::pin(a_database_without_tenants_is_brought_up_to_date::<
        PostgresDatabase,
    >())
    .await;
}
