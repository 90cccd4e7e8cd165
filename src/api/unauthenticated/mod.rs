//! The services without authentication: health and reflection.
//!
//! Owns the limits of their calls. Any client can open such a call, so each is limited in number,
//! in bytes and in time, and a call beyond a limit is refused immediately: a client that keeps its
//! calls open must not use up memory, or block the probes of a load balancer. This module must
//! never know what the services answer.

mod bodies;
mod concurrency;
mod framing;

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, HttpBody as _};
use axum::extract::{Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use tokio::sync::oneshot;
use tonic::service::Routes;

use super::contract::ContractError;
use super::status::{RETRY_SOON, StatusBuilder};
use super::stream_end::EndableBody;
use super::{ApiLimits, HealthStatus, Reason};
use crate::http_server::Peer;
use crate::proto::DESCRIPTORS;
use bodies::LimitedRequest;
use concurrency::ConcurrencyLimit;

/// Maximum size of a request message, in bytes. The longest name in the contract has 80.
const MAX_MESSAGE_BYTES: usize = 4 * 1024;
/// Maximum size of all messages of a call, in bytes: about a thousand messages of reflection.
const MAX_CALL_BYTES: usize = 64 * 1024;
/// Maximum size of a response of the health service, in bytes.
const MAX_HEALTH_ANSWER_BYTES: usize = 1024;

/// Maximum concurrent calls of `Check`. Each ends with its first message, so a client has one at a
/// time on a connection, and a proxy a few.
const MAX_CHECKS: usize = 512;
const MAX_CHECKS_PER_CONNECTION: usize = 16;
/// A client that monitors its connection has one `Watch` on it while it lasts, so in total there
/// may be as many as connections.
const MAX_WATCHES_PER_CONNECTION: usize = 4;
/// Maximum concurrent calls of reflection, which people and their tools use.
const MAX_REFLECTIONS: usize = 32;
const MAX_REFLECTIONS_PER_CONNECTION: usize = 8;

/// How long the request of a call may take.
#[derive(Debug, Clone, Copy)]
struct Timeouts {
    /// Maximum time before the first message, and between two.
    idle: Duration,
    /// Maximum time of all messages.
    total: Duration,
}

const TIMEOUTS: Timeouts = Timeouts {
    idle: Duration::from_secs(10),
    total: Duration::from_mins(1),
};

/// The limits of the calls. Cheap to clone; clones share the permits.
#[derive(Debug, Clone)]
struct CallLimits {
    checks: Arc<ConcurrencyLimit>,
    watches: Arc<ConcurrencyLimit>,
    reflections: Arc<ConcurrencyLimit>,
    timeouts: Timeouts,
}

impl CallLimits {
    fn new(limits: ApiLimits, timeouts: Timeouts) -> Self {
        let limit = |total, per_connection| Arc::new(ConcurrencyLimit::new(total, per_connection));
        Self {
            checks: limit(MAX_CHECKS, MAX_CHECKS_PER_CONNECTION),
            watches: limit(limits.max_connections, MAX_WATCHES_PER_CONNECTION),
            reflections: limit(MAX_REFLECTIONS, MAX_REFLECTIONS_PER_CONNECTION),
            timeouts,
        }
    }

    /// The limit of calls with this path.
    fn concurrency(&self, path: &str) -> &Arc<ConcurrencyLimit> {
        if path.starts_with("/grpc.reflection.") {
            &self.reflections
        } else if path.ends_with("/Watch") {
            &self.watches
        } else {
            &self.checks
        }
    }
}

/// The router of the services.
pub(super) fn routes(health: &HealthStatus, limits: ApiLimits) -> Result<Router, ContractError> {
    with_timeouts(health, limits, TIMEOUTS)
}

fn with_timeouts(
    health: &HealthStatus,
    limits: ApiLimits,
    timeouts: Timeouts,
) -> Result<Router, ContractError> {
    let health = health
        .service()
        .max_decoding_message_size(MAX_MESSAGE_BYTES)
        .max_encoding_message_size(MAX_HEALTH_ANSWER_BYTES);
    let mut services = Routes::new(health);
    if limits.reflection {
        // A response is one file of the contract, together with its request.
        let max_response = DESCRIPTORS.len() + 4 * MAX_MESSAGE_BYTES;
        let reflection = || {
            tonic_reflection::server::Builder::configure()
                .register_encoded_file_descriptor_set(DESCRIPTORS)
                .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET)
        };
        let v1 = reflection()
            .build_v1()?
            .max_decoding_message_size(MAX_MESSAGE_BYTES)
            .max_encoding_message_size(max_response);
        let v1alpha = reflection()
            .build_v1alpha()?
            .max_decoding_message_size(MAX_MESSAGE_BYTES)
            .max_encoding_message_size(max_response);
        services = services.add_service(v1).add_service(v1alpha);
    }
    let router = services.into_axum_router().reset_fallback();
    Ok(router.route_layer(from_fn_with_state(
        CallLimits::new(limits, timeouts),
        limited,
    )))
}

/// Passes a call on within its limits, or refuses it where no permit is free.
async fn limited(State(limits): State<CallLimits>, request: Request, next: Next) -> Response {
    let connection = request.extensions().get::<Peer>().map(Peer::address);
    let Some(permit) = limits.concurrency(request.uri().path()).take(connection) else {
        let status = StatusBuilder::new(Reason::TooManyStreams).retry_after(RETRY_SOON);
        return status.build().into_http();
    };
    let permit = Arc::new(permit);
    let (fail, error) = oneshot::channel();
    let of_request = Arc::clone(&permit);
    let request = request.map(|body| {
        let limited = LimitedRequest::new(body, limits.timeouts, fail, of_request);
        Body::new(limited)
    });
    let response = next.run(request).await;
    if response.body().is_end_stream() {
        return response;
    }
    // The service would report success for a request that broke off.
    response.map(|body| Body::new(EndableBody::urgent(body, bodies::error(error, permit))))
}

#[cfg(test)]
mod tests;
