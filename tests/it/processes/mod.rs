//! Several processes on one PostgreSQL. The tests kill them, and the database, during migrations.

mod caller;
mod crashes;
mod replicas;
mod takeover;
pub mod verdict;
mod watcher;
