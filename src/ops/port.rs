//! The HTTP endpoints of the operations port.

use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use tokio::net::TcpListener;
use tokio::time::timeout;
use tokio_util::sync::{CancellationToken, DropGuard};
use tokio_util::task::TaskTracker;

use super::{Condition, MetricSources, Readiness};
use crate::http_server::{self, HttpServer};
use crate::telemetry::metrics::{self, Gauges};

/// Limits beyond what monitoring needs. Each request for `/metrics` renders its own response, so
/// streams are limited, too.
const MAX_CONNECTIONS: usize = 64;
const MAX_STREAMS: u32 = 4;
/// How long requests in progress may take at shutdown.
const GRACE: Duration = Duration::from_millis(500);

/// The operations port. Closed when it is dropped.
#[derive(Debug)]
pub struct Port {
    address: SocketAddr,
    sources: Arc<OnceLock<MetricSources>>,
    tasks: TaskTracker,
    stop: DropGuard,
}

/// The operations port cannot be opened.
#[derive(Debug, thiserror::Error)]
#[error(
    "cannot listen on {address}: choose another address with ops.listen, or leave it empty to have \
     no operations port"
)]
pub struct Error {
    address: SocketAddr,
    #[source]
    source: io::Error,
}

/// What the responses are made from.
#[derive(Debug, Clone)]
struct Endpoints {
    readiness: Readiness,
    sources: Arc<OnceLock<MetricSources>>,
}

impl Port {
    /// Opens the port at this address, with the limits of `settings` except for its own.
    pub async fn open(
        address: SocketAddr,
        readiness: Readiness,
        settings: http_server::Settings,
    ) -> Result<Self, Error> {
        let failed = |source| Error { address, source };
        let listener = TcpListener::bind(address).await.map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        let sources = Arc::default();
        let endpoints = Endpoints {
            readiness,
            sources: Arc::clone(&sources),
        };
        let router = Router::new()
            .route("/livez", get(livez))
            .route("/readyz", get(readyz))
            .route("/metrics", get(metrics_page))
            .with_state(endpoints);
        let settings = http_server::Settings {
            max_connections: MAX_CONNECTIONS,
            max_streams: MAX_STREAMS,
            ..settings
        };
        let (stop, tasks) = (CancellationToken::new(), TaskTracker::new());
        tasks.spawn(HttpServer::new(settings, None).serve(listener, router, stop.clone()));
        tasks.close();
        Ok(Self {
            address,
            sources,
            tasks,
            stop: stop.drop_guard(),
        })
    }

    /// Where it listens.
    #[must_use]
    pub const fn local_addr(&self) -> SocketAddr {
        self.address
    }

    /// From now on `/metrics` has the gauges of these components, too.
    pub fn read_metrics_from(&self, sources: MetricSources) {
        // Called once.
        let _ = self.sources.set(sources);
    }

    /// Closes the port.
    pub async fn close(self) {
        drop(self.stop);
        // Remaining requests are cut off.
        let _ = timeout(GRACE, self.tasks.wait()).await;
    }
}

/// Fails if only a restart can help. A failing store is no such reason: a new process would have
/// the same problem.
async fn livez(State(endpoints): State<Endpoints>) -> (StatusCode, String) {
    let stops = endpoints.readiness.is_lacking(Condition::Draining);
    // There is no engine before the store is open.
    let stuck = endpoints.sources.get().and_then(MetricSources::stuck_for);
    liveness(stuck, stops)
}

/// The response for an engine that is stuck for this time. While the service stops, nothing is
/// claimed.
fn liveness(stuck: Option<Duration>, stops: bool) -> (StatusCode, String) {
    let Some(stuck) = stuck.filter(|_| !stops) else {
        return (StatusCode::OK, "live\n".to_owned());
    };
    let why = format!(
        "engine: its claim loop has not moved for {} s: restart the process\n",
        stuck.as_secs()
    );
    (StatusCode::SERVICE_UNAVAILABLE, why)
}

async fn readyz(State(endpoints): State<Endpoints>) -> Response {
    if endpoints.readiness.is_ready() {
        let impairments = endpoints.readiness.impairments();
        return format!("ready\n{impairments}").into_response();
    }
    (
        StatusCode::SERVICE_UNAVAILABLE,
        endpoints.readiness.reasons(),
    )
        .into_response()
}

async fn metrics_page(State(endpoints): State<Endpoints>) -> Response {
    let gauges = match endpoints.sources.get() {
        Some(sources) => sources.gauges(&endpoints.readiness).await,
        // The store is not open yet.
        None => Gauges::default(),
    };
    match metrics::render(&gauges) {
        Ok(text) => ([(header::CONTENT_TYPE, metrics::CONTENT_TYPE)], text).into_response(),
        Err(error) => {
            tracing::error!(
                error = &error as &dyn std::error::Error,
                "cannot render the metrics"
            );
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_is_live_unless_its_engine_is_stuck() {
        let live = (StatusCode::OK, "live\n".to_owned());
        assert_eq!(liveness(None, false), live);
        let stuck = Some(Duration::from_secs(83));
        assert_eq!(liveness(stuck, true), live, "it stops");
        let (status, why) = liveness(stuck, false);
        assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
        assert!(why.contains("83 s"), "{why}");
    }
}
