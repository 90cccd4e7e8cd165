//! Whether the certificate of a connected client is still trusted.

use std::sync::Arc;

use tokio::sync::watch;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::CertificateDer;
use tokio_rustls::rustls::server::danger::ClientCertVerifier;

/// The TLS files as last read.
#[derive(Debug)]
pub(super) struct LoadedTls {
    pub(super) config: Arc<ServerConfig>,
    /// Verifies client certificates; `None`: none is asked for.
    pub(super) clients: Option<Arc<dyn ClientCertVerifier>>,
}

/// The certificates of a client, and updates of the authorities that they must come from.
#[derive(Debug)]
pub(in crate::http_server) struct ClientTrust {
    chain: Vec<CertificateDer<'static>>,
    updates: watch::Receiver<Arc<LoadedTls>>,
}

impl LoadedTls {
    /// Whether a handshake would accept these certificates now, the client's own first.
    fn accepts(&self, chain: &[CertificateDer<'static>]) -> bool {
        let (Some(clients), Some((own, others))) = (&self.clients, chain.split_first()) else {
            return false;
        };
        let now = self.config.time_provider.current_time();
        now.is_some_and(|now| clients.verify_client_cert(own, others, now).is_ok())
    }
}

impl ClientTrust {
    /// Trust in these certificates, the client's own first, which a handshake has accepted.
    pub(super) const fn new(
        chain: Vec<CertificateDer<'static>>,
        updates: watch::Receiver<Arc<LoadedTls>>,
    ) -> Self {
        Self { chain, updates }
    }

    /// Completes when the files were reloaded and no longer accept the certificates: their
    /// authority was removed, or they have expired.
    pub(in crate::http_server) async fn lost(&mut self) {
        while self.updates.changed().await.is_ok() {
            let loaded = Arc::clone(&self.updates.borrow_and_update());
            if !loaded.accepts(&self.chain) {
                return;
            }
        }
        // The files are no longer reloaded: the process stops.
        std::future::pending::<()>().await;
    }
}
