//! The REST door: a transcoder in front of the gRPC one, made from the contract's own description, so that the two cannot
//! drift apart.
//!
//! A request becomes the gRPC request that means the same, and goes through the same router: whoever calls is let in,
//! counted, timed, traced and answered there, and what comes back is written as JSON. It must never know what an RPC means,
//! and nothing is decided here but how a request is read and an answer written.

mod answer;
mod contract;
mod failure;
mod header;
mod inner;
mod message;
mod object;
mod origin;
mod query;
mod routes;
mod watch;

pub use contract::Damaged;
pub use origin::Pages;

pub(super) use contract::Contract;
pub(super) use routes::routes;
