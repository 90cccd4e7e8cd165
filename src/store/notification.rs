//! What a process hears of the others that share its store.

use domain::MigrationId;

/// What another process did. A hint and no more: a notification can come late, twice or not at all, so the engine also polls
/// from time to time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Notification {
    /// A migration's history was committed up to `sequence`.
    Committed {
        /// The migration.
        id: MigrationId,
        /// Sequence of its newest event.
        sequence: u64,
    },
    /// Something can be claimed.
    Due,
    /// Notifications may have been lost: what is waited for has to be read.
    Missed,
}
