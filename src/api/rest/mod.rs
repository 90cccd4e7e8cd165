//! REST: a transcoder in front of the gRPC router, made from the descriptors of the contract, so
//! that the two transports cannot differ.
//!
//! A REST request becomes the gRPC request with the same meaning and passes through the same
//! router, which authenticates, limits, times and traces it. The response is written as JSON. This
//! module must never know what an RPC means: it only reads requests and writes responses.

mod decode;
mod encode;
mod error;
mod field_names;
#[cfg(fuzzing)]
#[path = "../../../fuzz/hooks/rest.rs"]
pub(super) mod fuzzing;
mod grpc_call;
mod headers;
mod origin_guard;
mod routes;
mod sse;

use super::contract::Contract;
use field_names::FieldNames;

pub use origin_guard::OriginPolicy;

pub(super) use routes::routes;

/// The body of an error.
pub(super) fn error_json(contract: &Contract, status: &tonic::Status) -> serde_json::Value {
    error::ErrorBody::new(contract, status, &FieldNames::default()).json
}
