//! The files that TLS is made of.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio_rustls::rustls::crypto::{CryptoProvider, aws_lc_rs};
use tokio_rustls::rustls::pki_types::pem::{self, PemObject as _};
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::server::danger::ClientCertVerifier;
use tokio_rustls::rustls::server::{NoServerSessionStorage, WebPkiClientVerifier};
use tokio_rustls::rustls::{Error as Refusal, RootCertStore, ServerConfig};
use zeroize::Zeroizing;

use super::Error;
use super::trust::Loaded;

const CERTIFICATE: &str = "tls.certificate_file";
const KEY: &str = "tls.key_file";
const CLIENT_CA: &str = "tls.client_ca_file";

/// The files that TLS is made of, all of them PEM.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Files {
    /// The server's certificate, then those of its authorities, the root left out.
    pub certificate: PathBuf,
    /// The key of the first certificate.
    pub key: PathBuf,
    /// Where clients' certificates must come from; without it none is asked for.
    pub clients: Option<ClientAuthorities>,
}

/// The authorities that clients' certificates come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientAuthorities {
    /// Their certificates.
    pub file: PathBuf,
    /// Whether a client without a certificate is refused.
    pub required: bool,
}

impl Files {
    /// Reads them.
    pub(super) fn read(&self) -> Result<Loaded, Error> {
        // Named, so that it is this one whatever another part of the process has chosen.
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
            .map_err(|refusal| self.refused(refusal))?;
        // Each handshake is a whole one: who resumes a session is not asked again whether the certificate still holds, and
        // connections that live long gain nothing by it.
        config.session_storage = Arc::new(NoServerSessionStorage {});
        config.send_tls13_tickets = 0;
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        Ok(Loaded {
            config: Arc::new(config),
            clients,
        })
    }

    /// Every file, for whoever looks whether one has changed.
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

    fn refused(&self, refusal: Refusal) -> Error {
        match refusal {
            Refusal::InconsistentKeys(_) => Error::OtherKey {
                key: self.key.clone(),
                certificate: self.certificate.clone(),
            },
            Refusal::InvalidCertificate(_) => unusable(CERTIFICATE, &self.certificate, refusal),
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
                .map_err(|refusal| unusable(CLIENT_CA, &self.file, refusal))?;
        }
        let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider);
        let verifier = if self.required {
            verifier
        } else {
            verifier.allow_unauthenticated()
        };
        verifier
            .build()
            .map_err(|refusal| unusable(CLIENT_CA, &self.file, refusal))
    }
}

/// The certificates of a file: one at least.
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
