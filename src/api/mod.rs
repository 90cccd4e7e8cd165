//! The doors: gRPC with health and reflection, and REST in front of it, over one router. Health and reflection are open to
//! everybody, and all else to who was let in.
//!
//! Owns the conversion between the contract and the domain, the limits, and the words of every error. It must never
//! decide what becomes of a migration, and nothing of the inside's own words may leave through it.

mod access;
mod admission;
mod audit;
mod caller;
mod contract;
mod deadline;
mod error;
mod fields;
#[cfg(fuzzing)]
pub mod fuzzing;
pub mod grpc;
mod health;
mod openapi;
mod page_token;
mod reason;
mod requests;
mod responses;
mod rest;
mod span;
mod status;
mod stream_end;
mod transport;
mod turn;
mod unauthenticated;

use std::time::Duration;

use axum::Router;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::any;
use tokio_util::sync::CancellationToken;
use tonic::service::Routes;

use crate::engine::Engine;
use crate::proto::v1::migration_service_server::{MigrationService, MigrationServiceServer};
use crate::store::{Directory, Store};
use error::Error;

pub use admission::Admission;
pub use contract::Damaged;
pub use health::Health;
pub use reason::Reason;
pub use rest::Pages;
pub use status::DOMAIN;
pub use transport::no_room;

/// The names of the RPCs in metrics; the last stands for all that is none of ours.
pub fn rpcs() -> impl Iterator<Item = &'static str> {
    access::names()
}

/// What the doors take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// No message may be larger than so many bytes.
    pub max_message_bytes: usize,
    /// No call may take longer before its answer begins.
    pub request_timeout: Duration,
    /// Whether reflection is served.
    pub reflection: bool,
    /// Maximum connections, and so the maximum clients that watch the service's health.
    pub max_connections: usize,
}

/// Everything that is served on the port of the API.
///
/// Fails only where the contract's own description is damaged.
pub fn router<S: Store, D: Directory>(
    engine: Engine<S>,
    admission: Admission<D>,
    limits: Limits,
    pages: Pages,
    health: &Health,
) -> Result<Router, Damaged> {
    let stopping = engine.stopping();
    let service = grpc::Service::new(engine);
    let grpc = routes(service, admission, limits, health, stopping)?;
    rest::routes(grpc, limits, pages)
}

/// The REST door as `OpenAPI` 3.1 describes such doors, as it is served at `/openapi.json`.
///
/// Fails only where the contract's own description is damaged.
pub fn openapi() -> Result<String, Damaged> {
    let document = openapi::document(&contract::Contract::read()?);
    Ok(format!("{document:#}\n"))
}

/// The gRPC door.
fn routes<D: Directory>(
    service: impl MigrationService,
    admission: Admission<D>,
    limits: Limits,
    health: &Health,
    stopping: CancellationToken,
) -> Result<Router, Damaged> {
    let migrations =
        MigrationServiceServer::new(service).max_decoding_message_size(limits.max_message_bytes);
    // What can be done here is no secret, since the contract is public; what is done is.
    let unauthenticated = unauthenticated::routes(health, limits)?;
    let guarded = Routes::new(migrations)
        .into_axum_router()
        .route_layer(from_fn_with_state(admission, admission::gate::<D>));
    Ok(guarded
        .merge(unauthenticated)
        .route_layer(from_fn_with_state((limits, stopping), transport::explain))
        .fallback_service(any(transport::unknown).with_state(limits))
        .layer(from_fn(span::around)))
}

#[cfg(test)]
mod tests;
