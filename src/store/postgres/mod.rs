//! PostgreSQL: a database that many processes share.
//!
//! Owns its connections to the server. Waiting writes are committed in groups, one statement each;
//! a write is on the server's disk before its caller gets the answer. A server that cannot be
//! reached or does not answer is connected to again; calls fail meanwhile.

mod api_keys;
mod claim;
mod claim_by_tenant;
mod columns;
mod connect;
mod connections;
mod create;
mod encryption;
mod error;
mod failover;
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
mod usage;
mod workers;
mod write;

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::{self, Either};
use futures_util::{Stream, stream};
use sqlx::Connection as _;
use tokio::time::{Instant, timeout};
use uuid::Uuid;

use self::claim::Form;
use self::connect::{ANSWER, DatabaseServer, silent};
use self::connections::{Breaks, CALL, Connections};
use self::create::Creates;
use self::error::classified;
use self::failover::Failovers;
use self::notify::Notifier;
use self::write::Saves;
use super::group_commit::GroupCommit;
use super::number_hash::NumberHasher;
use super::settings::{NotificationMode, Settings};
use super::{Error, Notification};
use crate::crypto::Keyring;
use crate::util::clock;

/// Concurrent groups of each kind of write: the server works on one while it flushes the other.
const LANES: usize = 2;
/// Maximum writes in a group.
const GROUP: usize = 128;
/// Maximum time from a write to its answer.
const WRITE_TIMEOUT: Option<Duration> = Some(CALL);

/// Maximum connections for writes: the lanes of creates and saves, and one to notify other
/// processes.
///
/// Each kind of use has connections of its own, so that none waits behind another. With more
/// connections, statements would wait in the server instead of here.
const WRITES: usize = 2 * LANES + 1;
/// Maximum connections for reads of callers and changes of operators.
const CALLS: usize = 10;
/// Maximum connections for what is read to authenticate a caller, and for its tenant. Callers that
/// are not authenticated use at most two of them (`auth`).
const LOOKUPS: usize = 3;
/// Maximum connections for leases: one renews, one claims, and one checks the database.
const LEASES: usize = 3;
/// Maximum connections for statements that take long by their nature.
const BATCHES: usize = 2;

/// A store in a PostgreSQL database. Cheap to clone; clones share state.
#[derive(Debug, Clone)]
pub(super) struct Postgres {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    server: DatabaseServer,
    /// Apart from `calls`, so that reads of callers do not delay saves of the engine.
    writes: Connections,
    calls: Connections,
    lookups: Connections,
    /// Not delayed by any number of callers: a lease that is not renewed in time is taken over
    /// while its work goes on, and the work is then done twice.
    leases: Connections,
    batches: Connections,
    creates: GroupCommit<Creates>,
    saves: GroupCommit<Saves>,
    /// The form of claims that the server accepts.
    claim: Form,
    /// Whether processes do not notify each other.
    polls: bool,
    notifier: Notifier,
    /// The id of this process in notifications.
    sender: Uuid,
}

/// Whether `url` names a PostgreSQL database.
pub(super) fn is_url(url: &str) -> bool {
    connect::SCHEMES
        .iter()
        .any(|scheme| url.starts_with(scheme))
}

impl Postgres {
    /// Opens the store at `url`, see [`Database::open`](super::Database::open).
    pub(super) async fn open(
        url: &str,
        keyring: &Keyring,
        settings: Settings,
    ) -> Result<(Self, NumberHasher), Error> {
        let server = DatabaseServer {
            options: connect::options(url)?,
            failovers: Failovers::default(),
        };
        let connecting = server.connect_first(Instant::now() + ANSWER);
        let (mut connection, checked) = Box::pin(connecting).await?;
        let set_up = schema::bring_up_to_date(&mut connection, &server.options, keyring);
        let hasher = Box::pin(set_up).await?;
        let starting = async {
            let timeline = checked.timeline;
            server.failovers.start(&mut connection, timeline).await?;
            claim::chosen(settings.claim, &mut connection).await
        };
        let started = timeout(ANSWER, Box::pin(starting)).await;
        let claim = started.unwrap_or_else(|_| Err(classified(silent())))?;
        // If this fails, the server notices by itself.
        drop(connection.close().await);
        if settings.notifications == NotificationMode::Listen {
            Box::pin(listen::check_delivery(&server.options)).await?;
        }
        let breaks = Breaks::default();
        let with = |slots| Connections::new(server.clone(), slots, &breaks);
        let writes = with(WRITES);
        let sender = clock::new_id();
        let polls = settings.notifications == NotificationMode::Poll;
        let notifier = if polls {
            Notifier::silent()
        } else {
            Notifier::start(&writes, sender)
        };
        let creates = Creates {
            connections: writes.clone(),
            notifier: notifier.clone(),
        };
        let saves = Saves {
            connections: writes.clone(),
            notifier: notifier.clone(),
        };
        let this = Self {
            inner: Arc::new(Inner {
                creates: GroupCommit::start(vec![creates; LANES]),
                saves: GroupCommit::start(vec![saves; LANES]),
                writes,
                calls: with(CALLS),
                lookups: with(LOOKUPS),
                leases: with(LEASES),
                batches: Connections::for_batches(&server, BATCHES, &breaks),
                server,
                claim,
                polls,
                notifier,
                sender,
            }),
        };
        Ok((this, hasher))
    }

    /// Logs a warning where the server is on another machine and its certificate is not verified.
    pub(super) fn warn_of_weak_tls(&self) {
        if let Some(mode) = connect::weak_tls(&self.inner.server.options) {
            tracing::warn!(
                store.host = self.inner.server.options.get_host(),
                store.sslmode = mode,
                "the connection to the database is not protected: its server is on another machine \
                 and its certificate is not verified; set sslmode=verify-full in store.url \
                 (docs/postgresql.md)"
            );
        }
    }

    /// Finishes the writes that were accepted and closes the connections.
    pub(super) async fn close(&self) {
        self.inner.creates.close().await;
        self.inner.saves.close().await;
        self.inner.notifier.close().await;
        future::join_all(self.inner.all().map(Connections::close)).await;
    }

    /// The numbers of idle and of busy connections.
    pub(super) fn connections(&self) -> (usize, usize) {
        let counts = self.inner.all().map(Connections::count);
        counts
            .into_iter()
            .fold((0, 0), |sum, these| (sum.0 + these.0, sum.1 + these.1))
    }

    /// See [`Store::notifications`](super::Store::notifications). An error says why the server
    /// cannot be listened to.
    pub(super) fn notifications(
        &self,
    ) -> impl Stream<Item = Result<Notification, Error>> + Send + 'static {
        let Inner {
            server,
            polls,
            sender,
            ..
        } = &*self.inner;
        if *polls {
            Either::Left(stream::pending())
        } else {
            Either::Right(listen::notifications(server.options.clone(), *sender))
        }
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
