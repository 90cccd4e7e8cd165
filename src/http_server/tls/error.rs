//! Why the TLS files cannot be used: the setting, the file and the fix.

use std::path::PathBuf;

use tokio_rustls::rustls;
use tokio_rustls::rustls::pki_types::pem;

/// The TLS files cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A file cannot be read.
    #[error(
        "{setting} names {}, which cannot be read: it must exist and be readable by this process",
        path.display()
    )]
    Unreadable {
        /// The setting that names it.
        setting: &'static str,
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// A file is damaged.
    #[error(
        "{setting} names {}, which is incomplete or damaged: write it again, as PEM",
        path.display()
    )]
    Damaged {
        /// The setting that names it.
        setting: &'static str,
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: pem::Error,
    },
    /// A file holds no certificate.
    #[error(
        "{setting} names {}, which holds no certificate: it must be PEM with a BEGIN CERTIFICATE \
         section",
        path.display()
    )]
    NoCertificate {
        /// The setting that names it.
        setting: &'static str,
        /// The file.
        path: PathBuf,
    },
    /// The key file holds no key.
    #[error(
        "tls.key_file names {}, which holds no private key: it must be PEM with a BEGIN PRIVATE KEY \
         section, not encrypted with a passphrase",
        path.display()
    )]
    NoKey {
        /// The file.
        path: PathBuf,
    },
    /// The key does not belong to the certificate.
    #[error(
        "the key of tls.key_file ({}) does not belong to the first certificate of \
         tls.certificate_file ({}): they must be a pair, and the server certificate must come \
         before the intermediate ones",
        key.display(), certificate.display()
    )]
    OtherKey {
        /// The key's file.
        key: PathBuf,
        /// The certificate's file.
        certificate: PathBuf,
    },
    /// The contents of a file are not usable for its purpose.
    #[error("{setting} names {}, which cannot be used", path.display())]
    Unusable {
        /// The setting that names it.
        setting: &'static str,
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The TLS library rejects the configuration.
    #[error("TLS cannot be set up")]
    Refused(#[source] rustls::Error),
}
