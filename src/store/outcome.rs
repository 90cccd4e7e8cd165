//! The results of the store's methods, and what saves do with leases.

use std::fmt;

use uuid::Uuid;

use domain::{Migration, MigrationId};

/// A worker that leases migrations: an engine, for as long as it renews its lease.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct WorkerId(Uuid);

/// The result of creating a migration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Created {
    /// It was created, with version 1.
    New(Box<Migration>),
    /// The tenant has this migration with the same `request_id`.
    SameRequest(Box<Migration>),
    /// The tenant's migration with the same `request_id` was removed.
    Removed,
    /// The tenant has this live migration of the same number.
    NumberBusy(MigrationId),
}

/// The result of looking up a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Requested {
    /// It started this migration.
    Started(Box<Migration>),
    /// It started a migration that was removed.
    Removed,
    /// There was no such request, or its id is free again.
    Unknown,
}

/// The result of a save.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Saved {
    /// It was written.
    Done {
        /// The new version.
        version: u64,
    },
    /// Another save was first, or the migration does not exist. Nothing was written.
    Conflict,
}

/// The lease that a save requires, and what it does with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LeaseChange {
    /// Requires nothing and changes nothing: a command.
    Untouched,
    /// Requires that no worker has it, and leases it to this one: a command that is worked on at
    /// once.
    Take(WorkerId),
    /// Requires this worker's lease, and keeps it. The time at which it is due does not change.
    Keep(WorkerId),
    /// Requires this worker's lease, and releases it.
    Release(WorkerId),
}

impl WorkerId {
    /// The id of a worker, from a random UUID.
    #[must_use]
    pub const fn from_uuid(uuid: Uuid) -> Self {
        Self(uuid)
    }

    /// The UUID.
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
