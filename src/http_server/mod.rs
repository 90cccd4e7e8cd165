//! The HTTP server: connections, from accept to close.
//!
//! Owns the limits and lifetime of connections, TLS, and the identity that a client proved.
//! Whatever a client does, it takes one of a limited number of connections, with a limited number
//! of streams, for a limited time. It must never depend on what it carries: the transports decide
//! what a request means and how it is refused.

mod accept;
mod connection;
mod lifecycle;
mod lingering_close;
mod peer;
mod request_budget;
mod settings;
mod slow_reader;
mod tls;

use axum::Router;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

pub use peer::Peer;
pub use request_budget::OverBudgetError;
pub use settings::Settings;
pub use tls::{ClientAuthorities, ClientCertificate, Error as TlsError, Tls, TlsSettings};

/// Serves a router over HTTP/1.1 and HTTP/2.
#[derive(Debug, Clone)]
pub struct HttpServer {
    settings: Settings,
    tls: Option<Tls>,
    over_budget: OverBudgetError,
}

impl HttpServer {
    /// A server within these limits; plain HTTP without `tls`.
    #[must_use]
    pub const fn new(settings: Settings, tls: Option<Tls>) -> Self {
        Self {
            settings,
            tls,
            over_budget: request_budget::over_budget,
        }
    }

    /// Fails request bodies that exceed the memory budget with this error.
    #[must_use]
    pub fn with_over_budget_error(self, over_budget: OverBudgetError) -> Self {
        Self {
            over_budget,
            ..self
        }
    }

    /// The scheme of its URL.
    #[must_use]
    pub const fn scheme(&self) -> &'static str {
        if self.tls.is_some() { "https" } else { "http" }
    }

    /// Serves until `stop`: then the listener closes, connections accept no more requests, and
    /// those in progress are answered. Dropping this future cuts the remaining connections.
    pub async fn serve(self, listener: TcpListener, router: Router, stop: CancellationToken) {
        accept::AcceptLoop::new(self, router, stop)
            .run(listener)
            .await;
    }
}
