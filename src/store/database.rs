//! The store that a URL names: one of the implementations, chosen when it is opened, and what health it is in.

use std::fs::File;
use std::sync::{Arc, Mutex, PoisonError};

use futures_util::future::{self, Either};
use futures_util::{Stream, StreamExt as _};
use jiff::Timestamp;

use super::encryption::rewrap;
use super::health::DatabaseHealth;
use super::operations::measured;
use super::{
    Added, Census, ClaimRequest, Created, Deleted, Directory, Error, Expired, Filter, Lease,
    LeaseChange, Listing, Notification, Oldest, Page, Postgres, Removal, Requested, Rewrapped,
    Saved, Sqlite, Store, Target, WorkerId,
};
use crate::crypto::Keyring;
use domain::tenancy::{ApiKey, ApiKeyId, KeyPrefix, MigrationCounts, Tenant};
use domain::{Event, Migration, MigrationId, RequestId, State, TenantId};

/// One of the implementations. A clone is the same store.
#[derive(Debug, Clone)]
pub struct Database {
    kind: Kind,
    pub(super) health: DatabaseHealth,
    /// What keeps a second service from a file.
    lock: Arc<Mutex<Option<File>>>,
}

#[derive(Debug, Clone)]
enum Kind {
    /// A file.
    Sqlite(Sqlite),
    /// A server's database, which many processes may share.
    Postgres(Postgres),
}

impl Kind {
    /// What it is called in traces.
    const fn name(&self) -> &'static str {
        match self {
            Self::Sqlite(_) => "sqlite",
            Self::Postgres(_) => "postgresql",
        }
    }
}

/// Does the same with either.
macro_rules! either {
    ($database:expr, $store:ident => $does:expr) => {
        match &$database.kind {
            Kind::Sqlite($store) => $does,
            Kind::Postgres($store) => $does,
        }
    };
}

/// Does the same with either, measured, and takes note of how it ended.
macro_rules! noted {
    ($database:expr, $store:ident => $operation:ident($($what:expr),*)) => {
        noted!($database, stringify!($operation), $store => $store.$operation($($what),*))
    };
    ($database:expr, $operation:expr, $store:ident => $does:expr) => {{
        // In a box of its own: what either of them needs is large, and every caller's future would hold it.
        let done = Box::pin(async { either!($database, $store => $does.await) });
        $database.health.noted(measured($database.kind.name(), $operation, done).await)
    }};
}

/// The same with what writes. Where damage is known it is refused, or not believed: what is written to a damaged database may
/// be lost when a back-up takes its place.
macro_rules! written {
    ($database:expr, $($does:tt)*) => {{
        $database.health.sound()?;
        let answer = noted!($database, $($does)*);
        $database.health.sound()?;
        answer
    }};
}

impl Database {
    /// Opens the store at `url`: `postgres://…` is a server's database, all else a file (`sqlite://…`).
    pub async fn open(url: &str, keyring: Keyring) -> Result<Self, Error> {
        let kind = if Postgres::is_url(url) {
            Kind::Postgres(Box::pin(Postgres::open(url, keyring)).await?)
        } else {
            Kind::Sqlite(Sqlite::open(url, keyring).await?)
        };
        Ok(Self {
            kind,
            health: DatabaseHealth::default(),
            lock: Arc::default(),
        })
    }

    /// Opens the store for a service that moves its migrations, with their calls going to `target`. Refused where the store was
    /// used with another one: another world always, another host unless `accept_host`, which records the new host. A file is
    /// refused while another service has it.
    pub async fn open_for_service(
        url: &str,
        keyring: Keyring,
        target: &Target,
        accept_host: bool,
    ) -> Result<Self, Error> {
        // First, so that a second service changes nothing in the file.
        let lock = if Postgres::is_url(url) {
            None
        } else {
            Some(Sqlite::lock(url)?)
        };
        let database = Self {
            lock: Arc::new(Mutex::new(lock)),
            ..Self::open(url, keyring).await?
        };
        if let Err(error) = database.aim(target, accept_host).await {
            database.close().await;
            return Err(error);
        }
        if let Kind::Postgres(store) = &database.kind {
            store.warn_of_weak_tls();
        }
        Ok(database)
    }

