//! TLS: who is believed, who is not, and what is known of those who are.

use std::io;
use std::sync::Arc;

use rcgen::SanType;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore};
use waba_migrator::http_server::{Tls, TlsSettings};

use super::authorities::{Authority, Identity, with_clients};
use super::clients::Caller;
use super::harness::Stand;
use crate::support::defaults;

/// A client that believes an authority, and shows a certificate where it has one. Also the certificate that it was shown.
pub async fn shake(
    stand: &Stand,
    believes: &Authority,
    identity: Option<&Identity>,
) -> io::Result<(Caller, CertificateDer<'static>)> {
    let mut roots = RootCertStore::empty();
    roots
        .add(CertificateDer::from_pem_slice(believes.pem().as_bytes()).unwrap())
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
    let stream = connector.connect(name, stand.connect().await).await?;
    let shown = stream.get_ref().1.peer_certificates().unwrap()[0].clone();
    assert_eq!(stream.get_ref().1.alpn_protocol(), Some(b"h2".as_slice()));
    let caller = Caller::over(stream).await.map_err(io::Error::other)?;
    Ok((caller, shown))
}

/// What a client is told when it says hello; `None` where it is refused.
async fn hello(stand: &Stand, believes: &Authority, shows: Option<&Identity>) -> Option<String> {
    let (mut caller, _) = shake(stand, believes, shows).await.ok()?;
    Some(caller.get("/hello").await.ok()?.1)
}

fn load(files: TlsSettings) -> Tls {
    Tls::load(files).unwrap()
}

#[tokio::test]
async fn a_client_believes_a_server_of_its_authority_and_no_other() {
    let folder = tempfile::tempdir().unwrap();
    let (ours, other) = (Authority::new("ours"), Authority::new("other"));
    let files = ours.server("server").write(folder.path());
    let stand = Stand::encrypted(defaults::http(), load(files)).await;
    assert_eq!(hello(&stand, &ours, None).await.as_deref(), Some("nobody"));
    assert_eq!(hello(&stand, &other, None).await, None);
    // A client that does not know of TLS is not served in the clear.
    let mut plain = Caller::over(stand.connect().await).await.unwrap();
    assert!(plain.get("/hello").await.is_err());
    assert_eq!(stand.peers(), 1);
}

#[tokio::test]
async fn a_client_is_known_by_a_certificate_of_our_authority_alone() {
    let (ours, other) = (Authority::new("ours"), Authority::new("other"));
    let names = || {
        vec![
            SanType::DnsName("billing.acme.example".try_into().unwrap()),
            SanType::URI("spiffe://acme.example/billing".try_into().unwrap()),
            SanType::Rfc822Name("ops@acme.example".try_into().unwrap()),
            SanType::IpAddress("10.0.0.1".parse().unwrap()),
            // A name of one kind that looks like one of another.
            SanType::DnsName("spiffe://acme.example/root".try_into().unwrap()),
        ]
    };
    let (client, stranger) = (
        ours.identity("billing", names()),
        other.identity("billing", names()),
    );
    let known = "CN=billing billing.acme.example spiffe://acme.example/billing ops@acme.example";
    for required in [true, false] {
        let folder = tempfile::tempdir().unwrap();
        let files = ours.server("server").write(folder.path());
        let files = with_clients(files, folder.path(), &ours, required);
        let stand = Stand::encrypted(defaults::http(), load(files)).await;
        let with = |shows| hello(&stand, &ours, shows);
        assert_eq!(with(Some(&client)).await.as_deref(), Some(known));
        assert_eq!(with(Some(&stranger)).await, None);
        let nobody = (!required).then(|| "nobody".to_owned());
        assert_eq!(with(None).await, nobody);
        // As a server's certificate would be, if it were shown by a client: the same authority, and names of its own.
        let server = ours.server("server");
        assert_eq!(
            with(Some(&server)).await.as_deref(),
            Some("CN=server localhost")
        );
    }
}
