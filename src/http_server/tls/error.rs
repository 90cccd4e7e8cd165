//! Why the files of TLS cannot be used: the setting, the file and the mend.

use std::path::PathBuf;

use tokio_rustls::rustls;
use tokio_rustls::rustls::pki_types::pem;

/// The files of TLS cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A file cannot be read.
    #[error("{setting} names {}, which cannot be read: it must be there, and readable by this process", path.display())]
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
    #[error("{setting} names {}, which is not whole: write it again, as PEM", path.display())]
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
    #[error("{setting} names {}, which holds no certificate: it must be PEM, with a part that says BEGIN CERTIFICATE", path.display())]
    NoCertificate {
        /// The setting that names it.
        setting: &'static str,
        /// The file.
        path: PathBuf,
    },
    /// The file of the key holds none.
    #[error(
        "tls.key_file names {}, which holds no private key: it must be PEM, with a part that says BEGIN PRIVATE KEY, and not \
         be encrypted with a passphrase",
        path.display()
    )]
    NoKey {
        /// The file.
        path: PathBuf,
    },
    /// The key is another certificate's.
    #[error(
        "the key of tls.key_file ({}) does not belong to the first certificate of tls.certificate_file ({}): name the two \
         that were made together, the server's own certificate before those of its authorities",
        key.display(), certificate.display()
    )]
    OtherKey {
        /// The key's file.
        key: PathBuf,
        /// The certificate's file.
        certificate: PathBuf,
    },
    /// What a file holds is not what it is needed for.
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
    /// The library refuses what was made of them.
    #[error("TLS cannot be set up")]
    Refused(#[source] rustls::Error),
}
