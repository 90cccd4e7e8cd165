//! The TLS files change while clients connect and disconnect.

use std::time::Duration;

use axum::http::StatusCode;
use tokio::time::{sleep, timeout};
use tokio_rustls::rustls::pki_types::CertificateDer;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_util::task::TaskTracker;
use waba_migrator::http_server::{Settings, Tls, TlsSettings};

use super::authorities::{Authority, Identity, with_clients};
use super::harness::{PATIENCE, ServerHarness};
use super::tls::shake;
use crate::support::defaults;

/// Interval of the checks for changes.
const OFTEN: Duration = Duration::from_millis(20);

fn load(files: TlsSettings, reload_interval: Duration) -> Tls {
    Tls::load(TlsSettings {
        reload_interval,
        ..files
    })
    .unwrap()
}

fn der(identity: &Identity) -> CertificateDer<'static> {
    CertificateDer::from_pem_slice(identity.certificate.as_bytes()).unwrap()
}

/// Waits until new connections receive this certificate.
async fn until_shown(
    server: &ServerHarness,
    authority: &Authority,
    identity: &Identity,
    poke: impl Fn(),
) {
    let shown = async {
        loop {
            poke();
            let (mut caller, shown) = shake(server, authority, None).await.unwrap();
            let (status, _) = caller.get("/hello").await.unwrap();
            assert_eq!(
                status,
                StatusCode::OK,
                "there is always a usable certificate"
            );
            if shown == der(identity) {
                return;
            }
            sleep(OFTEN).await;
        }
    };
    timeout(PATIENCE, shown)
        .await
        .expect("the certificate was not used in time");
}

#[tokio::test]
async fn new_connections_get_the_new_certificate_and_old_ones_continue() {
    let folder = tempfile::tempdir().unwrap();
    let authority = Authority::new("ours");
    let (old, new) = (authority.server("old"), authority.server("new"));
    let tls = load(old.write(folder.path()), OFTEN);
    let server = ServerHarness::encrypted(defaults::http(), tls).await;
    let (mut early, shown) = shake(&server, &authority, None).await.unwrap();
    assert_eq!(shown, der(&old));
    new.write(folder.path());
    until_shown(&server, &authority, &new, || {}).await;
    let (status, _) = early.get("/hello").await.unwrap();
    assert_eq!(status, StatusCode::OK);
}

#[tokio::test]
async fn files_that_cannot_be_used_change_nothing_until_they_are_fixed() {
    let folder = tempfile::tempdir().unwrap();
    let authority = Authority::new("ours");
    let (old, new) = (authority.server("old"), authority.server("new"));
    let files = old.write(folder.path());
    let tls = load(files.clone(), OFTEN);
    let server = ServerHarness::encrypted(defaults::http(), tls).await;
    for broken in ["", "-----BEGIN CERTIFICATE-----\nAAAA", &new.certificate] {
        std::fs::write(&files.certificate, broken).unwrap();
        // Time for several checks.
        sleep(OFTEN * 5).await;
        let (_, shown) = shake(&server, &authority, None).await.unwrap();
        assert_eq!(shown, der(&old), "after {broken:?}");
    }
    new.write(folder.path());
    until_shown(&server, &authority, &new, || {}).await;
}

#[tokio::test]
async fn a_client_of_a_removed_authority_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let (ours, next) = (Authority::new("ours"), Authority::new("next"));
    let files = with_clients(
        ours.server("server").write(folder.path()),
        folder.path(),
        &ours,
        true,
    );
    let clients = files.clients.clone().unwrap().file;
    let server = ServerHarness::encrypted(defaults::http(), load(files, OFTEN)).await;
    let (before, after) = (
        ours.identity("a", Vec::new()),
        next.identity("b", Vec::new()),
    );
    let is_served = async |identity: &Identity| match shake(&server, &ours, Some(identity)).await {
        Ok((mut caller, _)) => caller.get("/hello").await.is_ok(),
        Err(_) => false,
    };
    assert!(is_served(&before).await && !is_served(&after).await);
    std::fs::write(clients, next.pem()).unwrap();
    let changed = async {
        while !is_served(&after).await {
            sleep(OFTEN).await;
        }
    };
    timeout(PATIENCE, changed)
        .await
        .expect("the file was not reloaded in time");
    assert!(!is_served(&before).await);
}

#[tokio::test]
async fn connections_of_clients_of_a_removed_authority_are_closed_and_others_continue() {
    let folder = tempfile::tempdir().unwrap();
    let (ours, leaving) = (Authority::new("ours"), Authority::new("leaving"));
    let files = ours.server("server").write(folder.path());
    let files = with_clients(files, folder.path(), &ours, false);
    let clients = files.clients.clone().unwrap().file;
    std::fs::write(&clients, ours.pem() + &leaving.pem()).unwrap();
    let patient = Settings {
        handshake_timeout: PATIENCE * 2,
        ..defaults::http()
    };
    let server = ServerHarness::encrypted(patient, load(files, OFTEN)).await;
    let connect = async |identity: Option<&Identity>| {
        let (mut caller, _) = shake(&server, &ours, identity).await.unwrap();
        let (status, _) = caller.get("/hello").await.unwrap();
        assert_eq!(status, StatusCode::OK);
        caller
    };
    let (stays, goes) = (
        ours.identity("stays", Vec::new()),
        leaving.identity("goes", Vec::new()),
    );
    let mut others = [connect(Some(&stays)).await, connect(None).await];
    let mut distrusted = connect(Some(&goes)).await;
    let in_progress = TaskTracker::new().spawn(distrusted.start("/gate"));
    server.until_waiting(1).await;
    // A connection without a request is closed, too.
    let (silent, _) = shake(&server, &ours, Some(&goes)).await.unwrap();

    std::fs::write(&clients, ours.pem()).unwrap();
    // The connection accepts no more requests, and finishes those in progress.
    while distrusted.get("/hello").await.is_ok() {
        sleep(OFTEN).await;
    }
    silent.until_closed().await;
    server.open_gate(1);
    assert_eq!(in_progress.await.unwrap().unwrap().status(), StatusCode::OK);
    distrusted.until_closed().await;
    for other in &mut others {
        let (status, _) = other.get("/hello").await.unwrap();
        assert_eq!(status, StatusCode::OK);
    }
}

#[tokio::test]
async fn sighup_reloads_the_files_at_once() {
    // From here on the signal does not end this process.
    let _listener = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::hangup()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let authority = Authority::new("ours");
    let (old, new) = (authority.server("old"), authority.server("new"));
    let tls = load(old.write(folder.path()), Duration::from_hours(1));
    let server = ServerHarness::encrypted(defaults::http(), tls).await;
    let (_, shown) = shake(&server, &authority, None).await.unwrap();
    assert_eq!(shown, der(&old));
    new.write(folder.path());
    until_shown(&server, &authority, &new, || {
        let process = std::process::id().to_string();
        let sent = std::process::Command::new("kill")
            .args(["-HUP", &process])
            .status();
        assert!(sent.unwrap().success());
    })
    .await;
}
