//! The store that a URL names: SQLite or PostgreSQL, with the keyring that seals its secrets and a
//! record of its health.

use std::fs::File;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::{self, Either};
use futures_util::{Stream, StreamExt as _, stream};
use jiff::Timestamp;
use parking_lot::Mutex;

use super::api_key::KeyChange;
use super::encryption::rewrap;
use super::health::DatabaseHealth;
use super::number_hash::NumberHasher;
use super::operations::measured;
use super::postgres::{self, Postgres};
use super::record::{AnyRow, Create, Inserted, MigrationRow, Record, RequestRow, Save};
use super::sqlite::Sqlite;
use super::{
    Census, ClaimRequest, Created, Error, Filter, LeaseChange, Listing, Notification, Page,
    Requested, Rewrapped, Saved, Settings, Store, Target, WorkerId,
};
use crate::crypto::Keyring;
use domain::tenancy::{ApiKey, ApiKeyId, MigrationCounts};
use domain::{Event, Migration, MigrationId, RequestId, State, TenantId};

/// A store in SQLite or PostgreSQL. Cheap to clone; clones share state.
#[derive(Debug, Clone)]
pub struct Database {
    backend: Backend,
    keyring: Keyring,
    hasher: NumberHasher,
    pub(super) health: DatabaseHealth,
    /// Keeps a second service from a file.
    lock: Arc<Mutex<Option<File>>>,
}

#[derive(Debug, Clone)]
enum Backend {
    /// A file, for one machine.
    Sqlite(Sqlite),
    /// A server's database, which many processes may share.
    Postgres(Postgres),
}

impl Backend {
    /// Its name in traces.
    const fn name(&self) -> &'static str {
        match self {
            Self::Sqlite(_) => "sqlite",
            Self::Postgres(_) => "postgresql",
        }
    }
}

/// Evaluates an expression with either backend.
macro_rules! either {
    ($database:expr, $store:ident => $does:expr) => {
        match &$database.backend {
            Backend::Sqlite($store) => $does,
            Backend::Postgres($store) => $does,
        }
    };
}

/// Reads from the backend: measures the operation and records in the health how it ended.
macro_rules! read {
    ($database:expr, $operation:ident($($argument:expr),*)) => {
        read!($database, stringify!($operation), store => store.$operation($($argument),*))
    };
    ($database:expr, $operation:expr, $store:ident => $does:expr) => {{
        // Boxed, since what either backend needs is large and every caller's future would hold it.
        let done = Box::pin(async { either!($database, $store => $does.await) });
        let begun = $database.health.begin();
        let answer = measured($database.backend.name(), $operation, done).await;
        $database.health.record(begun, answer)
    }};
}

/// Writes to the backend: as [`read!`], but fails where the database is known to be damaged. What
/// is written to a damaged database may be lost when a backup takes its place.
macro_rules! write {
    ($database:expr, $($does:tt)*) => {{
        $database.health.check_undamaged()?;
        let answer = read!($database, $($does)*);
        $database.health.check_undamaged()?;
        answer
    }};
}

// After the macros, so that they see them.
mod directory;
mod removal;
mod workers;

impl Database {
    /// Opens the store at `url` (`sqlite://path/to/file.db` or
    /// `postgres://user:password@host/database`): creates the file, or brings the schema up to
    /// date, where that is needed. `keyring` must hold the key that the database was set up with.
    pub async fn open(url: &str, keyring: Keyring) -> Result<Self, Error> {
        Self::open_with(url, keyring, Settings::default()).await
    }

    /// The same with settings of its own.
    pub async fn open_with(url: &str, keyring: Keyring, settings: Settings) -> Result<Self, Error> {
        let (backend, hasher) = if postgres::is_url(url) {
            let (store, hasher) = Box::pin(Postgres::open(url, &keyring, settings)).await?;
            (Backend::Postgres(store), hasher)
        } else {
            let (store, hasher) = Sqlite::open(url, keyring.clone()).await?;
            (Backend::Sqlite(store), hasher)
        };
        Ok(Self {
            backend,
            keyring,
            hasher,
            health: DatabaseHealth::default(),
            lock: Arc::default(),
        })
    }

