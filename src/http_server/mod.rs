//! The wire: connections, from the moment when they come to the moment when they are let go.
//!
//! Owns what a connection may cost and how long it lives, TLS, and who the client proved to be. Whatever a client does or
//! leaves undone, it takes one of so many connections, each with so many streams, for so long. It must never know what it
//! carries: what a request means, and how it is refused, is for the doors to say.

mod accept;
mod connection;
mod incoming;
mod lingering;
mod outgoing;
mod peer;
mod settings;
mod stage;
mod tls;

use axum::Router;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

pub use incoming::Refusal;
pub use peer::Peer;
pub use settings::Settings;
pub use tls::{ClientAuthorities, ClientCertificate, Error as TlsError, Files, Tls};

/// How connections are served.
#[derive(Debug, Clone)]
pub struct Wire {
    settings: Settings,
    tls: Option<Tls>,
    refusal: Refusal,
}

impl Wire {
    /// A wire within these bounds; in the clear where there is no TLS.
    #[must_use]
    pub const fn new(settings: Settings, tls: Option<Tls>) -> Self {
        Self {
            settings,
            tls,
            refusal: incoming::refusal,
        }
    }

    /// The same, which refuses request bodies for which the process has no room with this error.
    #[must_use]
    pub fn refusing_with(self, refusal: Refusal) -> Self {
        Self { refusal, ..self }
    }

    /// How a URL of it begins.
    #[must_use]
    pub const fn scheme(&self) -> &'static str {
        if self.tls.is_some() { "https" } else { "http" }
    }

    /// Serves until `stop`: then the listener closes, no connection takes another request, and those under way are
    /// answered. Who does not want to wait for the last of them drops this: what is left is cut.
    pub async fn serve(self, listener: TcpListener, router: Router, stop: CancellationToken) {
        accept::Loop::new(self, router, stop).run(listener).await;
    }
}
