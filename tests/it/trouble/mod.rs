//! Store failures: the service logs them, is not ready, loses no accepted migration, and recovers
//! by itself.
//!
//! Each service is a process of its own: the tests read its log, set its limits and change its
//! files.

mod damaged;
mod disk;
mod passing;
mod server;
mod service;
pub mod silence;
mod start;