    /// Opens the store for a service that moves its migrations, with their calls going to `target`.
    ///
    /// Fails where the store was used with another target: always for another world, and for
    /// another host unless `accept_host`, which records the new host. Fails for a file that another
    /// service uses.
    pub async fn open_for_service(
        url: &str,
        keyring: Keyring,
        settings: Settings,
        target: &Target,
        accept_host: bool,
    ) -> Result<Self, Error> {
        // First, so that a second service changes nothing in the file.
        let lock = if postgres::is_url(url) {
            None
        } else {
            Some(Sqlite::lock(url)?)
        };
        let database = Self {
            lock: Arc::new(Mutex::new(lock)),
            ..Self::open_with(url, keyring, settings).await?
        };
        let ready = async {
            database.check_target(target, accept_host).await?;
            match &database.backend {
                // Because of the lock no other service works on a migration.
                Backend::Sqlite(store) => store.end_all_workers().await,
                Backend::Postgres(store) => {
                    store.warn_of_weak_tls();
                    store.warn_of_lossy_commits().await;
                    Ok(())
                }
            }
        };
        // Boxed, since it is large and every caller would hold it.
        if let Err(error) = Box::pin(ready).await {
            database.close().await;
            return Err(error);
        }
        Ok(database)
    }

    /// Compares `target` with the recorded one; records it where none is.
    async fn check_target(&self, target: &Target, accept_host: bool) -> Result<(), Error> {
        let recorded = either!(self, store => store.record_target(target).await)?;
        recorded.admits(target, accept_host)?;
        if recorded.graph_host != target.graph_host {
            tracing::warn!(
                graph.host = target.graph_host,
                graph.host.before = recorded.graph_host,
                "the store's calls go to another host of Graph from now on"
            );
            either!(self, store => store.replace_graph_host(&target.graph_host).await)?;
        }
        Ok(())
    }

    /// Finishes the writes that were accepted and closes the database. Later calls return
    /// [`Error::Closed`].
    pub async fn close(&self) {
        either!(self, store => store.close().await);
        drop(self.lock.lock().take());
    }

    /// The numbers of idle and of busy connections to a server; `None` for a file.
    #[must_use]
    pub fn connections(&self) -> Option<(usize, usize)> {
        match &self.backend {
            Backend::Sqlite(_) => None,
            Backend::Postgres(store) => Some(store.connections()),
        }
    }

    /// Counts the records that each key sealed, in the keyring or not.
    pub async fn census(&self) -> Result<Census, Error> {
        read!(self, "census", store => rewrap::census(store))
    }

    /// Re-wraps, with the keyring's active key, every record that another key wrapped. Services may
    /// run meanwhile; what they save during the walk is left to another walk. `progress` gets the
    /// counts so far.
    pub async fn rewrap(
        &self,
        progress: impl FnMut(&Rewrapped) + Send,
    ) -> Result<Rewrapped, Error> {
        write!(self, "rewrap", store => rewrap::rewrap(store, &self.keyring, progress))
    }

    async fn change_key(
        &self,
        operation: &'static str,
        tenant: &TenantId,
        id: ApiKeyId,
        change: KeyChange,
    ) -> Result<Option<ApiKey>, Error> {
        write!(self, operation, store => store.change_key(tenant, id, change))
    }
}

/// The readable ones of `rows`; `report` gets the others.
fn readable(
    rows: Vec<AnyRow>,
    read: impl Fn(MigrationRow) -> Result<Migration, Error>,
    report: impl Fn(MigrationId, &Error),
) -> Vec<Migration> {
    let migration = |(id, row): AnyRow| {
        let migration = row.and_then(&read);
        migration.inspect_err(|error| report(id, error)).ok()
    };
    rows.into_iter().filter_map(migration).collect()
}

