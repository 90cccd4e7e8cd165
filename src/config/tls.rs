//! `[tls]`: TLS on the API endpoint.

use std::path::PathBuf;

use jiff::SignedDuration;

use super::Reader;
use crate::http_server::{ClientAuthorities, TlsSettings};

const CERTIFICATE: &str = "tls.certificate_file";
const KEY: &str = "tls.key_file";
const CLIENT_CA: &str = "tls.client_ca_file";

impl TlsSettings {
    /// `None` without a certificate: the endpoint uses plain HTTP.
    pub(super) fn read(reader: &mut Reader<'_>) -> Option<Self> {
        let mut file =
            |key| Some(PathBuf::from(reader.text(key))).filter(|it| *it != PathBuf::new());
        let (certificate, key, client_ca) = (file(CERTIFICATE), file(KEY), file(CLIENT_CA));
        let required = reader.choice(
            "tls.client_certificates",
            &[("required", true), ("optional", false)],
        );
        let reload_interval = reader.timeout(
            "tls.reload_interval",
            SignedDuration::from_millis(100)..=SignedDuration::from_hours(24),
        );
        match (certificate, key) {
            (Some(certificate), Some(key)) => {
                let clients = client_ca.map(|file| ClientAuthorities { file, required });
                return Some(Self {
                    certificate,
                    key,
                    clients,
                    reload_interval,
                });
            }
            (None, Some(_)) => {
                reader.problem(KEY, "needs tls.certificate_file: the two belong together");
            }
            (Some(_), None) => {
                reader.problem(CERTIFICATE, "needs tls.key_file: the two belong together");
            }
            (None, None) if client_ca.is_some() => reader.problem(
                CLIENT_CA,
                "needs tls.certificate_file and tls.key_file: client certificates need TLS",
            ),
            (None, None) => {}
        }
        None
    }
}
