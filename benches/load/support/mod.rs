//! What the load programs share: processes, connections, counters and reports.

pub mod bare;
pub mod commits;
pub mod connections;
pub mod echo;
pub mod numbers;
pub mod parking;
pub mod phone;
pub mod plan;
pub mod postgres;
pub mod process;
#[path = "../../../tests/it/support/program.rs"]
#[expect(
    dead_code,
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "shared with the tests: uses less, and ends with a panic where a process does not start"
)]
pub mod program;
#[path = "../../../tests/it/support/codec.rs"]
pub mod raw;
pub mod recorder;
pub mod report;
pub mod samples;
pub mod scale;
pub mod service;
pub mod setup;
pub mod stopwatch;
#[path = "../../../tests/it/support/wait.rs"]
#[expect(dead_code, clippy::expect_used, reason = "shared with the tests")]
pub mod wait;
pub mod workers;
pub mod workspace;

pub use scale::Scale;

/// Maximum wait for a process to start or to end.
pub const PATIENCE: std::time::Duration = std::time::Duration::from_mins(10);
