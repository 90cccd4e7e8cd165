//! Removing what is not kept any longer.

use jiff::Timestamp;

use super::{ATTEMPTS_WINDOW, Error};
use domain::{Migration, TenantId};

/// Removes ended migrations, and what outlives them.
///
/// A migration goes with all that belongs to it: its history, its labels, its secrets. What stays is its request id, taken until a
/// given time, and those of its limited calls that count at `now`: its number, the calls and their times. Only [`remove`](Self::remove) is about a tenant; all else is the engine's own and reaches across tenants.
/// Several processes may do the same at once.
pub trait Removal {
    /// Removes a migration that has ended; its request id stays taken until `taken_until`. All or nothing.
    ///
    /// Writes nothing and answers `false` unless the row still has the version that `migration` was read at, and has ended.
    fn remove(
        &self,
        tenant: &TenantId,
        migration: &Migration,
        now: Timestamp,
        taken_until: Timestamp,
    ) -> impl Future<Output = Result<bool, Error>> + Send;

    /// Removes, in one transaction, migrations that ended at `ended_by` or before: at most `limit`, those that ended first, whatever
    /// their tenants. Their request ids stay taken until `taken_until`. Answers how many. What another process takes in this moment
    /// is left to it.
    fn purge(
        &self,
        ended_by: Timestamp,
        now: Timestamp,
        taken_until: Timestamp,
        limit: u32,
    ) -> impl Future<Output = Result<u64, Error>> + Send;

    /// Migrations that ended at `ended_by` or before and have a PIN: at most `limit`, those that ended first, without their
    /// secrets. One that cannot be read is logged and left out.
    fn with_pin(
        &self,
        ended_by: Timestamp,
        limit: u32,
    ) -> impl Future<Output = Result<Vec<Migration>, Error>> + Send;

    /// Removes what was kept of removed migrations and has expired at `now`: request ids that were taken until then or before, and
    /// calls that no longer count. At most `limit` of each, the earliest first.
    fn expire(
        &self,
        now: Timestamp,
        limit: u32,
    ) -> impl Future<Output = Result<Expired, Error>> + Send;

    /// The oldest of what is kept.
    fn oldest(&self) -> impl Future<Output = Result<Oldest, Error>> + Send;
}

/// The oldest of what is kept of all tenants.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Oldest {
    /// When the migration ended that ended first.
    pub migration: Option<Timestamp>,
    /// The same of those that have a PIN.
    pub with_pin: Option<Timestamp>,
    /// Until when that request id of a removed migration is taken that is free first.
    pub request_id: Option<Timestamp>,
    /// When that call of a removed migration was sent that was sent first.
    pub call: Option<Timestamp>,
}

/// How much has expired of what was kept of removed migrations.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Expired {
    /// Request ids, which are free again.
    pub request_ids: u64,
    /// Calls.
    pub calls: u64,
}

/// Calls that were sent then or before no longer count at `now`.
pub(crate) fn calls_expired_by(now: Timestamp) -> Timestamp {
    now.checked_sub(ATTEMPTS_WINDOW).unwrap_or(Timestamp::MIN)
}
