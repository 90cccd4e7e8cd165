//! The store of migrations, their events, tenants and their API keys.
//!
//! Owns the rows, their versions and leases, and the sealing of secrets. It makes no decision about
//! a migration. It never writes a token, an app secret, a PIN or a code in plain text, and of an
//! API key only a hash. Phone numbers are stored in plain text, since they are searched for, by the
//! identity of the line, so that every form of a number finds, locks and counts the same line.
//!
//! [`Store`], [`Directory`] and [`Removal`] are the contract, which `tests/it/store` tests on each
//! database. [`Database`] implements it: it seals and opens secrets, and reads and writes rows with
//! `sqlite` or `postgres`. Another database is a module beside them, with the same methods.

mod api_key;
mod claim;
mod database;
mod directory;
mod encryption;
mod error;
mod group_commit;
mod health;
mod list;
mod notification;
mod number_hash;
mod operations;
mod outcome;
mod postgres;
mod record;
mod removal;
mod settings;
mod sqlite;
mod target;
mod tenant;
mod tenant_cache;
mod usage;
mod worker;

use std::time::Duration;

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
pub use outcome::{Created, LeaseChange, Requested, Saved, WorkerId};
pub(crate) use removal::calls_expired_by;
pub use removal::{Expired, Oldest, Removal};
pub use settings::{ClaimForm, NotificationMode, Settings};
pub use target::{Target, World};
pub use tenant_cache::TenantCache;
pub use worker::{Renewal, Workers};

/// How far back limited calls are counted.
pub const ATTEMPTS_WINDOW: SignedDuration = LONGEST_WINDOW;

/// Maximum count of migrations in one state.
pub const COUNTED_UP_TO: u32 = 10_000;

/// Stores migrations and their events.
///
/// The first argument is the tenant: what belongs to another tenant does not exist for the caller.
/// Only the engine's own methods (`claim`, `next_due`, `last_sequences`, `population`, `ping`) and
/// those of [`Workers`] and [`Removal`] reach across tenants. Times are stored to the millisecond.
///
/// A migration is returned with its version and its attempts: the limited calls of its number over
/// the migrations of all tenants, for at least [`ATTEMPTS_WINDOW`] back.
pub trait Store: Directory + Workers + Removal {
    /// Inserts a migration and its first events, due at `due_at`; with `worker`, leased to that
    /// worker. All or nothing.
    ///
    /// Nothing is written if the tenant has a migration with the same `request_id`, or a removed
    /// one whose `request_id` is still taken, or a live one of the same number; nor if the tenant
    /// does not exist ([`Error::NoTenant`]).
    fn create(
        &self,
        tenant: &TenantId,
        migration: &Migration,
        events: &[Event],
        due_at: Option<Timestamp>,
        worker: Option<WorkerId>,
    ) -> impl Future<Output = Result<Created, Error>> + Send;

    /// The migration that the tenant's request with this id started.
    fn requested(
        &self,
        tenant: &TenantId,
        request_id: &RequestId,
        now: Timestamp,
    ) -> impl Future<Output = Result<Requested, Error>> + Send;

    /// A migration with its secrets.
    fn load(
        &self,
        tenant: &TenantId,
        id: MigrationId,
    ) -> impl Future<Output = Result<Option<Migration>, Error>> + Send;

    /// One page of the tenant's migrations, newest first, without their secrets. It scans at most
    /// [`WALKED_AT_MOST`] entries of an index, and reads at most one migration more than
    /// [`READ_AT_MOST`] bytes.
    fn list(
        &self,
        tenant: &TenantId,
        filter: &Filter,
        page: Page,
    ) -> impl Future<Output = Result<Listing, Error>> + Send;

    /// At most `limit` events after `after_sequence`, in order; `None` if the migration does not
    /// exist.
    fn events(
        &self,
        tenant: &TenantId,
        id: MigrationId,
        after_sequence: u64,
        limit: u32,
    ) -> impl Future<Output = Result<Option<Vec<Event>>, Error>> + Send;

    /// Updates a migration: state, secrets, new events, limited calls, `due_at` and lease. All or
    /// nothing. Its findings are written only if they have changed, and its request never.
    ///
    /// Writes nothing and returns [`Saved::Conflict`] unless the row still has the version that
    /// `migration` was read at and the lease that `lease` requires, and no other migration has
    /// recorded a limited call of the number since this one was read. A secret that is `None` is
    /// erased.
    fn save(
        &self,
        tenant: &TenantId,
        migration: &Migration,
        new_events: &[Event],
        due_at: Option<Timestamp>,
        lease: LeaseChange,
    ) -> impl Future<Output = Result<Saved, Error>> + Send;

    /// Leases migrations that are due and not leased. Their versions do not change, so that a claim
    /// never conflicts with a command. Before, it ends the workers whose leases have ended, and
    /// releases what they had leased.
    ///
    /// First come migrations whose time has run out while they waited for a person, the longest due
    /// first. Then come running migrations, tenant by tenant and destination by destination as
    /// [`ClaimQuotas`] describes, and of a destination the longest due first. The result is in that
    /// order. The cost grows neither with the number of waiting, leased or delayed migrations nor
    /// with the backlog of a tenant or destination.
    ///
    /// A migration that cannot be read is logged and skipped; it stays leased until the worker
    /// releases it.
    fn claim(
        &self,
        claim: ClaimRequest,
    ) -> impl Future<Output = Result<Vec<Migration>, Error>> + Send;

    /// The time until the worker can claim something, because it is due or because the lease of
    /// another worker ends; zero: now. `None`: nothing until a command changes that.
    fn next_due(
        &self,
        worker: WorkerId,
        now: Timestamp,
    ) -> impl Future<Output = Result<Option<Duration>, Error>> + Send;

    /// The sequences of the newest events of these migrations, in any order, without those that do
    /// not exist.
    fn last_sequences(
        &self,
        migrations: &[(TenantId, MigrationId)],
    ) -> impl Future<Output = Result<Vec<(MigrationId, u64)>, Error>> + Send;

    /// The number of migrations in each state, of all tenants. Counted by an index up to
    /// [`COUNTED_UP_TO`], so that the cost is bounded.
    fn population(&self) -> impl Future<Output = Result<Vec<(State, u64)>, Error>> + Send;

    /// The numbers of migrations of the tenant, counted by an index up to `up_to`.
    fn kept(
        &self,
        tenant: &TenantId,
        up_to: MigrationCounts,
    ) -> impl Future<Output = Result<MigrationCounts, Error>> + Send;

    /// Notifications of other processes, from now on. Never ends; empty for a database that has no
    /// notifications.
    fn notifications(&self) -> impl Stream<Item = Notification> + Send + 'static;

    /// Checks that the database can be read and keeps writes, by a small write that changes
    /// nothing.
    fn ping(&self) -> impl Future<Output = Result<(), Error>> + Send;
}
