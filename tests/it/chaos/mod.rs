//! Fault injection: engines that crash before and after each of their I/O operations, and
//! migrations under random faults.
//!
//! An engine runs on its own runtime, over a store and a sandbox that outlive it, as a database and
//! Meta would. All of its I/O passes [`fault_points::FaultPoints`], which counts the operations and
//! can crash the engine at one.

mod caller;
mod crash_points;
pub mod crashing_store;
mod disturbances;
mod engine_harness;
mod environment;
pub mod fault_points;
mod inject;
mod invariants;
mod pauses;
mod random_faults;
mod scenarios;
