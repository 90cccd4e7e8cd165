//! TLS files that cannot be used.

use std::fs;
use std::path::PathBuf;

use waba_migrator::http_server::{ClientAuthorities, Tls, TlsSettings};

use super::authorities::Authority;

/// One of the files.
type Part = fn(&mut TlsSettings) -> &mut PathBuf;

#[test]
fn files_that_cannot_be_used_are_named_with_the_setting_and_the_fix() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let ours = Authority::new("ours");
    let good = ours.server("server").write(folder.path());
    let half = ours.pem().replace("-----END CERTIFICATE-----", "");
    let nonsense = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    for (name, text) in [
        ("other.key", ours.server("other").key.as_str()),
        ("empty", ""),
        ("half", &half),
        ("nonsense", nonsense),
    ] {
        fs::write(path(name), text).unwrap();
    }
    let certificate: Part = |files| &mut files.certificate;
    let key: Part = |files| &mut files.key;
    let client_ca: Part = |files| &mut files.clients.as_mut().unwrap().file;
    for (setting, part, file, fix) in [
        ("tls.certificate_file", certificate, "nowhere", "must exist"),
        (
            "tls.certificate_file",
            certificate,
            "empty",
            "BEGIN CERTIFICATE",
        ),
        (
            "tls.certificate_file",
            certificate,
            "half",
            "write it again",
        ),
        (
            "tls.certificate_file",
            certificate,
            "nonsense",
            "cannot be used",
        ),
        ("tls.key_file", key, "nowhere", "must exist"),
        ("tls.key_file", key, "server.pem", "BEGIN PRIVATE KEY"),
        ("tls.key_file", key, "other.key", "must be a pair"),
        (
            "tls.client_ca_file",
            client_ca,
            "empty",
            "BEGIN CERTIFICATE",
        ),
        (
            "tls.client_ca_file",
            client_ca,
            "nonsense",
            "cannot be used",
        ),
    ] {
        let mut files = TlsSettings {
            clients: Some(ClientAuthorities {
                file: path("server.pem"),
                required: true,
            }),
            ..good.clone()
        };
        *part(&mut files) = path(file);
        let error = Tls::load(files).unwrap_err().to_string();
        for part in [setting, file, fix] {
            assert!(error.contains(part), "{error:?} lacks {part:?}");
        }
    }
}
