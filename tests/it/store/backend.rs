//! The databases under test, and steps that tests share.

use std::path::PathBuf;

use domain::{Event, Migration};
use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;
use waba_migrator::store::{
    ClaimQuotas, ClaimRequest, Created, Database, Directory, LeaseChange, Saved, Store, WorkerId,
};

use crate::support::migrations::{accepted, tenant};
use crate::support::tenants;

/// A lease that lasts longer than a test.
pub const HOUR: SignedDuration = SignedDuration::from_hours(1);

/// A database of a test's own.
pub trait Backend: Sized + Send {
    /// A new database with the tenants `acme` and `other`.
    fn fresh() -> impl Future<Output = Self> + Send;

    /// The store on it.
    fn store(&self) -> &Database;

    /// The same database, closed and opened again.
    fn reopened(self) -> impl Future<Output = Self> + Send;

    /// The URL of the database.
    fn url(&self) -> String;

    /// The key file of the database.
    fn key_file(&self) -> PathBuf;

    /// Every byte of the database.
    fn raw(&self) -> impl Future<Output = Vec<u8>> + Send;
}

/// The store with the tenants that tests use.
pub async fn with_tenants<S: Directory>(store: S) -> S {
    for name in ["acme", "other"] {
        tenants::kept(&store, &tenant(name)).await;
    }
    store
}

pub fn worker(n: u128) -> WorkerId {
    WorkerId::from_uuid(Uuid::from_u128(n))
}

/// Creates a migration that must be new.
pub async fn created(
    store: &impl Store,
    migration: &Migration,
    due_at: Option<Timestamp>,
) -> Migration {
    match store
        .create(
            &migration.tenant,
            migration,
            &accepted(migration),
            due_at,
            None,
        )
        .await
        .unwrap()
    {
        Created::New(migration) => *migration,
        other => panic!("{other:?}"),
    }
}

/// A worker with this number, whose lease lasts longer than the test.
pub async fn joined(store: &impl Store, n: u128) -> WorkerId {
    let worker = worker(n);
    store.join(worker, HOUR).await.unwrap();
    worker
}

/// Lets the lease of a worker end at once. The next claim of another worker ends the worker.
pub async fn lapses(store: &impl Store, worker: WorkerId) {
    let renewed = store.renew(worker, SignedDuration::ZERO).await;
    assert!(renewed.unwrap().is_some(), "it was not ended before");
}

/// Claims what is due, with the same limit for each destination as for all. The worker must have
/// [`joined`].
pub async fn claim(
    store: &impl Store,
    worker: WorkerId,
    now: Timestamp,
    limit: u32,
) -> Vec<Migration> {
    let claim = ClaimRequest {
        worker,
        now,
        limit,
        quotas: ClaimQuotas::of(limit),
    };
    store.claim(claim).await.unwrap()
}

/// The seconds until the worker can claim something.
pub async fn next_due(store: &impl Store, worker: WorkerId, now: Timestamp) -> Option<u64> {
    let next = store.next_due(worker, now).await.unwrap();
    next.map(|it| it.as_secs())
}

/// Saves a migration as a command does; it must succeed.
pub async fn saved(
    store: &impl Store,
    migration: &mut Migration,
    events: &[Event],
    due_at: Option<Timestamp>,
) {
    match store
        .save(
            &migration.tenant,
            migration,
            events,
            due_at,
            LeaseChange::Untouched,
        )
        .await
        .unwrap()
    {
        Saved::Done { version } => migration.stored(version),
        Saved::Conflict => panic!("a conflict"),
    }
}

/// Loads a migration that must be there.
pub async fn loaded(store: &impl Store, migration: &Migration) -> Migration {
    store
        .load(&migration.tenant, migration.id)
        .await
        .unwrap()
        .unwrap()
}

/// Every event of a migration that must be there.
pub async fn history(store: &impl Store, migration: &Migration) -> Vec<Event> {
    store
        .events(&migration.tenant, migration.id, 0, 10_000)
        .await
        .unwrap()
        .unwrap()
}
