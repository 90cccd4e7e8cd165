//! The store: where migrations, their events, tenants and their keys are kept.
//!
//! Owns the rows, their versions and leases, and the sealing of secrets. It decides nothing about a migration: what it
//! is given it keeps, what it kept it gives back. It never keeps a token, an app's secret, a PIN or a code in the clear, and
//! of an API key only a hash; phone numbers are kept in the clear, since they are searched for. Their key is the identity of the
//! line, so that each form of a number finds, locks and counts the same one.
//!
//! [`Store`] and [`Directory`] are what every implementation promises, and `tests/it/store` is the proof that it does. A new
//! implementation is a folder beside `sqlite`, with the same file names, and one more line in that suite.

mod api_key;
mod claim;
mod database;
mod directory;
mod encryption;
mod error;
mod health;
mod list;
mod notification;
mod operations;
mod outcome;
mod postgres;
mod record;
mod removal;
mod sqlite;
mod target;
mod tenant;
mod tenant_cache;

use futures_util::Stream;
use jiff::{SignedDuration, Timestamp};

use domain::tenancy::MigrationCounts;
use domain::{Event, LONGEST_WINDOW, Migration, MigrationId, RequestId, State, TenantId};

pub use claim::{ClaimQuotas, ClaimRequest, ExhaustedQuotas, RoundRobinCursor};
pub use database::Database;
pub use directory::{Added, Deleted, Directory};
pub use encryption::rewrap::{Census, Rewrapped, Unreadable};
pub use error::Error;
pub use health::HealthMonitor;
pub use list::{Filter, Listing, Page, READ_AT_MOST, WALKED_AT_MOST};
pub use notification::Notification;
pub use operations::OPERATIONS;
pub use outcome::{Created, Lease, LeaseChange, Requested, Saved, WorkerId};
pub use postgres::Postgres;
pub(crate) use removal::calls_expired_by;
pub use removal::{Expired, Oldest, Removal};
pub use sqlite::Sqlite;
pub use target::{Target, World};
pub use tenant_cache::TenantCache;

/// How far back calls are counted.
pub const ATTEMPTS_WINDOW: SignedDuration = LONGEST_WINDOW;

/// How far migrations of one state are counted.
pub const COUNTED_UP_TO: u32 = 10_000;

/// Keeps migrations and their events. Whoever keeps migrations keeps their tenants, too.
///
/// `tenant` comes first: what belongs to another tenant is as if it were not there. Only the engine's own methods
/// (`claim`, `next_due`, `renew`, `suspend`, `last_sequences`, `population`, `ping`), and what [`Removal`] does by itself, reach across
/// tenants. Times are kept to the millisecond.
///
/// A migration that comes back has its version and its attempts: the limited calls of its number over all of the
/// tenant's migrations, for at least [`ATTEMPTS_WINDOW`] back.
pub trait Store: Directory + Removal {
    /// Keeps a new migration and its first events, due at `due_at`; all or nothing. With `hold`, under a lease from the
    /// beginning.
    ///
    /// Nothing is written where the tenant has a migration of the same `request_id`, had one that was removed while its
    /// `request_id` stays taken, or has a live one of the same number; nor, which is [`Error::NoTenant`], where the tenant is not
    /// there.
    fn create(
        &self,
        tenant: &TenantId,
        migration: &Migration,
        events: &[Event],
        due_at: Option<Timestamp>,
        hold: Option<Lease>,
    ) -> impl Future<Output = Result<Created, Error>> + Send;

    /// What the tenant's request of this id came to.
    fn requested(
        &self,
        tenant: &TenantId,
        request_id: &RequestId,
        now: Timestamp,
    ) -> impl Future<Output = Result<Requested, Error>> + Send;

    /// A migration as it stands, with its secrets.
    fn load(
        &self,
        tenant: &TenantId,
        id: MigrationId,
    ) -> impl Future<Output = Result<Option<Migration>, Error>> + Send;

