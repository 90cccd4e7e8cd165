//! What several suites need.

pub mod migrations;
pub mod tenants;
