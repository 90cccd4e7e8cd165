//! Several processes on one PostgreSQL. The tests kill and stop them, and the database, during
//! migrations.

mod caller;
mod crashes;
mod failover;
mod fencing;
mod pauses;
mod replicas;
mod takeover;
pub mod verdict;
mod waiting;
mod watcher;

pub use pauses::rounds;
