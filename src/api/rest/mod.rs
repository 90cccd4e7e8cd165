//! The REST door: a transcoder in front of the gRPC one, made from the contract's own description, so that the two cannot
//! drift apart.
//!
//! A request becomes the gRPC request that means the same, and goes through the same router: whoever calls is let in,
//! counted, timed, traced and answered there, and what comes back is written as JSON. It must never know what an RPC means,
//! and nothing is decided here but how a request is read and an answer written.

mod answer;
mod comments;
mod contract;
mod described;
mod failure;
#[cfg(fuzzing)]
pub(super) mod fuzzing;
mod header;
mod inner;
mod message;
mod object;
mod openapi;
mod origin;
mod page;
mod query;
mod refusals;
mod routes;
mod watch;

pub use contract::Damaged;
pub use origin::Pages;

pub(super) use contract::Contract;
pub(super) use routes::routes;

/// The REST door as `OpenAPI` 3.1 describes such doors.
pub(super) fn openapi() -> Result<String, Damaged> {
    let document = openapi::document(&Contract::read()?);
    Ok(format!("{document:#}\n"))
}
