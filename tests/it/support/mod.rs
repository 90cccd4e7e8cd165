//! What several suites share.

pub mod codec;
pub mod defaults;
pub mod graph;
pub mod http;
pub mod migrations;
pub mod program;
pub mod proxy;
pub mod raw;
pub mod service;
pub mod tenants;
pub mod traced;
pub mod transport;
pub mod wait;

/// Maximum wait for anything that must happen: longer than anything in the tests takes.
pub const PATIENCE: std::time::Duration = std::time::Duration::from_secs(30);
