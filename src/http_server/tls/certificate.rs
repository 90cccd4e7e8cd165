//! The identity in a client certificate.

use std::sync::Arc;

use tokio_rustls::rustls::pki_types::CertificateDer;
use x509_cert::Certificate;
use x509_cert::der::Decode as _;
use x509_cert::der::asn1::Ia5String;
use x509_cert::ext::pkix::SubjectAltName;
use x509_cert::ext::pkix::name::GeneralName;

/// The identity in a client certificate that a configured authority has issued. Cheap to clone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientCertificate {
    subject: Arc<str>,
    names: Arc<[String]>,
}

impl ClientCertificate {
    /// Parses a verified certificate; `None` if it cannot be parsed, and so identifies no one.
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
            .inspect_err(|error| tracing::info!(%error, "cannot parse a client certificate"))
            .ok()
    }

    /// The subject, for display: `CN=billing,O=Acme`.
    #[must_use]
    pub fn subject(&self) -> &str {
        &self.subject
    }

    /// The alternative names: DNS names, URIs and email addresses. No text fits two of these kinds.
    #[must_use]
    pub fn names(&self) -> &[String] {
        &self.names
    }
}

/// A name that fits its kind only. A name that looks like another kind is ignored: otherwise an
/// authority that checks one kind strictly could be made to certify such a name as another kind.
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
