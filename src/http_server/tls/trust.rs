//! Whether the certificate that a client showed is still one of an authority of the configuration.

use std::sync::Arc;

use tokio::sync::watch;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::CertificateDer;
use tokio_rustls::rustls::server::danger::ClientCertVerifier;

/// TLS as its files said when they were read last.
#[derive(Debug)]
pub(super) struct Loaded {
    pub(super) config: Arc<ServerConfig>,
    /// What verifies clients' certificates, where any is asked for.
    pub(super) clients: Option<Arc<dyn ClientCertVerifier>>,
}

/// The certificates that a client showed, and the news of the authorities that they must come from.
#[derive(Debug)]
pub(in crate::http_server) struct Trust {
    chain: Vec<CertificateDer<'static>>,
    news: watch::Receiver<Arc<Loaded>>,
}

impl Loaded {
    /// Whether these certificates, the client's own first, would be accepted in a handshake now.
    fn accepts(&self, chain: &[CertificateDer<'static>]) -> bool {
        let (Some(clients), Some((own, others))) = (&self.clients, chain.split_first()) else {
            return false;
        };
        let now = self.config.time_provider.current_time();
        now.is_some_and(|now| clients.verify_client_cert(own, others, now).is_ok())
    }
}

impl Trust {
    /// In a client that showed these certificates, its own first, in a handshake by what `news` held then.
    pub(super) const fn new(
        chain: Vec<CertificateDer<'static>>,
        news: watch::Receiver<Arc<Loaded>>,
    ) -> Self {
        Self { chain, news }
    }

    /// Completes when the files were read again and the certificates are no longer accepted: their authority left, or their time
    /// is over.
    pub(in crate::http_server) async fn lost(&mut self) {
        while self.news.changed().await.is_ok() {
            let loaded = Arc::clone(&self.news.borrow_and_update());
            if !loaded.accepts(&self.chain) {
                return;
            }
        }
        // The files are not read any more: the process stops.
        std::future::pending::<()>().await;
    }
}
