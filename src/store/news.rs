//! What a process hears of the others that share its store.

use crate::migration::MigrationId;

/// What another process did. A hint and no more: word can come late, twice or not at all, so whoever waits looks for
/// itself from time to time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum News {
    /// A migration's history was committed up to `sequence`.
    Committed {
        /// The migration.
        id: MigrationId,
        /// Sequence of its newest event.
        sequence: u64,
    },
    /// Something can be claimed.
    Due,
    /// Word may have been lost: whoever waits for anything should look.
    Missed,
}
