//! The other end of a connection, as whoever answers its requests sees it.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use super::ClientCertificate;

/// The other end of the connection that a request came by: an extension of every request. A clone is the same.
#[derive(Debug, Clone)]
pub struct Peer {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    address: SocketAddr,
    certificate: Option<ClientCertificate>,
    has_asked: AtomicBool,
    asks: Notify,
    leaving: CancellationToken,
}

impl Peer {
    pub(crate) fn new(address: SocketAddr, certificate: Option<ClientCertificate>) -> Self {
        Self {
            inner: Arc::new(Inner {
                address,
                certificate,
                has_asked: AtomicBool::new(false),
                asks: Notify::new(),
                leaving: CancellationToken::new(),
            }),
        }
    }

    /// Where it connected from. Behind a proxy that is the proxy.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.inner.address
    }

    /// The certificate that it proved to own, of an authority of the configuration; `None` where it showed none.
    #[must_use]
    pub fn certificate(&self) -> Option<&ClientCertificate> {
        self.inner.certificate.as_ref()
    }

    /// Completes when the connection has reached its greatest age and the grace is over: what can last for ever ends now,
    /// with a word, or is cut a moment later.
    pub fn leaving(&self) -> impl Future<Output = ()> + Send + use<> {
        self.inner.leaving.clone().cancelled_owned()
    }

    pub(super) fn leave(&self) {
        self.inner.leaving.cancel();
    }

    pub(super) fn asks(&self) {
        // Asked before it is told, as it is told once alone.
        if !self.has_asked() && !self.inner.has_asked.swap(true, Ordering::Relaxed) {
            self.inner.asks.notify_one();
        }
    }

    /// Completes once, when it has asked for something.
    pub(super) async fn first_request(&self) {
        self.inner.asks.notified().await;
    }

    pub(super) fn has_asked(&self) -> bool {
        self.inner.has_asked.load(Ordering::Relaxed)
    }
}
