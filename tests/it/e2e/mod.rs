//! End-to-end tests: whole migrations over real sockets, against the sandbox over HTTP. Over gRPC,
//! or over REST with `TEST_TRANSPORT=rest`.

mod arrived;
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
mod links;
mod lists;
mod lost_answers;
mod numbers;
mod quotas;
mod restart;
mod retention;
mod rotation;
mod scenarios;
mod secrets;
mod start;
mod update;
mod watch;
