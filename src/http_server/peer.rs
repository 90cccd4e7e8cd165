//! The client of a connection, as request handlers see it.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use super::ClientCertificate;

/// The client of the connection of a request: an extension of every request. Cheap to clone; clones
/// share state.
#[derive(Debug, Clone)]
pub struct Peer {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    address: SocketAddr,
    is_tls: bool,
    certificate: Option<ClientCertificate>,
    had_request: AtomicBool,
    first_request: Notify,
    closing: CancellationToken,
}

impl Peer {
    /// The client of a connection without TLS.
    pub(crate) fn plain(address: SocketAddr) -> Self {
        Self::new(address, false, None)
    }

    /// The client of a connection with TLS.
    pub(crate) fn tls(address: SocketAddr, certificate: Option<ClientCertificate>) -> Self {
        Self::new(address, true, certificate)
    }

    fn new(address: SocketAddr, is_tls: bool, certificate: Option<ClientCertificate>) -> Self {
        Self {
            inner: Arc::new(Inner {
                address,
                is_tls,
                certificate,
                had_request: AtomicBool::new(false),
                first_request: Notify::new(),
                closing: CancellationToken::new(),
            }),
        }
    }

    /// Where it connected from. Behind a proxy that is the proxy.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.inner.address
    }

    /// The scheme of its requests: `https` over TLS, otherwise `http`.
    #[must_use]
    pub fn scheme(&self) -> &'static str {
        if self.inner.is_tls { "https" } else { "http" }
    }

    /// The certificate that it proved to own, from a configured authority; `None` if it sent none.
    #[must_use]
    pub fn certificate(&self) -> Option<&ClientCertificate> {
        self.inner.certificate.as_ref()
    }

    /// Completes when the connection has reached its maximum age and the grace is over: streams
    /// must end now, with a status, or are cut a moment later.
    pub fn closing(&self) -> impl Future<Output = ()> + Send + use<> {
        self.inner.closing.clone().cancelled_owned()
    }

    pub(super) fn close(&self) {
        self.inner.closing.cancel();
    }

    pub(super) fn note_request(&self) {
        // Read first: only the first request writes.
        if !self.had_request() && !self.inner.had_request.swap(true, Ordering::Relaxed) {
            self.inner.first_request.notify_one();
        }
    }

    /// Completes once, at the first request.
    pub(super) async fn first_request(&self) {
        self.inner.first_request.notified().await;
    }

    pub(super) fn had_request(&self) -> bool {
        self.inner.had_request.load(Ordering::Relaxed)
    }
}