    /// Compares `target` with the recorded one; records it where none is.
    async fn aim(&self, target: &Target, accept_host: bool) -> Result<(), Error> {
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

    /// Finishes the writes that were accepted and closes the database. Calls that come later answer [`Error::Closed`].
    pub async fn close(&self) {
        either!(self, store => store.close().await);
        drop(
            self.lock
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .take(),
        );
    }

    /// How many connections to a server wait for work, and how many do some; `None` where there is no server.
    #[must_use]
    pub fn connections(&self) -> Option<(usize, usize)> {
        match &self.kind {
            Kind::Sqlite(_) => None,
            Kind::Postgres(store) => Some(store.connections()),
        }
    }

    /// Counts what each key sealed, in the keyring or not.
    pub async fn census(&self) -> Result<Census, Error> {
        noted!(self, "census", store => rewrap::census(store))
    }

    /// Walks over everything that is sealed, and has the keyring's active key wrap what older keys wrapped. Services may
    /// work on meanwhile: what they save in the same moment is left to another walk. `told` hears how far it is.
    pub async fn rewrap(&self, told: impl FnMut(&Rewrapped) + Send) -> Result<Rewrapped, Error> {
        written!(self, "rewrap", store => rewrap::rewrap(store, told))
    }
}

impl Store for Database {
    async fn create(
        &self,
        tenant: &TenantId,
        migration: &Migration,
        events: &[Event],
        due_at: Option<Timestamp>,
        hold: Option<Lease>,
    ) -> Result<Created, Error> {
        written!(self, store => create(tenant, migration, events, due_at, hold))
    }

    async fn requested(
        &self,
        tenant: &TenantId,
        request_id: &RequestId,
        now: Timestamp,
    ) -> Result<Requested, Error> {
        noted!(self, store => requested(tenant, request_id, now))
    }

    async fn load(&self, tenant: &TenantId, id: MigrationId) -> Result<Option<Migration>, Error> {
        noted!(self, store => load(tenant, id))
    }

    async fn list(&self, tenant: &TenantId, filter: &Filter, page: Page) -> Result<Listing, Error> {
        noted!(self, store => list(tenant, filter, page))
    }

    async fn events(
        &self,
        tenant: &TenantId,
        id: MigrationId,
        after_sequence: u64,
        limit: u32,
    ) -> Result<Option<Vec<Event>>, Error> {
        noted!(self, store => events(tenant, id, after_sequence, limit))
    }

    async fn save(
        &self,
        tenant: &TenantId,
        migration: &Migration,
        new_events: &[Event],
        due_at: Option<Timestamp>,
        lease: LeaseChange,
    ) -> Result<Saved, Error> {
        written!(self, store => save(tenant, migration, new_events, due_at, lease))
    }

    async fn claim(&self, claim: ClaimRequest) -> Result<Vec<Migration>, Error> {
        written!(self, store => claim(claim))
    }

    async fn next_due(&self, now: Timestamp) -> Result<Option<Timestamp>, Error> {
        noted!(self, store => next_due(now))
    }

    async fn renew(
        &self,
        worker: WorkerId,
        ids: &[MigrationId],
        until: Timestamp,
    ) -> Result<Vec<MigrationId>, Error> {
        written!(self, store => renew(worker, ids, until))
    }

    async fn suspend(
        &self,
        worker: WorkerId,
        ids: &[MigrationId],
        until: Timestamp,
    ) -> Result<Vec<MigrationId>, Error> {
        written!(self, store => suspend(worker, ids, until))
    }

    async fn last_sequences(&self, ids: &[MigrationId]) -> Result<Vec<(MigrationId, u64)>, Error> {
        noted!(self, store => last_sequences(ids))
    }

