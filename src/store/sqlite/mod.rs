//! The embedded store: one SQLite file, for one machine.
//!
//! Owns the file. Every write goes through one writer, which commits what waits in groups; reads go beside it, on
//! connections that cannot write. A write is on the disk before it is answered.
//!
//! SQLite is called directly, and not through an asynchronous driver: that one hands each statement, and each row that it
//! brings, from thread to thread, which costs more than the work itself.

mod api_keys;
mod claim;
mod connect;
mod directory;
mod encryption;
mod error;
mod list;
mod lock;
mod population;
#[cfg(test)]
mod query_plan_tests;
mod read;
mod readers;
mod removal;
mod rows;
mod schema;
mod statement;
mod target;
mod tenants;
mod write;
mod writer;

use std::fs::File as LockFile;
use std::path::PathBuf;
use std::sync::Arc;

use futures_util::{Stream, stream};
use jiff::Timestamp;

use self::claim::{ChangeLeases, RENEW, SUSPEND};
use self::readers::Readers;
use self::target::{RecordTarget, ReplaceGraphHost};
use self::write::{Create, Inserted, Ping, Save};
use self::writer::{File, Writer};
use super::record::Record;
use super::{
    ClaimRequest, Created, Error, Filter, Lease, LeaseChange, Listing, Notification, Page,
    Requested, Saved, Store, Target, WorkerId,
};
use crate::crypto::Keyring;
use domain::tenancy::MigrationCounts;
use domain::{Event, Migration, MigrationId, RequestId, State, TenantId};

/// A store in one SQLite file. A clone is the same store.
#[derive(Debug, Clone)]
pub struct Sqlite {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    keyring: Keyring,
    readers: Arc<Readers>,
    writer: Writer,
}

impl Sqlite {
    /// Opens the store at `url` (`sqlite://path/to/file.db`); makes the file, or brings its schema up to date, where
    /// that is needed. `keyring` must be the one that the file was made with, or have grown out of it.
    pub async fn open(url: &str, keyring: Keyring) -> Result<Self, Error> {
        let path = connect::path(url)?;
        // It may have to wait for another process.
        let opened = tokio::task::spawn_blocking(move || Inner::open(path, keyring)).await;
        let inner = opened.unwrap_or(Err(Error::Closed))?;
        Ok(Self {
            inner: Arc::new(inner),
        })
    }

    /// Where the key file of the store at `url` is kept unless something else is configured: beside it, named
    /// `file.db.key`.
    pub fn key_file(url: &str) -> Result<PathBuf, Error> {
        let mut name = connect::path(url)?.into_os_string();
        name.push(".key");
        Ok(name.into())
    }

    /// Takes the store at `url` for one service, until the answer is dropped or the process ends.
    pub(super) fn lock(url: &str) -> Result<LockFile, Error> {
        lock::take(&connect::path(url)?)
    }

    /// Records where the store's calls go, where nothing is recorded; answers what is.
    pub(super) async fn record_target(&self, target: &Target) -> Result<Target, Error> {
        self.inner.writer.write(RecordTarget(target.clone())).await
    }

    /// Records another host of Graph.
    pub(super) async fn replace_graph_host(&self, host: &str) -> Result<(), Error> {
        let replace = ReplaceGraphHost(host.to_owned());
        self.inner.writer.write(replace).await
    }

    /// Finishes the writes that were accepted and closes the file. Calls that come later answer [`Error::Closed`].
    pub async fn close(&self) {
        self.inner.writer.close().await;
    }

    /// What a request came to that had started this migration a moment ago.
    async fn same_request(&self, tenant: &TenantId, id: MigrationId) -> Result<Created, Error> {
        let kept = self.load(tenant, id).await?.map(Box::new);
        Ok(kept.map_or(Created::Removed, Created::SameRequest))
    }
}

impl Inner {
    fn open(path: PathBuf, keyring: Keyring) -> Result<Self, Error> {
        let connection = connect::writer(&path)?;
        schema::bring_up_to_date(&connection)?;
        schema::check_keyring(&connection, &keyring)?;
        let log = connect::log(&path);
        let readers = Readers::new(path);
        Ok(Self {
            keyring,
            writer: Writer::start(File { connection, log }, Arc::clone(&readers))?,
            readers,
        })
    }
}

