//! The port itself.

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

use super::{Part, Readiness, Watched};
use crate::http_server::{self, Wire};
use crate::telemetry::metrics::{self, Gauges};

/// More than any monitoring needs. Each request for `/metrics` renders its own answer, so their number is bounded, too.
const MAX_CONNECTIONS: usize = 64;
const MAX_STREAMS: u32 = 4;
/// How long those who ask just now may take to be answered at a stop.
const GRACE: Duration = Duration::from_millis(500);

/// The operations port. Closed when it is dropped.
#[derive(Debug)]
pub struct Port {
    address: SocketAddr,
    watched: Arc<OnceLock<Watched>>,
    tasks: TaskTracker,
    stop: DropGuard,
}

/// The operations port cannot be opened.
#[derive(Debug, thiserror::Error)]
#[error(
    "cannot listen on {address}: choose another address with ops.listen, or leave it empty to have no operations port"
)]
pub struct Error {
    address: SocketAddr,
    #[source]
    source: io::Error,
}

/// What the answers are made from.
#[derive(Debug, Clone)]
struct Desk {
    readiness: Readiness,
    watched: Arc<OnceLock<Watched>>,
}

impl Port {
    /// Opens it at this address, and answers from now on.
    pub async fn open(address: SocketAddr, readiness: Readiness) -> Result<Self, Error> {
        let failed = |source| Error { address, source };
        let listener = TcpListener::bind(address).await.map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        let watched = Arc::default();
        let desk = Desk {
            readiness,
            watched: Arc::clone(&watched),
        };
        let router = Router::new()
            .route("/livez", get(livez))
            .route("/readyz", get(readyz))
            .route("/metrics", get(telling))
            .with_state(desk);
        let settings = http_server::Settings {
            max_connections: MAX_CONNECTIONS,
            max_streams: MAX_STREAMS,
            ..http_server::Settings::default()
        };
        let (stop, tasks) = (CancellationToken::new(), TaskTracker::new());
        tasks.spawn(Wire::new(settings, None).serve(listener, router, stop.clone()));
        tasks.close();
        Ok(Self {
            address,
            watched,
            tasks,
            stop: stop.drop_guard(),
        })
    }

    /// Where it listens.
    #[must_use]
    pub const fn local_addr(&self) -> SocketAddr {
        self.address
    }

    /// From now on metrics are read from these parts, too.
    pub fn watch(&self, parts: Watched) {
        // Told once a start.
        let _ = self.watched.set(parts);
    }

    /// Closes it in order.
    pub async fn close(self) {
        drop(self.stop);
        // Who still asks then is cut off.
        let _ = timeout(GRACE, self.tasks.wait()).await;
    }
}

/// Fails where only a new process can help. A store that fails is no such reason: a new process would find it the same.
async fn livez(State(desk): State<Desk>) -> (StatusCode, String) {
    let stops = desk.readiness.is_lacking(Part::Draining);
    // Before the store is open there is no engine.
    let stuck = desk.watched.get().and_then(Watched::stuck_for);
    liveness(stuck, stops)
}

/// What becomes of an engine that has stood still for longer than it ever should. While the service stops nothing is claimed, and
/// nothing needs to be.
fn liveness(stuck: Option<Duration>, stops: bool) -> (StatusCode, String) {
    let Some(stuck) = stuck.filter(|_| !stops) else {
        return (StatusCode::OK, "live\n".to_owned());
    };
    let why = format!(
        "engine: its claim loop has not moved for {} s, so that nothing is worked on: restart the process\n",
        stuck.as_secs()
    );
    (StatusCode::SERVICE_UNAVAILABLE, why)
}

async fn readyz(State(desk): State<Desk>) -> Response {
    if desk.readiness.is_ready() {
        return "ready\n".into_response();
    }
    (StatusCode::SERVICE_UNAVAILABLE, desk.readiness.reasons()).into_response()
}

async fn telling(State(desk): State<Desk>) -> Response {
    let gauges = match desk.watched.get() {
        Some(watched) => watched.gauges(&desk.readiness).await,
        // The store is not open yet.
        None => Gauges::default(),
    };
    match metrics::render(&gauges) {
        Ok(text) => ([(header::CONTENT_TYPE, metrics::CONTENT_TYPE)], text).into_response(),
        Err(error) => {
            tracing::error!(
                error = &error as &dyn std::error::Error,
                "the metrics cannot be told"
            );
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_lives_unless_its_engine_stands_still() {
        let live = (StatusCode::OK, "live\n".to_owned());
        assert_eq!(liveness(None, false), live);
        let stuck = Some(Duration::from_secs(83));
        assert_eq!(liveness(stuck, true), live, "it stops");
        let (status, why) = liveness(stuck, false);
        assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
        assert!(why.contains("83 s"), "{why}");
    }
}