    async fn population(&self) -> Result<Vec<(State, u64)>, Error> {
        noted!(self, store => population())
    }

    async fn kept(
        &self,
        tenant: &TenantId,
        up_to: MigrationCounts,
    ) -> Result<MigrationCounts, Error> {
        noted!(self, store => kept(tenant, up_to))
    }

    fn notifications(&self) -> impl Stream<Item = Notification> + Send + 'static {
        match &self.kind {
            Kind::Sqlite(store) => Either::Left(store.notifications()),
            Kind::Postgres(store) => {
                // That nothing can be heard is mostly the first that is known of a server that has fallen silent.
                let health = self.health.clone();
                let noted = move |heard| future::ready(health.noted(heard).ok());
                Either::Right(store.heard().filter_map(noted))
            }
        }
    }

    async fn ping(&self) -> Result<(), Error> {
        noted!(self, store => ping())
    }
}

impl Removal for Database {
    async fn remove(
        &self,
        tenant: &TenantId,
        migration: &Migration,
        now: Timestamp,
        taken_until: Timestamp,
    ) -> Result<bool, Error> {
        written!(self, store => remove(tenant, migration, now, taken_until))
    }

    async fn purge(
        &self,
        ended_by: Timestamp,
        now: Timestamp,
        taken_until: Timestamp,
        limit: u32,
    ) -> Result<u64, Error> {
        written!(self, store => purge(ended_by, now, taken_until, limit))
    }

    async fn with_pin(&self, ended_by: Timestamp, limit: u32) -> Result<Vec<Migration>, Error> {
        noted!(self, store => with_pin(ended_by, limit))
    }

    async fn expire(&self, now: Timestamp, limit: u32) -> Result<Expired, Error> {
        written!(self, store => expire(now, limit))
    }

    async fn oldest(&self) -> Result<Oldest, Error> {
        noted!(self, store => oldest())
    }
}

impl Directory for Database {
    async fn create_tenant(&self, tenant: &Tenant) -> Result<Added, Error> {
        written!(self, store => create_tenant(tenant))
    }

    async fn tenant(&self, id: &TenantId) -> Result<Option<Tenant>, Error> {
        noted!(self, store => tenant(id))
    }

    async fn tenant_ids(&self) -> Result<Vec<TenantId>, Error> {
        noted!(self, store => tenant_ids())
    }

    async fn save_tenant(&self, tenant: &Tenant) -> Result<Saved, Error> {
        written!(self, store => save_tenant(tenant))
    }

    async fn delete_tenant(&self, id: &TenantId) -> Result<Deleted, Error> {
        written!(self, store => delete_tenant(id))
    }

    async fn create_key(&self, key: &ApiKey) -> Result<Added, Error> {
        written!(self, store => create_key(key))
    }

    async fn keys(&self, tenant: &TenantId) -> Result<Vec<ApiKey>, Error> {
        noted!(self, store => keys(tenant))
    }

    async fn key_by_prefix(&self, prefix: &KeyPrefix) -> Result<Option<ApiKey>, Error> {
        noted!(self, store => key_by_prefix(prefix))
    }

    async fn revoke_key(
        &self,
        tenant: &TenantId,
        id: ApiKeyId,
        at: Timestamp,
    ) -> Result<Option<ApiKey>, Error> {
        written!(self, store => revoke_key(tenant, id, at))
    }

    async fn set_key_expiry(
        &self,
        tenant: &TenantId,
        id: ApiKeyId,
        expires_at: Option<Timestamp>,
    ) -> Result<Option<ApiKey>, Error> {
        written!(self, store => set_key_expiry(tenant, id, expires_at))
    }

    async fn note_key_use(
        &self,
        tenant: &TenantId,
        id: ApiKeyId,
        at: Timestamp,
    ) -> Result<(), Error> {
        written!(self, store => note_key_use(tenant, id, at))
    }
}
