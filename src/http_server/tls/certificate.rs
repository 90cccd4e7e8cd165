//! Who a client proved to be.

use std::sync::Arc;

use tokio_rustls::rustls::pki_types::CertificateDer;
use x509_cert::Certificate;
use x509_cert::der::Decode as _;
use x509_cert::der::asn1::Ia5String;
use x509_cert::ext::pkix::SubjectAltName;
use x509_cert::ext::pkix::name::GeneralName;

/// What a client's certificate says of the client. It was verified: an authority of the configuration vouches for it. A
/// clone is the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientCertificate {
    subject: Arc<str>,
    names: Arc<[String]>,
}

impl ClientCertificate {
    /// Reads a certificate that was verified. `None` where it is not one that can be read: nobody is known by it then.
    pub(crate) fn read(certificate: &CertificateDer<'_>) -> Option<Self> {
        let read = || {
            let certificate = Certificate::from_der(certificate)?;
            let content = certificate.tbs_certificate();
            let names = content.get_extension::<SubjectAltName>()?;
            let names = names.map_or_else(Vec::new, |(_, SubjectAltName(names))| names);
            Ok::<_, x509_cert::der::Error>(Self {
                subject: content.subject().to_string().into(),
                names: names.iter().filter_map(name).collect(),
            })
        };
        read()
            .inspect_err(|error| tracing::warn!(%error, "a client's certificate cannot be read"))
            .ok()
    }

    /// Its subject, for a person to read: `CN=billing,O=Acme`. Says nothing that names do not say better.
    #[must_use]
    pub fn subject(&self) -> &str {
        &self.subject
    }

    /// Its alternative names: DNS names, URIs and email addresses. No text can be of two of these kinds.
    #[must_use]
    pub fn names(&self) -> &[String] {
        &self.names
    }
}

/// A name that can be told from those of the other kinds. One that looks like another kind is left out, so that an
/// authority that is strict with one kind alone cannot be made to vouch for a name of that kind by means of another.
fn name(name: &GeneralName) -> Option<String> {
    let (text, fits): (&Ia5String, fn(&str) -> bool) = match name {
        GeneralName::DnsName(text) => (text, |text| !text.contains([':', '/', '@'])),
        GeneralName::UniformResourceIdentifier(text) => (text, |text| text.contains(':')),
        GeneralName::Rfc822Name(text) => (text, |text| {
            text.contains('@') && !text.contains([':', '/'])
        }),
        _ => return None,
    };
    let text = text.as_str();
    (!text.is_empty() && fits(text)).then(|| text.to_owned())
}
