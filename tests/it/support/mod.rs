//! What several suites need.

pub mod graph;
pub mod migrations;
pub mod proxy;
pub mod raw;
pub mod tenants;
pub mod traced;
