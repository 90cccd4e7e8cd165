//! The API: gRPC, with health and reflection, and REST in front of it, in one router. Health and
//! reflection require no authentication; everything else does.
//!
//! Owns the conversion between the contract and the domain, the limits, and the text of every
//! error. It must never decide about a migration, and no internal error text may leave through it.

mod administration;
mod admission;
mod audit;
mod authorization;
mod call_context;
mod caller;
mod contract;
mod deadline;
mod docs_links;
mod error;
mod etag;
mod fields;
#[cfg(fuzzing)]
#[path = "../../fuzz/hooks/api.rs"]
pub mod fuzzing;
pub mod grpc;
mod health;
mod openapi;
mod page_token;
mod pages;
mod read_slot;
mod reason;
mod request_info;
mod requests;
mod responses;
mod rest;
mod rpc;
mod span;
mod status;
mod stream_end;
mod transport;
mod unauthenticated;

use std::sync::LazyLock;
use std::time::Duration;

use axum::Router;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::any;
use tokio_util::sync::CancellationToken;
use tonic::service::Routes;

use crate::engine::Engine;
use crate::proto::v1::admin_service_server::{AdminService, AdminServiceServer};
use crate::proto::v1::migration_service_server::{MigrationService, MigrationServiceServer};
use crate::store::{Directory, Store};
use error::Error;

pub use administration::{AdminHandlers, as_command_line};
pub use admission::Admission;
pub use contract::ContractError;
pub use docs_links::DocsBase;
pub use health::HealthStatus;
pub use reason::Reason;
pub use rest::OriginPolicy;
pub use status::{DOMAIN, code_name};
pub use transport::request_bytes_exhausted;

/// The names of the RPCs in metrics. The last one stands for all unknown RPCs.
pub fn rpcs() -> impl Iterator<Item = &'static str> {
    rpc::names()
}

/// The limits of the API.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ApiLimits {
    /// Maximum size of a request message, in bytes.
    pub max_message_bytes: usize,
    /// Maximum time until a response begins.
    pub request_timeout: Duration,
    /// Whether reflection is served.
    pub reflection: bool,
    /// Maximum connections, and so the maximum clients that watch the health of the service.
    pub max_connections: usize,
}

/// The router of the API port. Fails only if the descriptors of the contract are unusable.
pub fn router<S: Store, D: Directory>(
    engine: Engine<S>,
    admission: Admission<D>,
    limits: ApiLimits,
    origins: OriginPolicy,
    docs: DocsBase,
    health: &HealthStatus,
) -> Result<Router, ContractError> {
    let stopping = engine.stopping();
    let administration = AdminHandlers::beside(&engine);
    let service = grpc::Service::new(engine);
    let grpc = grpc_router(service, administration, admission, limits, health, stopping)?;
    let router = rest::routes(grpc, limits, origins)?;
    let router = router.layer(from_fn_with_state(docs, docs_links::add));
    // Outermost, so that it records every outcome.
    Ok(router.layer(from_fn(span::around)))
}

/// The `OpenAPI` 3.1 document of REST, as served at `/openapi.json`. Fails only if the descriptors
/// of the contract are unusable.
pub fn openapi() -> Result<String, ContractError> {
    let document = openapi::document(&contract::Contract::read()?);
    Ok(format!("{document:#}\n"))
}

/// The contract for the command line, which writes messages without a server.
static CONTRACT: LazyLock<Option<contract::Contract>> =
    LazyLock::new(|| contract::Contract::read().ok());

/// A message of the contract as JSON, as REST returns it. `None` if the contract lacks it.
#[must_use]
pub fn message_json<M: prost::Name>(message: &M) -> Option<serde_json::Value> {
    CONTRACT.as_ref()?.message_json(message)
}

/// An error as JSON, as REST returns it.
#[must_use]
pub fn error_json(status: &tonic::Status) -> Option<serde_json::Value> {
    Some(rest::error_json(CONTRACT.as_ref()?, status))
}

fn grpc_router<D: Directory>(
    service: impl MigrationService,
    administration: impl AdminService,
    admission: Admission<D>,
    limits: ApiLimits,
    health: &HealthStatus,
    stopping: CancellationToken,
) -> Result<Router, ContractError> {
    let migrations =
        MigrationServiceServer::new(service).max_decoding_message_size(limits.max_message_bytes);
    let administration =
        AdminServiceServer::new(administration).max_decoding_message_size(limits.max_message_bytes);
    let unauthenticated = unauthenticated::routes(health, limits)?;
    // Only the services of the API: the contract that the others describe is public.
    let guarded = Routes::new(migrations)
        .add_service(administration)
        .into_axum_router()
        .route_layer(from_fn_with_state(admission, admission::admit::<D>));
    Ok(guarded
        .merge(unauthenticated)
        // Outside of the admission, so that its checks count against the deadline, too.
        .route_layer(from_fn_with_state((limits, stopping), transport::explain))
        .fallback_service(any(transport::unknown).with_state(limits))
        .layer(from_fn(span::measured)))
}

#[cfg(test)]
mod tests;
