//! What the load programs share: processes, callers, counters, and how figures are told.

pub mod bare;
pub mod caller;
pub mod commits;
pub mod crew;
pub mod echo;
pub mod numbers;
pub mod parking;
pub mod phone;
pub mod plan;
pub mod postgres;
pub mod process;
pub mod raw;
pub mod recorder;
pub mod report;
pub mod samples;
pub mod scale;
pub mod service;
pub mod stand;
pub mod stopwatch;

pub use scale::Scale;
