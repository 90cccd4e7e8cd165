//! The REST door: a transcoder in front of the gRPC one, made from the contract's own description, so that the two cannot
//! drift apart.
//!
//! A request becomes the gRPC request that means the same, and goes through the same router: whoever calls is let in,
//! counted, timed, traced and answered there, and what comes back is written as JSON. It must never know what an RPC means,
//! and nothing is decided here but how a request is read and an answer written.

mod decode;
mod encode;
mod error;
#[cfg(fuzzing)]
pub(super) mod fuzzing;
mod grpc_call;
pub(super) mod headers;
mod origin_guard;
mod routes;
mod sse;

pub use origin_guard::Pages;

pub(super) use error::http_of;
pub(super) use routes::routes;
