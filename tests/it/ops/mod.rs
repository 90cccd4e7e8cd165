//! The program as operators see it: commands, operations port, metrics, traces, shutdown.

mod alerts;
pub mod collector;
mod commands;
mod drain;
mod metrics;
mod port;
mod stores;
mod trace_ids;
mod traces;
