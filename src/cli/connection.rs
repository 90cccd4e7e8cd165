//! Why no connection to the service was made, as a sentence with the flag that helps.

use super::client::Address;
use super::failure::{Failure, LocalReason};
use crate::config::masked_url;

/// A failure to connect, or of an open connection, with this root cause.
pub(super) fn failure(address: &Address, cause: &str) -> Failure {
    let server = masked_url(address.url());
    let encrypted = server.starts_with("https://");
    match tls_advice(encrypted, cause) {
        Some(advice) => Failure::local(
            LocalReason::Tls,
            format!("--server {server}: {advice} ({cause})"),
        ),
        None => Failure::local(
            LocalReason::NoService,
            format!(
                "no service answers at {server}: {cause}{}",
                advice(address, encrypted, cause)
            ),
        ),
    }
}

/// What to do if there is no service, or one that closed the connection.
fn advice(address: &Address, encrypted: bool, cause: &str) -> &'static str {
    // The service may have sent a TLS alert before it closed the connection, which is lost if the
    // request was not written yet.
    let closed = ["connection closed", "broken pipe", "reset by peer"]
        .iter()
        .any(|text| cause.to_lowercase().contains(text));
    match (encrypted, closed) {
        (false, false) => ". Start one with `waba-migrator serve`, or set its URL with --server",
        (false, true) => ". If it requires TLS, use https://",
        (true, true) if address.client_certificate_file.is_some() => {
            ". It may not accept the client certificate"
        }
        (true, true) => {
            ". If it requires a client certificate, name it with --client-certificate-file and its \
             key with --client-key-file"
        }
        (true, false) => "",
    }
}

/// What is wrong with TLS, and what to do.
fn tls_advice(encrypted: bool, cause: &str) -> Option<&'static str> {
    if !encrypted {
        // A TLS alert, read as HTTP/2.
        return cause.contains("frame with invalid size").then_some(
            "the service seems to require TLS: use https://, and --ca-file if its certificate is \
             from a CA of your own",
        );
    }
    // The names are those of rustls's errors.
    [
        (
            "InvalidContentType",
            "the service does not use TLS at this port: use http://",
        ),
        (
            "CertificateRequired",
            "the service requires a client certificate: name it with --client-certificate-file \
             and its key with --client-key-file",
        ),
        (
            "UnknownIssuer",
            "the service's certificate is not from a CA that this machine trusts: name the CA's \
             certificate with --ca-file",
        ),
        (
            "NotValidForName",
            "the service's certificate is for another host name: use that name in --server",
        ),
        (
            "Expired",
            "the service's certificate has expired: its operator must renew it",
        ),
        (
            "NotValidYet",
            "the service's certificate is not valid yet: check this machine's clock",
        ),
        (
            "UnknownCA",
            "the service does not accept the client certificate: it is from another CA",
        ),
        (
            "DecryptError",
            "the service does not accept the client certificate: it is from another CA",
        ),
        (
            "HandshakeFailure",
            "the service and this program have no TLS version or cipher in common",
        ),
    ]
    .into_iter()
    .find(|(name, _)| cause.contains(name))
    .map(|(_, advice)| advice)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tls_problem_names_the_flag() {
        for (server, cause, flag) in [
            (
                "https://a",
                "received corrupt message of type InvalidContentType",
                "http://",
            ),
            (
                "http://a",
                "connection error detected: frame with invalid size",
                "https://",
            ),
            (
                "https://a",
                "received fatal alert: CertificateRequired",
                "--client-certificate-file",
            ),
            (
                "https://a",
                "invalid peer certificate: UnknownIssuer",
                "--ca-file",
            ),
        ] {
            let failure = failure(&Address::of(server), cause);
            let text = failure.to_string();
            assert!(text.contains(flag) && text.contains(cause), "{text}");
            let json = failure.json();
            assert_eq!(json["error"]["details"][0]["reason"], "TLS", "{json}");
        }
        let missing = failure(&Address::of("http://a"), "connection refused").to_string();
        assert!(
            missing.starts_with("no service answers at http://a"),
            "{missing}"
        );
    }
}
