//! The contract for the removal of ended migrations.

use jiff::Timestamp;

use super::{ATTEMPTS_WINDOW, Error};
use domain::{Migration, TenantId};

/// Removes ended migrations, and what outlives them.
///
/// A migration is removed with its events, labels, findings and secrets. What stays is its request
/// id, which is taken until a given time. The limited calls of its number stay too, as they do not
/// belong to it. Only [`remove`](Self::remove) is scoped to a tenant; the other methods are the
/// engine's own and reach across tenants. Several processes may call them at the same time.
pub trait Removal {
    /// Removes a migration that has ended; its request id stays taken until `taken_until`. All or
    /// nothing.
    ///
    /// Writes nothing and returns `false` unless the row still has the version that `migration` was
    /// read at, and has ended.
    fn remove(
        &self,
        tenant: &TenantId,
        migration: &Migration,
        taken_until: Timestamp,
    ) -> impl Future<Output = Result<bool, Error>> + Send;

    /// Removes, in one transaction, migrations of all tenants that ended at `ended_by` or before:
    /// at most `limit`, in the order of their ends. Their request ids stay taken until
    /// `taken_until`. Skips what another process is removing. Returns the number of removed
    /// migrations.
    fn purge(
        &self,
        ended_by: Timestamp,
        taken_until: Timestamp,
        limit: u32,
    ) -> impl Future<Output = Result<u64, Error>> + Send;

    /// Migrations that ended at `ended_by` or before and have a PIN: at most `limit`, in the order
    /// of their ends, without their secrets. Those that cannot be read are logged and left out.
    fn with_pin(
        &self,
        ended_by: Timestamp,
        limit: u32,
    ) -> impl Future<Output = Result<Vec<Migration>, Error>> + Send;

    /// Removes what has expired at `now`: request ids of removed migrations that are no longer
    /// taken, and limited calls that no longer count. At most `limit` of each, the earliest first.
    fn expire(
        &self,
        now: Timestamp,
        limit: u32,
    ) -> impl Future<Output = Result<Expired, Error>> + Send;

    /// The age of the oldest rows.
    fn oldest(&self) -> impl Future<Output = Result<Oldest, Error>> + Send;
}

/// The times of the oldest rows, over all tenants.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Oldest {
    /// The earliest end of a migration.
    pub migration: Option<Timestamp>,
    /// The earliest end of a migration with a PIN.
    pub with_pin: Option<Timestamp>,
    /// The earliest expiry of the request id of a removed migration.
    pub request_id: Option<Timestamp>,
    /// The earliest limited call.
    pub call: Option<Timestamp>,
    /// The earliest last change of a migration that waits for a person.
    pub waiting: Option<Timestamp>,
}

/// What was removed because it had expired.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Expired {
    /// The number of request ids, which are free again.
    pub request_ids: u64,
    /// The number of calls.
    pub calls: u64,
}

/// Calls that were sent at this time or before no longer count at `now`.
pub(crate) fn calls_expired_by(now: Timestamp) -> Timestamp {
    now.checked_sub(ATTEMPTS_WINDOW).unwrap_or(Timestamp::MIN)
}
