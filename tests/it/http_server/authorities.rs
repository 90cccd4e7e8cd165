//! Certificate authorities and certificates.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, SanType};
use waba_migrator::http_server::{ClientAuthorities, TlsSettings};

/// A certificate authority.
pub struct Authority(CertifiedIssuer<'static, KeyPair>);

/// A certificate and its key, as PEM.
pub struct Identity {
    pub certificate: String,
    pub key: String,
}

impl Authority {
    pub fn new(name: &str) -> Self {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name.push(DnType::CommonName, name);
        Self(CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap())
    }

    pub fn pem(&self) -> String {
        self.0.pem()
    }

    /// A certificate with these names.
    pub fn identity(&self, subject: &str, names: Vec<SanType>) -> Identity {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::default();
        params.distinguished_name.remove(DnType::CommonName);
        params.distinguished_name.push(DnType::CommonName, subject);
        params.subject_alt_names = names;
        Identity {
            certificate: params.signed_by(&key, &self.0).unwrap().pem(),
            key: key.serialize_pem(),
        }
    }

    /// A server certificate, identified by its subject.
    pub fn server(&self, subject: &str) -> Identity {
        let names = vec![
            SanType::DnsName("localhost".try_into().unwrap()),
            SanType::IpAddress("127.0.0.1".parse().unwrap()),
        ];
        self.identity(subject, names)
    }
}

impl Identity {
    /// Writes both into a folder as the files of a server.
    pub fn write(&self, folder: &Path) -> TlsSettings {
        let files = TlsSettings {
            certificate: folder.join("server.pem"),
            key: folder.join("server.key"),
            clients: None,
            reload_interval: Duration::from_mins(1),
        };
        fs::write(&files.certificate, &self.certificate).unwrap();
        fs::write(&files.key, &self.key).unwrap();
        files
    }
}

/// The same files with an authority of client certificates.
pub fn with_clients(
    files: TlsSettings,
    folder: &Path,
    authority: &Authority,
    required: bool,
) -> TlsSettings {
    let file: PathBuf = folder.join("clients.pem");
    fs::write(&file, authority.pem()).unwrap();
    TlsSettings {
        clients: Some(ClientAuthorities { file, required }),
        ..files
    }
}
