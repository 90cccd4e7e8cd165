//! What several suites need.

pub mod migrations;
