//! The store that a URL names: one of the implementations, chosen when it is opened.

use futures_util::Stream;
use futures_util::future::Either;
use jiff::Timestamp;

use super::{
    Claim, Created, Error, Filter, Hold, Lease, Listing, News, Page, Postgres, Saved, Sqlite,
    Store, WorkerId,
};
use crate::crypto::Keyring;
use crate::migration::{Event, Migration, MigrationId, TenantId};

/// One of the implementations. A clone is the same store.
#[derive(Debug, Clone)]
pub enum Database {
    /// A file.
    Sqlite(Sqlite),
    /// A server's database, which many processes may share.
    Postgres(Postgres),
}

/// Does the same with either.
macro_rules! either {
    ($database:expr, $store:ident => $does:expr) => {
        match $database {
            Database::Sqlite($store) => $does,
            Database::Postgres($store) => $does,
        }
    };
}

impl Database {
    /// Opens the store at `url`: `postgres://…` is a server's database, all else a file (`sqlite://…`).
    pub async fn open(url: &str, keyring: Keyring) -> Result<Self, Error> {
        if Postgres::is_url(url) {
            Postgres::open(url, keyring).await.map(Self::Postgres)
        } else {
            Sqlite::open(url, keyring).await.map(Self::Sqlite)
        }
    }

    /// Finishes the writes that were accepted and closes the database. Calls that come later answer [`Error::Closed`].
    pub async fn close(&self) {
        either!(self, store => store.close().await);
    }
}

impl Store for Database {
    async fn create(
        &self,
        tenant: &TenantId,
        migration: &Migration,
        events: &[Event],
        due_at: Option<Timestamp>,
        hold: Option<Hold>,
    ) -> Result<Created, Error> {
        either!(self, store => store.create(tenant, migration, events, due_at, hold).await)
    }

    async fn load(&self, tenant: &TenantId, id: MigrationId) -> Result<Option<Migration>, Error> {
        either!(self, store => store.load(tenant, id).await)
    }

    async fn list(&self, tenant: &TenantId, filter: &Filter, page: Page) -> Result<Listing, Error> {
        either!(self, store => store.list(tenant, filter, page).await)
    }

    async fn events(
        &self,
        tenant: &TenantId,
        id: MigrationId,
        after_sequence: u64,
        limit: u32,
    ) -> Result<Option<Vec<Event>>, Error> {
        either!(self, store => store.events(tenant, id, after_sequence, limit).await)
    }

    async fn save(
        &self,
        tenant: &TenantId,
        migration: &Migration,
        new_events: &[Event],
        due_at: Option<Timestamp>,
        lease: Lease,
    ) -> Result<Saved, Error> {
        either!(self, store => store.save(tenant, migration, new_events, due_at, lease).await)
    }

    async fn claim(&self, claim: Claim) -> Result<Vec<Migration>, Error> {
        either!(self, store => store.claim(claim).await)
    }

    async fn next_due(&self, now: Timestamp) -> Result<Option<Timestamp>, Error> {
        either!(self, store => store.next_due(now).await)
    }

    async fn renew(
        &self,
        worker: WorkerId,
        ids: &[MigrationId],
        until: Timestamp,
    ) -> Result<Vec<MigrationId>, Error> {
        either!(self, store => store.renew(worker, ids, until).await)
    }

    fn news(&self) -> impl Stream<Item = News> + Send + 'static {
        match self {
            Self::Sqlite(store) => Either::Left(store.news()),
            Self::Postgres(store) => Either::Right(store.news()),
        }
    }

    async fn ping(&self) -> Result<(), Error> {
        either!(self, store => store.ping().await)
    }
}
