//! Notifications between the processes that share a database.

use domain::MigrationId;

/// What another process did. Only a hint: a notification can be late, duplicated or lost, so the
/// engine also polls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Notification {
    /// Events of a migration were committed, up to `sequence`.
    Committed {
        /// The migration.
        id: MigrationId,
        /// Sequence of its newest event.
        sequence: u64,
    },
    /// Something can be claimed.
    Due,
    /// Notifications may have been lost: what is waited for must be polled.
    Missed,
}
