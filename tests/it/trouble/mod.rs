//! Trouble with the store: a clear word, an unready service, nothing accepted lost, and on by itself when it is over.
//!
//! Each service is a process of its own: its log is read, its limits are set, and its files are meddled with from outside.

mod damaged;
mod disk;
mod passing;
mod process;
mod server;
pub mod silence;
mod start;
