//! `[tls]`: TLS on the API's door.

use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use jiff::SignedDuration;

use super::Reader;

/// TLS on the API's door.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tls {
    /// The server's certificate and those between it and its root.
    pub certificate_file: PathBuf,
    /// Its key.
    pub key_file: PathBuf,
    /// The authorities that clients' certificates come from; without them none is asked for.
    pub client_ca_file: Option<PathBuf>,
    /// Whether a client must have one.
    pub client_certificates: ClientCertificates,
    /// How often the files are looked at for changes.
    pub reload_interval: Duration,
}

/// Whether a client must have a certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ClientCertificates {
    /// A client without one is refused.
    #[default]
    Required,
    /// One that has none may come all the same.
    Optional,
}

/// Neither of the two.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be required or optional")]
pub struct Invalid;

const CERTIFICATE: &str = "tls.certificate_file";
const KEY: &str = "tls.key_file";
const CLIENT_CA: &str = "tls.client_ca_file";

impl Tls {
    /// `None` where the door is open in the clear: no certificate is set.
    pub(super) fn read(reader: &mut Reader<'_>) -> Option<Self> {
        let mut file = |key| Some(reader.text(key)).filter(|text| !text.is_empty());
        let (certificate, key, client_ca) = (file(CERTIFICATE), file(KEY), file(CLIENT_CA));
        let client_certificates = reader.parsed("tls.client_certificates").unwrap_or_default();
        let reload_interval = reader.timeout(
            "tls.reload_interval",
            SignedDuration::from_millis(100)..=SignedDuration::from_hours(24),
        );
        match (certificate, key) {
            (Some(certificate), Some(key)) => Some(Self {
                certificate_file: certificate.into(),
                key_file: key.into(),
                client_ca_file: client_ca.map(PathBuf::from),
                client_certificates,
                reload_interval,
            }),
            (None, Some(_)) => {
                reader.problem(KEY, "needs tls.certificate_file: the two belong together");
                None
            }
            (Some(_), None) => {
                reader.problem(CERTIFICATE, "needs tls.key_file: the two belong together");
                None
            }
            (None, None) => {
                if client_ca.is_some() {
                    reader.problem(
                        CLIENT_CA,
                        "needs tls.certificate_file and tls.key_file: clients show a certificate over TLS alone",
                    );
                }
                None
            }
        }
    }
}

impl FromStr for ClientCertificates {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        match text {
            "required" => Ok(Self::Required),
            "optional" => Ok(Self::Optional),
            _ => Err(Invalid),
        }
    }
}
