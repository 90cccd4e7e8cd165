//! The store that many processes share: a PostgreSQL database.
//!
//! Owns its connections to the database. Writes that wait go together, in one statement; a write is on the server's disk
//! before it is answered. A server that cannot be reached, or says nothing, is connected to again, and calls fail meanwhile.

mod api_keys;
mod claim;
mod columns;
mod connect;
mod connections;
mod create;
mod directory;
mod encryption;
mod error;
mod list;
mod listen;
mod loan;
mod notify;
mod population;
#[cfg(test)]
mod query_plan_tests;
mod read;
mod removal;
mod rows;
mod schema;
mod target;
mod tenants;
mod time;
mod write;
mod writer;

use std::sync::Arc;

use futures_util::{Stream, StreamExt as _, future};
use jiff::Timestamp;
use sqlx::Connection as _;
use sqlx::postgres::PgConnectOptions;
use tokio::time::Instant;
use uuid::Uuid;

use self::connect::ANSWER;
use self::connections::{Breaks, Connections};
use self::create::{Create, Inserted};
use self::notify::Notifier;
use self::write::Save;
use self::writer::{LANES, Writer};
use super::record::Record;
use super::{
    ClaimRequest, Created, Error, Filter, Lease, LeaseChange, Listing, Notification, Page,
    Requested, Saved, Store, Target, WorkerId,
};
use crate::crypto::Keyring;
use crate::util::clock;
use domain::tenancy::MigrationCounts;
use domain::{Event, Migration, MigrationId, RequestId, State, TenantId};

/// Statements at a time, of each kind of use. Each kind has connections of its own, so that none waits behind another; more
/// statements would wait in the server rather than here.
///
/// Creates and saves have their lanes; one place more is for telling other processes.
const WRITES: usize = 2 * LANES + 1;
/// What callers read, and what an operator changes.
const CALLS: usize = 10;
/// What is read to authenticate a caller, and of whom it acts for. Callers that are not authenticated take at most
/// two of them (`auth`).
const LOOKUPS: usize = 3;
/// One prolongs leases, one claims, and one is for the checks of the store.
const LEASES: usize = 3;
/// What takes long by its nature.
const BATCHES: usize = 2;

/// A store in a PostgreSQL database. A clone is the same store.
#[derive(Debug, Clone)]
pub struct Postgres {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    keyring: Keyring,
    options: PgConnectOptions,
    /// What callers read must not stand before what the engine saves.
    writes: Connections,
    calls: Connections,
    lookups: Connections,
    /// No rush of callers delays them: a lease that is not prolonged in time is taken over under living work, which is then done
    /// again and makes the rush no smaller.
    leases: Connections,
    batches: Connections,
    creates: Writer<Create>,
    saves: Writer<Save>,
    notifier: Notifier,
    /// Under which other processes hear of this one.
    name: Uuid,
}

impl Postgres {
    /// Opens the store at `url` (`postgres://user:password@host/database`); brings its schema up to date where that is
    /// needed. `keyring` must be the one that the database was set up with, or have grown out of it.
    pub async fn open(url: &str, keyring: Keyring) -> Result<Self, Error> {
        let options = connect::options(url)?;
        let connecting = connect::connect(&options, Instant::now() + ANSWER);
        let mut connection = Box::pin(connecting).await?;
        Box::pin(schema::bring_up_to_date(
            &mut connection,
            &options,
            &keyring,
        ))
        .await?;
        // The server notices by itself.
        drop(connection.close().await);
        let breaks = Breaks::default();
        let with = |places| Connections::new(options.clone(), places, &breaks);
        let writes = with(WRITES);
        let name = clock::new_id();
        let notifier = Notifier::start(&writes, name);
        Ok(Self {
            inner: Arc::new(Inner {
                keyring,
                creates: Writer::start(&writes, &notifier),
                saves: Writer::start(&writes, &notifier),
                writes,
                calls: with(CALLS),
                lookups: with(LOOKUPS),
                leases: with(LEASES),
                batches: Connections::for_batches(&options, BATCHES, &breaks),
                options,
                notifier,
                name,
            }),
        })
    }

    /// Whether `url` names a PostgreSQL database.
    #[must_use]
    pub fn is_url(url: &str) -> bool {
        connect::SCHEMES
            .iter()
            .any(|scheme| url.starts_with(scheme))
    }

    /// Records where the store's calls go, where nothing is recorded; answers what is.
    pub(super) async fn record_target(&self, target: &Target) -> Result<Target, Error> {
        target::record(&self.inner.calls, target).await
    }

    /// Records another host of Graph.
    pub(super) async fn replace_graph_host(&self, host: &str) -> Result<(), Error> {
        target::replace_host(&self.inner.calls, host).await
    }

