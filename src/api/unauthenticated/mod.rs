//! The services that ask for no authentication: health and reflection.
//!
//! Owns what their calls may cost. Anyone may open such a call, so each is bounded in number, in bytes and in time, and what is
//! beyond that is answered at once: a client that holds its calls open must keep neither memory nor the probes of a load
//! balancer. It must never know what the services answer.

mod bodies;
mod framing;
mod slots;

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, HttpBody as _};
use axum::extract::{Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use tokio::sync::oneshot;
use tonic::service::Routes;

use super::contract::Damaged;
use super::status::{RETRY_SOON, StatusBuilder};
use super::{Health, Limits, Reason};
use crate::http_server::Peer;
use crate::proto::DESCRIPTORS;
use bodies::{Answered, Asked};
use slots::Places;

/// No message of a request may be larger, in bytes: the longest name of the contract has 80.
const MAX_MESSAGE_BYTES: usize = 4 * 1024;
/// No call may send more, in bytes: as many as a thousand messages of reflection have.
const MAX_CALL_BYTES: usize = 64 * 1024;
/// An answer of the health service is smaller, in bytes.
const MAX_HEALTH_ANSWER_BYTES: usize = 1024;

/// Calls of `Check`. Each ends as soon as its message has come, so that honest clients have one at a time on a connection, and a
/// proxy a few.
const CHECKS: usize = 512;
const CHECKS_ON_A_CONNECTION: usize = 16;
/// A client that looks after its connection by `Watch` has one on it for as long as the connection lasts: as many as there may be
/// connections.
const WATCHES_ON_A_CONNECTION: usize = 4;
/// Calls of reflection, which are for people and their tools.
const REFLECTIONS: usize = 32;
const REFLECTIONS_ON_A_CONNECTION: usize = 8;

/// How long a call may take to send.
#[derive(Debug, Clone, Copy)]
struct Times {
    /// Between two messages, and before the first.
    idle: Duration,
    /// All of them.
    whole: Duration,
}

const TIMES: Times = Times {
    idle: Duration::from_secs(10),
    whole: Duration::from_mins(1),
};

/// What calls may cost. A clone counts the same calls.
#[derive(Debug, Clone)]
struct Bounds {
    checks: Arc<Places>,
    watches: Arc<Places>,
    reflections: Arc<Places>,
    times: Times,
}

impl Bounds {
    fn new(limits: Limits, times: Times) -> Self {
        let places = |in_all, on_a_connection| Arc::new(Places::new(in_all, on_a_connection));
        Self {
            checks: places(CHECKS, CHECKS_ON_A_CONNECTION),
            watches: places(limits.max_connections, WATCHES_ON_A_CONNECTION),
            reflections: places(REFLECTIONS, REFLECTIONS_ON_A_CONNECTION),
            times,
        }
    }

    /// The places of calls with this path.
    fn places(&self, path: &str) -> &Arc<Places> {
        if path.starts_with("/grpc.reflection.") {
            &self.reflections
        } else if path.ends_with("/Watch") {
            &self.watches
        } else {
            &self.checks
        }
    }
}

/// The services.
pub(super) fn routes(health: &Health, limits: Limits) -> Result<Router, Damaged> {
    within(health, limits, TIMES)
}

fn within(health: &Health, limits: Limits, times: Times) -> Result<Router, Damaged> {
    let health = health
        .service()
        .max_decoding_message_size(MAX_MESSAGE_BYTES)
        .max_encoding_message_size(MAX_HEALTH_ANSWER_BYTES);
    let mut services = Routes::new(health);
    if limits.reflection {
        // An answer is one file of the contract, with the request that it answers.
        let longest = DESCRIPTORS.len() + 4 * MAX_MESSAGE_BYTES;
        let reflection = || {
            tonic_reflection::server::Builder::configure()
                .register_encoded_file_descriptor_set(DESCRIPTORS)
                .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET)
        };
        let v1 = reflection()
            .build_v1()?
            .max_decoding_message_size(MAX_MESSAGE_BYTES)
            .max_encoding_message_size(longest);
        let v1alpha = reflection()
            .build_v1alpha()?
            .max_decoding_message_size(MAX_MESSAGE_BYTES)
            .max_encoding_message_size(longest);
        services = services.add_service(v1).add_service(v1alpha);
    }
    let router = services.into_axum_router().reset_fallback();
    Ok(router.route_layer(from_fn_with_state(Bounds::new(limits, times), bounded)))
}

/// Lets a call through where there is a place for it, and no longer and no larger than it may be.
async fn bounded(State(bounds): State<Bounds>, request: Request, next: Next) -> Response {
    let connection = request.extensions().get::<Peer>().map(Peer::address);
    let Some(place) = bounds.places(request.uri().path()).take(connection) else {
        let answer = StatusBuilder::new(Reason::TooManyStreams).retry_after(RETRY_SOON);
        return answer.build().into_http();
    };
    let place = Arc::new(place);
    let (refuse, refusal) = oneshot::channel();
    let asked = Arc::clone(&place);
    let request = request.map(|body| Body::new(Asked::new(body, bounds.times, refuse, asked)));
    let response = next.run(request).await;
    if response.body().is_end_stream() {
        return response;
    }
    response.map(|body| Body::new(Answered::new(body, refusal, place)))
}

#[cfg(test)]
mod tests;
