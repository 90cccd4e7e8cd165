//! TLS: which certificates are trusted, and which identity they prove.

use std::io;
use std::sync::Arc;

use rcgen::SanType;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore};
use waba_migrator::http_server::{Tls, TlsSettings};

use super::authorities::{Authority, Identity, with_clients};
use super::clients::Http2Client;
use super::harness::ServerHarness;
use crate::support::defaults;

/// A client that trusts an authority and may have a certificate; and the server certificate that it
/// received.
pub async fn shake(
    server: &ServerHarness,
    trusted: &Authority,
    identity: Option<&Identity>,
) -> io::Result<(Http2Client, CertificateDer<'static>)> {
    let mut roots = RootCertStore::empty();
    roots
        .add(CertificateDer::from_pem_slice(trusted.pem().as_bytes()).unwrap())
        .unwrap();
    let config = ClientConfig::builder().with_root_certificates(roots);
    let mut config = match identity {
        None => config.with_no_client_auth(),
        Some(identity) => {
            let certificate = CertificateDer::from_pem_slice(identity.certificate.as_bytes());
            let key = PrivateKeyDer::from_pem_slice(identity.key.as_bytes());
            config
                .with_client_auth_cert(vec![certificate.unwrap()], key.unwrap())
                .unwrap()
        }
    };
    config.alpn_protocols = vec![b"h2".to_vec()];
    let name = ServerName::try_from("localhost").unwrap();
    let connector = TlsConnector::from(Arc::new(config));
    let stream = connector.connect(name, server.connect().await).await?;
    let shown = stream.get_ref().1.peer_certificates().unwrap()[0].clone();
    assert_eq!(stream.get_ref().1.alpn_protocol(), Some(b"h2".as_slice()));
    let caller = Http2Client::over(stream).await.map_err(io::Error::other)?;
    Ok((caller, shown))
}

/// The response of `/hello`; `None` if the client is refused.
async fn hello(
    server: &ServerHarness,
    trusted: &Authority,
    shows: Option<&Identity>,
) -> Option<String> {
    let (mut caller, _) = shake(server, trusted, shows).await.ok()?;
    Some(caller.get("/hello").await.ok()?.1)
}

fn load(files: TlsSettings) -> Tls {
    Tls::load(files).unwrap()
}

#[tokio::test]
async fn a_client_trusts_a_server_of_its_authority_and_no_other() {
    let folder = tempfile::tempdir().unwrap();
    let (ours, other) = (Authority::new("ours"), Authority::new("other"));
    let files = ours.server("server").write(folder.path());
    let server = ServerHarness::encrypted(defaults::http(), load(files)).await;
    assert_eq!(
        hello(&server, &ours, None).await.as_deref(),
        Some("unauthenticated")
    );
    assert_eq!(hello(&server, &other, None).await, None);
    // A client without TLS is not served.
    let mut plain = Http2Client::over(server.connect().await).await.unwrap();
    assert!(plain.get("/hello").await.is_err());
    assert_eq!(server.peers(), 1);
}

#[tokio::test]
async fn a_client_is_authenticated_by_a_certificate_of_our_authority_only() {
    let (ours, other) = (Authority::new("ours"), Authority::new("other"));
    let names = || {
        vec![
            SanType::DnsName("billing.acme.example".try_into().unwrap()),
            SanType::URI("spiffe://acme.example/billing".try_into().unwrap()),
            SanType::Rfc822Name("ops@acme.example".try_into().unwrap()),
            SanType::IpAddress("10.0.0.1".parse().unwrap()),
            // A name of one kind that looks like another kind.
            SanType::DnsName("spiffe://acme.example/root".try_into().unwrap()),
        ]
    };
    let (client, untrusted) = (
        ours.identity("billing", names()),
        other.identity("billing", names()),
    );
    let known = "CN=billing billing.acme.example spiffe://acme.example/billing ops@acme.example";
    for required in [true, false] {
        let folder = tempfile::tempdir().unwrap();
        let files = ours.server("server").write(folder.path());
        let files = with_clients(files, folder.path(), &ours, required);
        let server = ServerHarness::encrypted(defaults::http(), load(files)).await;
        let with = |shows| hello(&server, &ours, shows);
        assert_eq!(with(Some(&client)).await.as_deref(), Some(known));
        assert_eq!(with(Some(&untrusted)).await, None);
        let unauthenticated = (!required).then(|| "unauthenticated".to_owned());
        assert_eq!(with(None).await, unauthenticated);
        // A server certificate is accepted from a client, too: it is of the same authority.
        let server = ours.server("server");
        assert_eq!(
            with(Some(&server)).await.as_deref(),
            Some("CN=server localhost")
        );
    }
}
