//! End to end: whole migrations through a real door over a real socket, against the sandbox over real HTTP. `TEST_DOOR=rest` runs
//! the same suite through REST.

mod arrived;
mod bad_input;
mod budgets;
mod deadlines;
mod defaults;
pub mod door;
mod eligibility;
mod endings;
mod fairness;
mod journey;
mod keys;
mod leases;
mod limits;
mod lists;
mod lost_answers;
mod numbers;
mod quotas;
mod restart;
mod retention;
mod rotation;
mod scenarios;
mod secrets;
pub mod stack;
mod start;
mod watch;
