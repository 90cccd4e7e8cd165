//! Real processes on one PostgreSQL, which are killed, as is the database, while migrations move.

mod caller;
mod fleet;
mod ordeal;
mod takeover;
pub mod verdict;
mod watcher;
