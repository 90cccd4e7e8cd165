//! What the store answers, and who holds a migration.

use std::fmt;

use jiff::Timestamp;
use uuid::Uuid;

use domain::{Migration, MigrationId};

/// A worker that leases migrations: one engine in one process, for as long as it runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct WorkerId(Uuid);

/// What became of a new migration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Created {
    /// It is kept, at version 1.
    New(Box<Migration>),
    /// The tenant has a migration of this `request_id`: this one, as it stands.
    SameRequest(Box<Migration>),
    /// The tenant's migration of this `request_id` was removed.
    Removed,
    /// The tenant has a live migration of this number: this one.
    NumberBusy(MigrationId),
}

/// What a request came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Requested {
    /// It started this migration.
    Started(Box<Migration>),
    /// It started a migration that was removed since.
    Removed,
    /// There was none, or it is so long ago that its id is free again.
    Unknown,
}

/// What became of a save.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Saved {
    /// It is kept.
    Done {
        /// The version that the row has now.
        version: u64,
    },
    /// Somebody else was first, or the migration is not there. Nothing was written.
    Conflict,
}

/// A worker's claim on a migration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lease {
    /// Who works on it.
    pub worker: WorkerId,
    /// Until when, unless it is prolonged.
    pub until: Timestamp,
}

/// What a save needs of the lease, and what it does with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LeaseChange {
    /// Needs nothing, and leaves it as it is: a command.
    Untouched,
    /// Needs that nobody holds it at `now`, and takes it: a command that is followed up at once.
    Take {
        /// The present moment.
        now: Timestamp,
        /// Who holds it from now on.
        lease: Lease,
    },
    /// Needs that this worker holds it, and prolongs it.
    Renew(Lease),
    /// Needs that this worker holds it, and gives it back.
    Release {
        /// Who must hold it.
        worker: WorkerId,
    },
}

impl WorkerId {
    /// Who holds what belongs to a disabled tenant: no worker. See [`Store::suspend`](super::Store::suspend).
    pub const SUSPENDED: Self = Self(Uuid::nil());

    /// Makes the id of a worker from a random UUID.
    #[must_use]
    pub const fn from_uuid(uuid: Uuid) -> Self {
        Self(uuid)
    }

    /// The UUID in it.
    #[must_use]
    pub const fn uuid(self) -> Uuid {
        self.0
    }
}

impl fmt::Display for WorkerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.simple().fmt(f)
    }
}
