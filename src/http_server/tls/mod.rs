//! TLS: the server certificate, the authorities of client certificates, and reloading of both.

mod certificate;
mod error;
mod files;
mod reload;
mod trust;

use std::io;
use std::sync::Arc;

use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls;
use tokio_rustls::server::TlsStream;
use tokio_util::sync::CancellationToken;

pub use certificate::ClientCertificate;
pub use error::Error;
pub use files::{ClientAuthorities, TlsSettings};

use reload::FileHashes;
pub(super) use trust::ClientTrust;
use trust::LoadedTls;

/// TLS as configured by its files. Cheap to clone; clones share state.
#[derive(Debug, Clone)]
pub struct Tls {
    files: Arc<TlsSettings>,
    current: watch::Sender<Arc<LoadedTls>>,
    /// Hashes of the files when they were first read.
    hashes: FileHashes,
}

/// Whether a handshake failed because the client sent no valid certificate. Other failures mean
/// nothing: every port scan causes one.
pub(super) fn is_refusal(error: &io::Error) -> bool {
    let cause = error.get_ref().and_then(|error| error.downcast_ref());
    matches!(
        cause,
        Some(rustls::Error::InvalidCertificate(_) | rustls::Error::NoCertificatesPresented)
    )
}

impl Tls {
    /// Reads the files.
    pub fn load(files: TlsSettings) -> Result<Self, Error> {
        // Before the files are read, so that a change in between is noticed later.
        let hashes = FileHashes::of(&files);
        let current = watch::Sender::new(Arc::new(files.load()?));
        Ok(Self {
            files: Arc::new(files),
            current,
            hashes,
        })
    }

    /// Reads the files again when they have changed and at each SIGHUP, until `stop`. Files that
    /// cannot be used change nothing. Open connections continue, except those of clients whose
    /// authority was removed.
    pub(super) async fn reload_on_change(self, stop: CancellationToken) {
        reload::run(self, stop).await;
    }

    /// Performs the handshake. Also returns the client certificate and whether it stays trusted.
    pub(super) async fn accept(
        &self,
        socket: TcpStream,
    ) -> io::Result<(
        TlsStream<TcpStream>,
        Option<ClientCertificate>,
        Option<ClientTrust>,
    )> {
        // Before the handshake, so that no change during it is missed.
        let mut updates = self.current.subscribe();
        let config = Arc::clone(&updates.borrow_and_update().config);
        let stream = TlsAcceptor::from(config).accept(socket).await?;
        let (_, session) = stream.get_ref();
        let chain = session.peer_certificates();
        let own = chain.and_then(<[_]>::first);
        let certificate = own.and_then(|certificate| ClientCertificate::read(certificate));
        let trust = chain.map(|chain| ClientTrust::new(chain.to_vec(), updates));
        Ok((stream, certificate, trust))
    }
}