impl Store for Database {
    async fn create(
        &self,
        tenant: &TenantId,
        migration: &Migration,
        events: &[Event],
        due_at: Option<Timestamp>,
        worker: Option<WorkerId>,
    ) -> Result<Created, Error> {
        let record = Record::new(&self.keyring, &self.hasher, tenant, migration, events)?;
        if record.follows() != 0 {
            return Err(Error::Inconsistent(
                "the events of a new migration do not begin with the first",
            ));
        }
        if !record.calls.is_empty() {
            return Err(Error::Inconsistent("a new migration records a call"));
        }
        let create = Create {
            record,
            request: migration.request.clone(),
            due_at,
            worker,
        };
        Ok(match write!(self, create(create))? {
            Inserted::New(attempts) => {
                let mut migration = Box::new(Migration {
                    attempts,
                    ..migration.clone()
                });
                migration.stored(1);
                Created::New(migration)
            }
            Inserted::SameRequest(id) => {
                let first = self.load(tenant, id).await?.map(Box::new);
                first.map_or(Created::Removed, Created::SameRequest)
            }
            Inserted::Removed => Created::Removed,
            Inserted::NumberBusy(id) => Created::NumberBusy(id),
        })
    }

    async fn requested(
        &self,
        tenant: &TenantId,
        request_id: &RequestId,
        now: Timestamp,
    ) -> Result<Requested, Error> {
        read!(self, "requested", store => async {
            Ok(match store.requested(tenant, request_id, now).await? {
                RequestRow::Started(row) => Requested::Started(Box::new(row.open(&self.keyring)?)),
                RequestRow::Removed => Requested::Removed,
                RequestRow::Unknown => Requested::Unknown,
            })
        })
    }

    async fn load(&self, tenant: &TenantId, id: MigrationId) -> Result<Option<Migration>, Error> {
        read!(self, "load", store => async {
            let row = store.load(tenant, id).await?;
            row.map(|row| row.open(&self.keyring)).transpose()
        })
    }

    async fn list(&self, tenant: &TenantId, filter: &Filter, page: Page) -> Result<Listing, Error> {
        read!(self, list(tenant, filter, page))
    }

    async fn events(
        &self,
        tenant: &TenantId,
        id: MigrationId,
        after_sequence: u64,
        limit: u32,
    ) -> Result<Option<Vec<Event>>, Error> {
        read!(self, events(tenant, id, after_sequence, limit))
    }

    async fn save(
        &self,
        tenant: &TenantId,
        migration: &Migration,
        new_events: &[Event],
        due_at: Option<Timestamp>,
        lease: LeaseChange,
    ) -> Result<Saved, Error> {
        let save = Save {
            record: Record::new(&self.keyring, &self.hasher, tenant, migration, new_events)?,
            due_at,
            lease,
        };
        write!(self, save(save))
    }

    async fn claim(&self, claim: ClaimRequest) -> Result<Vec<Migration>, Error> {
        let claimed = write!(self, claim(claim))?;
        let open = |row: MigrationRow| row.open(&self.keyring);
        Ok(readable(claimed, open, |id, error| {
            tracing::error!(
                migration.id = %id,
                error = error as &dyn std::error::Error,
                "a due migration cannot be read: it is skipped for now"
            );
        }))
    }

    async fn next_due(&self, worker: WorkerId, now: Timestamp) -> Result<Option<Duration>, Error> {
        read!(self, next_due(worker, now))
    }

    async fn last_sequences(
        &self,
        migrations: &[(TenantId, MigrationId)],
    ) -> Result<Vec<(MigrationId, u64)>, Error> {
        read!(self, last_sequences(migrations))
    }

    async fn population(&self) -> Result<Vec<(State, u64)>, Error> {
        read!(self, population())
    }

    async fn kept(
        &self,
        tenant: &TenantId,
        up_to: MigrationCounts,
    ) -> Result<MigrationCounts, Error> {
        read!(self, kept(tenant, up_to))
    }

    fn notifications(&self) -> impl Stream<Item = Notification> + Send + 'static {
        match &self.backend {
            // Processes that share a file do not notify each other.
            Backend::Sqlite(_) => Either::Left(stream::pending()),
            Backend::Postgres(store) => {
                // A lost LISTEN connection is mostly the first sign of a silent server.
                let health = self.health.clone();
                let record =
                    move |received| future::ready(health.record(health.begin(), received).ok());
                Either::Right(store.notifications().filter_map(record))
            }
        }
    }

    async fn ping(&self) -> Result<(), Error> {
        read!(self, ping())
    }
}