impl Store for Sqlite {
    async fn create(
        &self,
        tenant: &TenantId,
        migration: &Migration,
        events: &[Event],
        due_at: Option<Timestamp>,
        hold: Option<Lease>,
    ) -> Result<Created, Error> {
        let record = Record::new(&self.inner.keyring, tenant, migration, events)?;
        Ok(
            match self
                .inner
                .writer
                .write(Create {
                    record,
                    due_at,
                    hold,
                })
                .await?
            {
                Inserted::New(migration) => Created::New(migration),
                Inserted::SameRequest(id) => self.same_request(tenant, id).await?,
                Inserted::Removed => Created::Removed,
                Inserted::NumberBusy(id) => Created::NumberBusy(id),
            },
        )
    }

    async fn requested(
        &self,
        tenant: &TenantId,
        request_id: &RequestId,
        now: Timestamp,
    ) -> Result<Requested, Error> {
        let Inner {
            keyring, readers, ..
        } = &*self.inner;
        readers.read(|connection| read::requested(connection, keyring, tenant, request_id, now))
    }

    async fn load(&self, tenant: &TenantId, id: MigrationId) -> Result<Option<Migration>, Error> {
        let Inner {
            keyring, readers, ..
        } = &*self.inner;
        readers.read(|connection| read::load(connection, keyring, tenant, id))
    }

    async fn list(&self, tenant: &TenantId, filter: &Filter, page: Page) -> Result<Listing, Error> {
        let (tenant, filter) = (tenant.clone(), filter.clone());
        let list = move |connection: &_| list::list(connection, &tenant, &filter, page);
        self.inner.readers.read_long_for_caller(list).await
    }

    async fn events(
        &self,
        tenant: &TenantId,
        id: MigrationId,
        after_sequence: u64,
        limit: u32,
    ) -> Result<Option<Vec<Event>>, Error> {
        self.inner
            .readers
            .read(|connection| read::events(connection, tenant, id, after_sequence, limit))
    }

    async fn save(
        &self,
        tenant: &TenantId,
        migration: &Migration,
        new_events: &[Event],
        due_at: Option<Timestamp>,
        lease: LeaseChange,
    ) -> Result<Saved, Error> {
        let record = Record::new(&self.inner.keyring, tenant, migration, new_events)?;
        self.inner
            .writer
            .write(Save {
                record,
                due_at,
                lease,
            })
            .await
    }

    async fn claim(&self, claim: ClaimRequest) -> Result<Vec<Migration>, Error> {
        let claimed = self.inner.writer.write(claim).await?;
        let inner = Arc::clone(&self.inner);
        let read = move |connection: &_| read::claimed(connection, &inner.keyring, &claimed);
        self.inner.readers.read_long(read).await
    }

    async fn next_due(&self, _now: Timestamp) -> Result<Option<Timestamp>, Error> {
        self.inner.readers.read(claim::next_due)
    }

    async fn renew(
        &self,
        worker: WorkerId,
        ids: &[MigrationId],
        until: Timestamp,
    ) -> Result<Vec<MigrationId>, Error> {
        self.inner
            .writer
            .write(ChangeLeases {
                statement: RENEW,
                worker,
                ids: ids.to_vec(),
                until,
            })
            .await
    }

    async fn suspend(
        &self,
        worker: WorkerId,
        ids: &[MigrationId],
        until: Timestamp,
    ) -> Result<Vec<MigrationId>, Error> {
        self.inner
            .writer
            .write(ChangeLeases {
                statement: SUSPEND,
                worker,
                ids: ids.to_vec(),
                until,
            })
            .await
    }

    async fn last_sequences(&self, ids: &[MigrationId]) -> Result<Vec<(MigrationId, u64)>, Error> {
        let ids = ids.to_vec();
        let read = move |connection: &_| read::last_sequences(connection, &ids);
        self.inner.readers.read_long(read).await
    }

    async fn population(&self) -> Result<Vec<(State, u64)>, Error> {
        self.inner.readers.read_long(population::population).await
    }

    async fn kept(
        &self,
        tenant: &TenantId,
        up_to: MigrationCounts,
    ) -> Result<MigrationCounts, Error> {
        let tenant = tenant.clone();
        let kept = move |connection: &_| population::kept(connection, &tenant, up_to);
        self.inner.readers.read_long(kept).await
    }

    fn notifications(&self) -> impl Stream<Item = Notification> + Send + 'static {
        // Processes that share a file do not hear each other.
        stream::pending()
    }

    async fn ping(&self) -> Result<(), Error> {
        self.inner.readers.read(read::ping)?;
        self.inner.writer.write(Ping).await
    }
}
