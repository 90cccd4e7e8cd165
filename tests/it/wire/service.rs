//! The whole service over TLS, and its own command line as a client of it.

use std::path::Path;
use std::process::Command;

use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use waba_migrator::clock::Clock;
use waba_migrator::lifecycle::Server;

use super::authorities::Authority;
use crate::e2e::stack;

/// Runs the program, and answers how it ended and what it said.
async fn run(arguments: Vec<String>) -> (Option<i32>, String) {
    let output = tokio::task::spawn_blocking(|| {
        Command::new(env!("CARGO_BIN_EXE_waba-migrator"))
            .args(arguments)
            .output()
            .unwrap()
    });
    let output = output.await.unwrap();
    let said = [output.stdout, output.stderr].concat();
    (output.status.code(), String::from_utf8(said).unwrap())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_service_and_its_command_line_speak_tls_with_each_other() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: String| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.display().to_string()
    };
    let (ours, other) = (Authority::new("ours"), Authority::new("other"));
    let files = ours.server("server").write(folder.path());
    let text = |path: &Path| path.display().to_string();
    let (ca, wrong_ca) = (write("ca.pem", ours.pem()), write("other.pem", other.pem()));
    let client = ours.identity("client", Vec::new());
    let (client_certificate, client_key) = (
        write("client.pem", client.certificate),
        write("client.key", client.key),
    );
    let settings = [
        ("tls.certificate_file", text(&files.certificate)),
        ("tls.key_file", text(&files.key)),
        ("tls.client_ca_file", ca.clone()),
    ];
    let config = stack::config(folder.path(), "http://127.0.0.1:9", &settings);
    let server = Server::start(&config, Clock::default()).await.unwrap();
    let url = server.url();
    assert!(url.starts_with("https://127.0.0.1:"), "{url}");
    let stop = CancellationToken::new();
    let service = TaskTracker::new().spawn(server.run_until(stop.clone().cancelled_owned()));

    let list = async |ca: &str, identity: bool| {
        let mut arguments = vec![
            "list",
            "--output",
            "json",
            "--server",
            &url,
            "--ca-file",
            ca,
        ];
        if identity {
            arguments.extend(["--client-certificate-file", &client_certificate]);
            arguments.extend(["--client-key-file", &client_key]);
        }
        run(arguments.into_iter().map(str::to_owned).collect()).await
    };
    let (exit, said) = list(&ca, true).await;
    assert_eq!(exit, Some(0), "{said}");
    let (exit, said) = list(&wrong_ca, true).await;
    assert_eq!(exit, Some(1), "{said}");
    assert!(said.contains("UnknownIssuer"), "{said}");
    let (exit, said) = list(&ca, false).await;
    assert_eq!(exit, Some(1), "{said}");
    stop.cancel();
    service.await.unwrap().unwrap();
}