    /// One page of the tenant's migrations, newest first, without their secrets. It walks over [`WALKED_AT_MOST`] entries of an
    /// index and reads [`READ_AT_MOST`] bytes and one migration more; where there may be more migrations, it says where to go on.
    fn list(
        &self,
        tenant: &TenantId,
        filter: &Filter,
        page: Page,
    ) -> impl Future<Output = Result<Listing, Error>> + Send;

    /// At most `limit` events after `after_sequence`, in order; `None` when there is no such migration.
    fn events(
        &self,
        tenant: &TenantId,
        id: MigrationId,
        after_sequence: u64,
        limit: u32,
    ) -> impl Future<Output = Result<Option<Vec<Event>>, Error>> + Send;

    /// Keeps what became of a migration: state, secrets, new events, `due_at` and lease; all or nothing.
    ///
    /// Writes nothing and answers [`Saved::Conflict`] unless the row still has the version that `migration` was read
    /// at and the lease is as `lease` needs it. A secret that is `None` is erased. What the
    /// caller asked for never changes, so it is not written again.
    fn save(
        &self,
        tenant: &TenantId,
        migration: &Migration,
        new_events: &[Event],
        due_at: Option<Timestamp>,
        lease: LeaseChange,
    ) -> impl Future<Output = Result<Saved, Error>> + Send;

    /// Leases migrations that are due and under no live lease. Their versions stay, so that a claim disturbs no command.
    ///
    /// Those come first whose time has run out while they wait for somebody, the longest due before the others. Then
    /// those whose turn is ours, tenant by tenant and within one destination by destination as [`ClaimQuotas`] says, and of a
    /// destination the longest due first. The answer is in that order. What it costs grows neither with the number of migrations
    /// that wait nor with the backlog of a tenant or of a destination.
    ///
    /// One that cannot be read is logged and left out; it is offered again when its lease has run out.
    fn claim(
        &self,
        claim: ClaimRequest,
    ) -> impl Future<Output = Result<Vec<Migration>, Error>> + Send;

    /// The earliest time at which there is something to claim, live leases taken into account. It may be past: then
    /// there is something now. `None`: nothing until a command comes.
    fn next_due(
        &self,
        now: Timestamp,
    ) -> impl Future<Output = Result<Option<Timestamp>, Error>> + Send;

    /// Prolongs the worker's leases; answers those that it still holds, in the order given.
    fn renew(
        &self,
        worker: WorkerId,
        ids: &[MigrationId],
        until: Timestamp,
    ) -> impl Future<Output = Result<Vec<MigrationId>, Error>> + Send;

    /// Sets aside, until `until`, migrations that the worker holds and whose tenant is disabled; answers those, in the order
    /// given. Nobody claims them meanwhile; when their tenant is enabled they are free at once. The others stay as they are,
    /// the worker's: their tenant was enabled again, or their lease was lost.
    ///
    /// It is how a disabled tenant's migrations come to a stand, each when it is claimed, so that disabling touches none.
    fn suspend(
        &self,
        worker: WorkerId,
        ids: &[MigrationId],
        until: Timestamp,
    ) -> impl Future<Output = Result<Vec<MigrationId>, Error>> + Send;

    /// The sequence of the newest event of each of these migrations, in any order. One that does not exist is left out.
    fn last_sequences(
        &self,
        ids: &[MigrationId],
    ) -> impl Future<Output = Result<Vec<(MigrationId, u64)>, Error>> + Send;

    /// How many migrations there are in each state, of all tenants. Counted by an index, up to [`COUNTED_UP_TO`] of each: what
    /// it costs does not grow with what is kept.
    fn population(&self) -> impl Future<Output = Result<Vec<(State, u64)>, Error>> + Send;

    /// How many migrations the tenant has, counted by an index and no further than `up_to`.
    fn kept(
        &self,
        tenant: &TenantId,
        up_to: MigrationCounts,
    ) -> impl Future<Output = Result<MigrationCounts, Error>> + Send;

    /// What other processes do, from now on. Never ends, and tells nothing where no other process can be heard.
    fn notifications(&self) -> impl Stream<Item = Notification> + Send + 'static;

    /// Whether the store can be read, and keeps what is written: shown by a small write that changes nothing.
    fn ping(&self) -> impl Future<Output = Result<(), Error>> + Send;
}
