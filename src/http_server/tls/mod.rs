//! TLS: the certificate that is shown, the authorities that clients' certificates must come from, and both again when their
//! files change.

mod certificate;
mod error;
mod files;
mod reload;
mod trust;

use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls;
use tokio_rustls::server::TlsStream;
use tokio_util::sync::CancellationToken;

pub use certificate::ClientCertificate;
pub use error::Error;
pub use files::{ClientAuthorities, Files};

use reload::Stamps;
use trust::Loaded;
pub(super) use trust::Trust;

/// TLS as its files say. A clone is the same.
#[derive(Debug, Clone)]
pub struct Tls {
    files: Arc<Files>,
    current: watch::Sender<Arc<Loaded>>,
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
    /// changes nothing. Connections that are there stay as they are, but for those of clients whose authority left.
    pub(super) async fn keep_fresh(self, stop: CancellationToken) {
        stop.run_until_cancelled(reload::run(self)).await;
    }

    /// Shakes hands, and returns who the client proved to be, and for how long that holds.
    pub(super) async fn accept(
        &self,
        socket: TcpStream,
    ) -> io::Result<(
        TlsStream<TcpStream>,
        Option<ClientCertificate>,
        Option<Trust>,
    )> {
        // Before the handshake: a change during it is not missed.
        let mut news = self.current.subscribe();
        let config = Arc::clone(&news.borrow_and_update().config);
        let stream = TlsAcceptor::from(config).accept(socket).await?;
        let (_, session) = stream.get_ref();
        let chain = session.peer_certificates();
        let own = chain.and_then(<[_]>::first);
        let certificate = own.and_then(|certificate| ClientCertificate::read(certificate));
        let trust = chain.map(|chain| Trust::new(chain.to_vec(), news));
        Ok((stream, certificate, trust))
    }
}
