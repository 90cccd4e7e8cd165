//! The contract for workers and their leases.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::{Error, WorkerId};
use domain::{MigrationId, TenantId};

/// Keeps the workers that lease migrations.
///
/// A lease belongs to a worker and covers all migrations that it has leased, so that renewing it
/// costs the same for one migration as for ten thousand. Leases are measured by one clock for all
/// workers: that of the database server, or for a file the machine's time since its boot.
///
/// When a worker's lease has ended, another worker ends the worker: its id is deleted, and its
/// migrations are released, in one commit ([`Store::claim`](super::Store::claim)). So a worker that
/// could renew its lease still has its migrations, and one that could not has none, for ever.
pub trait Workers {
    /// Begins a worker's lease, which ends `lease` from now unless it is renewed. The id must be
    /// new.
    fn join(
        &self,
        worker: WorkerId,
        lease: SignedDuration,
    ) -> impl Future<Output = Result<(), Error>> + Send;

    /// Renews a worker's lease, which ends `lease` from now. `None`: the worker was ended, and its
    /// id must not be used again.
    fn renew(
        &self,
        worker: WorkerId,
        lease: SignedDuration,
    ) -> impl Future<Output = Result<Option<Renewal>, Error>> + Send;

    /// Ends a worker that stops, and releases its migrations.
    fn leave(&self, worker: WorkerId) -> impl Future<Output = Result<(), Error>> + Send;

    /// The migrations that the worker has leased.
    fn leased(
        &self,
        worker: WorkerId,
    ) -> impl Future<Output = Result<Vec<(TenantId, MigrationId)>, Error>> + Send;

    /// Whether the worker has leased the migration.
    fn has_leased(
        &self,
        worker: WorkerId,
        tenant: &TenantId,
        id: MigrationId,
    ) -> impl Future<Output = Result<bool, Error>> + Send;

    /// Releases migrations that the worker has leased but does not work on, such as those of a
    /// claim whose answer was lost. They can be claimed at once.
    fn release(
        &self,
        worker: WorkerId,
        migrations: &[(TenantId, MigrationId)],
    ) -> impl Future<Output = Result<(), Error>> + Send;

    /// Suspends, until `until`, a migration that the worker has leased and whose tenant is
    /// disabled; returns whether it did. It cannot be claimed meanwhile; when its tenant is enabled
    /// it is due at once. `false`: its tenant was enabled again, or the lease was lost.
    ///
    /// A disabled tenant's migrations are suspended when they are claimed, so that disabling a
    /// tenant writes to none of them.
    fn suspend(
        &self,
        worker: WorkerId,
        tenant: &TenantId,
        id: MigrationId,
        until: Timestamp,
    ) -> impl Future<Output = Result<bool, Error>> + Send;

    /// The time since the last failover of the database server to another one, as far as this
    /// process knows: commits before it may be lost. `None`: there was none, or the database is a
    /// file. Every new connection, claim and renewal checks it.
    fn since_failover(&self) -> Option<Duration>;
}

/// A renewed lease.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Renewal {
    /// The time on the database server when it renewed the lease; `None` for a file.
    pub server_time: Option<Timestamp>,
}