    /// Logs that the connection is not protected, where the server is on another machine and its certificate is not verified.
    pub(super) fn warn_of_weak_tls(&self) {
        if let Some(mode) = connect::weak_tls(&self.inner.options) {
            tracing::warn!(
                store.host = self.inner.options.get_host(),
                store.sslmode = mode,
                "what is sent to the database can be read or redirected on the way, since its server is on another machine and \
                 its certificate is not verified: set sslmode=verify-full in store.url (docs/postgresql.md)"
            );
        }
    }

    /// Finishes the writes that were accepted and closes the connections. Calls that come later answer [`Error::Closed`].
    pub async fn close(&self) {
        self.inner.creates.close().await;
        self.inner.saves.close().await;
        self.inner.notifier.close().await;
        future::join_all(self.inner.all().map(Connections::close)).await;
    }

    /// How many connections wait for work, and how many do some.
    pub(super) fn connections(&self) -> (usize, usize) {
        let counts = self.inner.all().map(Connections::count);
        counts
            .into_iter()
            .fold((0, 0), |sum, these| (sum.0 + these.0, sum.1 + these.1))
    }

    /// What other processes do, as [`Store::news`] says; and why nothing can be heard, where that is so.
    pub(super) fn heard(&self) -> impl Stream<Item = Result<Notification, Error>> + Send + 'static {
        listen::heard(self.inner.options.clone(), self.inner.name)
    }

    /// What a request came to that had started this migration a moment ago.
    async fn same_request(&self, tenant: &TenantId, id: MigrationId) -> Result<Created, Error> {
        let kept = self.load(tenant, id).await?.map(Box::new);
        Ok(kept.map_or(Created::Removed, Created::SameRequest))
    }
}

impl Inner {
    fn all(&self) -> [&Connections; 5] {
        let Self {
            writes,
            calls,
            lookups,
            leases,
            batches,
            ..
        } = self;
        [writes, calls, lookups, leases, batches]
    }
}

impl Store for Postgres {
    async fn create(
        &self,
        tenant: &TenantId,
        migration: &Migration,
        events: &[Event],
        due_at: Option<Timestamp>,
        hold: Option<Lease>,
    ) -> Result<Created, Error> {
        let record = Record::new(&self.inner.keyring, tenant, migration, events)?;
        if record.follows() != 0 {
            return Err(Error::Inconsistent(
                "the events of a new migration do not begin with the first",
            ));
        }
        let create = Create {
            record,
            due_at,
            hold,
        };
        Ok(match self.inner.creates.write(create).await? {
            Inserted::New(migration) => Created::New(migration),
            Inserted::SameRequest(id) => self.same_request(tenant, id).await?,
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
        let Inner { calls, keyring, .. } = &*self.inner;
        read::requested(calls, keyring, tenant, request_id, now).await
    }

    async fn load(&self, tenant: &TenantId, id: MigrationId) -> Result<Option<Migration>, Error> {
        read::load(&self.inner.calls, &self.inner.keyring, tenant, id).await
    }

    async fn list(&self, tenant: &TenantId, filter: &Filter, page: Page) -> Result<Listing, Error> {
        list::list(&self.inner.calls, tenant, filter, page).await
    }

    async fn events(
        &self,
        tenant: &TenantId,
        id: MigrationId,
        after_sequence: u64,
        limit: u32,
    ) -> Result<Option<Vec<Event>>, Error> {
        read::events(&self.inner.calls, tenant, id, after_sequence, limit).await
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
        let save = Save {
            record,
            due_at,
            lease,
        };
        self.inner.saves.write(save).await
    }

    async fn claim(&self, claim: ClaimRequest) -> Result<Vec<Migration>, Error> {
        claim::claim(&self.inner.leases, &self.inner.keyring, &claim).await
    }

    async fn next_due(&self, _now: Timestamp) -> Result<Option<Timestamp>, Error> {
        claim::next_due(&self.inner.leases).await
    }

    async fn renew(
        &self,
        worker: WorkerId,
        ids: &[MigrationId],
        until: Timestamp,
    ) -> Result<Vec<MigrationId>, Error> {
        claim::renew(&self.inner.leases, worker, ids, until).await
    }

    async fn suspend(
        &self,
        worker: WorkerId,
        ids: &[MigrationId],
        until: Timestamp,
    ) -> Result<Vec<MigrationId>, Error> {
        claim::suspend(&self.inner.calls, worker, ids, until).await
    }

    async fn last_sequences(&self, ids: &[MigrationId]) -> Result<Vec<(MigrationId, u64)>, Error> {
        read::last_sequences(&self.inner.calls, ids).await
    }

    async fn population(&self) -> Result<Vec<(State, u64)>, Error> {
        population::population(&self.inner.leases).await
    }

    async fn kept(
        &self,
        tenant: &TenantId,
        up_to: MigrationCounts,
    ) -> Result<MigrationCounts, Error> {
        population::kept(&self.inner.calls, tenant, up_to).await
    }

    fn notifications(&self) -> impl Stream<Item = Notification> + Send + 'static {
        self.heard().filter_map(async |heard| heard.ok())
    }

    async fn ping(&self) -> Result<(), Error> {
        read::ping(&self.inner.leases).await
    }
}
