//! TLS: the certificate that is shown, the authorities that clients' certificates must come from, and both anew when their
//! files change.

mod certificate;
mod error;
mod files;
mod reload;

use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::{self, ServerConfig};
use tokio_rustls::server::TlsStream;
use tokio_util::sync::CancellationToken;

pub use certificate::ClientCertificate;
pub use error::Error;
pub use files::{ClientAuthorities, Files};

use reload::Stamps;

/// TLS as its files say. A clone is the same.
#[derive(Debug, Clone)]
pub struct Tls {
    files: Arc<Files>,
    current: watch::Sender<Arc<ServerConfig>>,
    /// The files when they were read first.
    stamps: Stamps,
    look_every: Duration,
}

/// Whether a handshake failed because the client did not prove to be one of ours. Other failures tell nothing: whoever
/// knocks at a port to see what is behind it makes one.
pub(super) fn is_refusal(error: &io::Error) -> bool {
    let refusal = error.get_ref().and_then(|error| error.downcast_ref());
    matches!(
        refusal,
        Some(rustls::Error::InvalidCertificate(_) | rustls::Error::NoCertificatesPresented)
    )
}

impl Tls {
    /// Reads the files, and will look every so often whether they have changed.
    pub fn load(files: Files, look_every: Duration) -> Result<Self, Error> {
        // Before they are read: a change in between is found later rather than never.
        let stamps = Stamps::of(&files);
        let current = watch::Sender::new(Arc::new(files.read()?));
        Ok(Self {
            files: Arc::new(files),
            current,
            stamps,
            look_every,
        })
    }

    /// Reads the files again whenever they have changed, and when the process gets SIGHUP, until `stop`. What cannot be used
    /// changes nothing. Connections that are there stay as they are.
    pub(super) async fn keep_fresh(self, stop: CancellationToken) {
        stop.run_until_cancelled(reload::run(self)).await;
    }

    /// Shakes hands, and answers who the client proved to be.
    pub(super) async fn accept(
        &self,
        socket: TcpStream,
    ) -> io::Result<(TlsStream<TcpStream>, Option<ClientCertificate>)> {
        let config = Arc::clone(&self.current.borrow());
        let stream = TlsAcceptor::from(config).accept(socket).await?;
        let (_, session) = stream.get_ref();
        let certificate = session
            .peer_certificates()
            .and_then(<[_]>::first)
            .and_then(|certificate| ClientCertificate::read(certificate));
        Ok((stream, certificate))
    }
}
