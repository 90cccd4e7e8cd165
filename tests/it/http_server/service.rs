//! The service over TLS, with the command line as its client.

use std::path::PathBuf;

use rcgen::SanType;
use tempfile::TempDir;
use tokio::task::JoinHandle;
use tokio_util::sync::{CancellationToken, DropGuard};
use tokio_util::task::TaskTracker;
use waba_migrator::lifecycle::Server;
use waba_migrator::util::clock::Clock;

use super::authorities::{Authority, Identity};
use crate::support::program::Program;
use crate::support::service;

/// A service that asks clients for certificates of an authority.
struct TlsService {
    folder: TempDir,
    authority: Authority,
    url: String,
    service: JoinHandle<()>,
    stop: DropGuard,
}

impl TlsService {
    async fn open(settings: &[(&'static str, String)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let authority = Authority::new("ours");
        let files = authority.server("server").write(folder.path());
        let ca = folder.path().join("ca.pem");
        std::fs::write(&ca, authority.pem()).unwrap();
        let tls = [
            ("tls.certificate_file", files.certificate),
            ("tls.key_file", files.key),
            ("tls.client_ca_file", ca),
        ]
        .map(|(key, path)| (key, path.display().to_string()));
        let settings = [&tls, settings].concat();
        let config = service::config(folder.path(), "http://127.0.0.1:9", &settings);
        let server = Server::start(&config, Clock::default()).await.unwrap();
        let url = server.url();
        let stop = CancellationToken::new();
        let serving = server.run_until(stop.clone().cancelled_owned());
        let service = TaskTracker::new().spawn(async { serving.await.unwrap() });
        Self {
            folder,
            authority,
            url,
            service,
            stop: stop.drop_guard(),
        }
    }

    fn write(&self, name: &str, text: &str) -> String {
        let path: PathBuf = self.folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.display().to_string()
    }

    /// The flags of a client with a certificate of the authority with these names.
    fn client_certificate(&self, names: &[&str]) -> Vec<String> {
        let dns = |name: &&str| SanType::DnsName((*name).try_into().unwrap());
        let names = names.iter().map(dns).collect();
        let Identity { certificate, key } = self.authority.identity("client", names);
        vec![
            "--client-certificate-file".to_owned(),
            self.write("client.pem", &certificate),
            "--client-key-file".to_owned(),
            self.write("client.key", &key),
        ]
    }

    /// Runs a command against the service, trusting this authority.
    async fn call(&self, ca: &str, command: &str, shown: &[String]) -> (Option<i32>, String) {
        let line = format!(
            "{command} --output json --server {} --ca-file {ca}",
            self.url
        );
        run(&line, shown).await
    }

    fn ca(&self) -> String {
        self.folder.path().join("ca.pem").display().to_string()
    }

    async fn close(self) {
        drop(self.stop);
        self.service.await.unwrap();
    }
}

/// Runs the program: its exit code and output.
async fn run(line: &str, more: &[String]) -> (Option<i32>, String) {
    let (command, arguments) = line.split_once(' ').unwrap();
    let program = Program::new(command).args(arguments.split(' ')).args(more);
    let finished = program.run_async().await;
    (finished.code(), finished.text())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_command_line_calls_the_service_over_tls() {
    let service = TlsService::open(&[]).await;
    assert!(
        service.url.starts_with("https://127.0.0.1:"),
        "{}",
        service.url
    );
    let wrong_ca = service.write("other.pem", &Authority::new("other").pem());
    let shown = service.client_certificate(&[]);
    let (exit, output) = service.call(&service.ca(), "list", &shown).await;
    assert_eq!(exit, Some(0), "{output}");
    let (exit, output) = service.call(&wrong_ca, "list", &shown).await;
    assert_eq!(exit, Some(1), "{output}");
    assert!(
        output.contains("UnknownIssuer") && output.contains("--ca-file"),
        "{output}"
    );
    let (exit, output) = service.call(&service.ca(), "list", &[]).await;
    assert_eq!(exit, Some(1), "{output}");
    assert!(output.contains("--client-certificate-file"), "{output}");
    let plain = service.url.replace("https://", "http://");
    let (exit, output) = run(&format!("list --server {plain}"), &[]).await;
    assert_eq!(exit, Some(1), "{output}");
    assert!(output.contains("https://"), "{output}");
    service.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_certificate_acts_for_its_own_tenant_only() {
    let names = "billing.example = acme, board.example = acme reader, bakery.example = bakery";
    let service = TlsService::open(&[("auth.certificates", names.to_owned())]).await;
    let store = service.folder.path().join("migrations.db");
    for tenant in ["acme", "bakery"] {
        let line = format!(
            "tenant create {tenant} --store sqlite://{}",
            store.display()
        );
        let (exit, output) = run(&line, &[]).await;
        assert_eq!(exit, Some(0), "{output}");
    }
    let token = service.write("token", "EAAB-token");
    let migrate = format!(
        "migrate +12025550100 --to 215589313241560 --request-id a --access-token-file {token} --wait 0s"
    );
    let ca = service.ca();
    for (name, command, exit, expected) in [
        ("billing.example", migrate.as_str(), 0, "+12025550100"),
        ("board.example", "list", 0, "+12025550100"),
        ("board.example", migrate.as_str(), 3, "ROLE_MAY_NOT"),
        ("bakery.example", "list", 0, r#""migrations":[]"#),
        ("unknown.example", "list", 3, "TENANT_UNKNOWN"),
    ] {
        let (ended, output) = service
            .call(&ca, command, &service.client_certificate(&[name]))
            .await;
        assert_eq!(ended, Some(exit), "{name}: {output}");
        assert!(output.contains(expected), "{name}: {output}");
    }
    service.close().await;
}
