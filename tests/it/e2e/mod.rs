//! End to end: whole migrations through the real gRPC door over a real socket, against the sandbox over real HTTP.

mod bad_input;
mod budgets;
mod deadlines;
mod defaults;
mod eligibility;
mod endings;
mod fairness;
mod journey;
mod keys;
mod leases;
mod limits;
mod lost_answers;
mod restart;
mod rotation;
mod scenarios;
mod secrets;
pub mod stack;
mod start;
mod watch;
