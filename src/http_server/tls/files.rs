//! The TLS files.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use tokio_rustls::rustls::crypto::{CryptoProvider, aws_lc_rs};
use tokio_rustls::rustls::pki_types::pem::{self, PemObject as _};
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::server::danger::ClientCertVerifier;
use tokio_rustls::rustls::server::{NoServerSessionStorage, WebPkiClientVerifier};
use tokio_rustls::rustls::{Error as RustlsError, RootCertStore, ServerConfig};
use zeroize::Zeroizing;

use super::Error;
use super::trust::LoadedTls;

const CERTIFICATE: &str = "tls.certificate_file";
const KEY: &str = "tls.key_file";
const CLIENT_CA: &str = "tls.client_ca_file";

/// The TLS files, in PEM format.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlsSettings {
    /// The server certificate, followed by its intermediate certificates.
    pub certificate: PathBuf,
    /// The key of the server certificate.
    pub key: PathBuf,
    /// The authorities that client certificates must come from; `None`: no client is asked for one.
    pub clients: Option<ClientAuthorities>,
    /// Interval at which the files are checked for changes.
    pub reload_interval: Duration,
}

/// The authorities of client certificates.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientAuthorities {
    /// Their certificates.
    pub file: PathBuf,
    /// Whether a client without a certificate is refused.
    pub required: bool,
}

impl TlsSettings {
    /// Reads the files.
    pub(super) fn load(&self) -> Result<LoadedTls, Error> {
        // Explicit, so that no process-wide default can change it.
        let provider = Arc::new(aws_lc_rs::default_provider());
        let chain = certificates(CERTIFICATE, &self.certificate)?;
        let key = self.key()?;
        let builder = ServerConfig::builder_with_provider(Arc::clone(&provider))
            .with_safe_default_protocol_versions()
            .map_err(Error::Refused)?;
        let clients = self.clients.as_ref();
        let clients = clients.map(|clients| clients.verifier(provider));
        let clients = clients.transpose()?;
        let builder = match &clients {
            None => builder.with_no_client_auth(),
            Some(verifier) => builder.with_client_cert_verifier(Arc::clone(verifier)),
        };
        let mut config = builder
            .with_single_cert(chain, key)
            .map_err(|error| self.rejected(error))?;
        // No session resumption: it would skip verification of the client certificate, and
        // long-lived connections gain nothing from it.
        config.session_storage = Arc::new(NoServerSessionStorage {});
        config.send_tls13_tickets = 0;
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        Ok(LoadedTls {
            config: Arc::new(config),
            clients,
        })
    }

    /// The paths of all files.
    pub(super) fn paths(&self) -> impl Iterator<Item = &Path> {
        let clients = self.clients.as_ref().map(|clients| clients.file.as_path());
        [self.certificate.as_path(), self.key.as_path()]
            .into_iter()
            .chain(clients)
    }

    fn key(&self) -> Result<PrivateKeyDer<'static>, Error> {
        let path = &self.key;
        match PrivateKeyDer::from_pem_slice(&contents(KEY, path)?) {
            Ok(key) => Ok(key),
            Err(pem::Error::NoItemsFound) => Err(Error::NoKey { path: path.clone() }),
            Err(source) => Err(damaged(KEY, path, source)),
        }
    }

    fn rejected(&self, error: RustlsError) -> Error {
        match error {
            RustlsError::InconsistentKeys(_) => Error::OtherKey {
                key: self.key.clone(),
                certificate: self.certificate.clone(),
            },
            RustlsError::InvalidCertificate(_) => unusable(CERTIFICATE, &self.certificate, error),
            other => unusable(KEY, &self.key, other),
        }
    }
}

impl ClientAuthorities {
    fn verifier(
        &self,
        provider: Arc<CryptoProvider>,
    ) -> Result<Arc<dyn ClientCertVerifier>, Error> {
        let mut roots = RootCertStore::empty();
        for certificate in certificates(CLIENT_CA, &self.file)? {
            roots
                .add(certificate)
                .map_err(|error| unusable(CLIENT_CA, &self.file, error))?;
        }
        let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider);
        let verifier = if self.required {
            verifier
        } else {
            verifier.allow_unauthenticated()
        };
        verifier
            .build()
            .map_err(|error| unusable(CLIENT_CA, &self.file, error))
    }
}

/// The certificates of a file, at least one.
fn certificates(setting: &'static str, path: &Path) -> Result<Vec<CertificateDer<'static>>, Error> {
    let found = CertificateDer::pem_slice_iter(&contents(setting, path)?)
        .collect::<Result<Vec<_>, _>>()
        .map_err(|source| damaged(setting, path, source))?;
    if found.is_empty() {
        return Err(Error::NoCertificate {
            setting,
            path: path.to_owned(),
        });
    }
    Ok(found)
}

fn contents(setting: &'static str, path: &Path) -> Result<Zeroizing<Vec<u8>>, Error> {
    std::fs::read(path)
        .map(Zeroizing::new)
        .map_err(|source| Error::Unreadable {
            setting,
            path: path.to_owned(),
            source,
        })
}

fn damaged(setting: &'static str, path: &Path, source: pem::Error) -> Error {
    Error::Damaged {
        setting,
        path: path.to_owned(),
        source,
    }
}

fn unusable(
    setting: &'static str,
    path: &Path,
    source: impl std::error::Error + Send + Sync + 'static,
) -> Error {
    Error::Unusable {
        setting,
        path: path.to_owned(),
        source: Box::new(source),
    }
}
