//! The files of TLS change while connections come and go.

use std::time::Duration;

use axum::http::StatusCode;
use tokio::time::{sleep, timeout};
use tokio_rustls::rustls::pki_types::CertificateDer;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_util::task::TaskTracker;
use waba_migrator::http_server::{Settings, Tls, TlsSettings};

use super::authorities::{Authority, Identity, with_clients};
use super::harness::{PATIENCE, Stand};
use super::tls::shake;
use crate::support::defaults;

/// How often the files are looked at.
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

/// Waits until new connections are shown this certificate.
async fn until_shown(stand: &Stand, authority: &Authority, identity: &Identity, poke: impl Fn()) {
    let shown = async {
        loop {
            poke();
            let (mut caller, shown) = shake(stand, authority, None).await.unwrap();
            let (status, _) = caller.get("/hello").await.unwrap();
            assert_eq!(
                status,
                StatusCode::OK,
                "there is always one that can be used"
            );
            if shown == der(identity) {
                return;
            }
            sleep(OFTEN).await;
        }
    };
    timeout(PATIENCE, shown).await.expect("it was never shown");
}

#[tokio::test]
async fn new_connections_are_shown_the_new_certificate_and_old_ones_go_on() {
    let folder = tempfile::tempdir().unwrap();
    let authority = Authority::new("ours");
    let (old, new) = (authority.server("old"), authority.server("new"));
    let tls = load(old.write(folder.path()), OFTEN);
    let stand = Stand::encrypted(defaults::http(), tls).await;
    let (mut early, shown) = shake(&stand, &authority, None).await.unwrap();
    assert_eq!(shown, der(&old));
    new.write(folder.path());
    until_shown(&stand, &authority, &new, || {}).await;
    let (status, _) = early.get("/hello").await.unwrap();
    assert_eq!(status, StatusCode::OK);
}

#[tokio::test]
async fn what_cannot_be_used_changes_nothing_until_it_is_mended() {
    let folder = tempfile::tempdir().unwrap();
    let authority = Authority::new("ours");
    let (old, new) = (authority.server("old"), authority.server("new"));
    let files = old.write(folder.path());
    let tls = load(files.clone(), OFTEN);
    let stand = Stand::encrypted(defaults::http(), tls).await;
    for broken in ["", "-----BEGIN CERTIFICATE-----\nAAAA", &new.certificate] {
        std::fs::write(&files.certificate, broken).unwrap();
        // Time enough to look several times.
        sleep(OFTEN * 5).await;
        let (_, shown) = shake(&stand, &authority, None).await.unwrap();
        assert_eq!(shown, der(&old), "after {broken:?}");
    }
    new.write(folder.path());
    until_shown(&stand, &authority, &new, || {}).await;
}

#[tokio::test]
async fn a_client_of_an_authority_that_is_no_longer_named_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let (ours, next) = (Authority::new("ours"), Authority::new("next"));
    let files = with_clients(
        ours.server("server").write(folder.path()),
        folder.path(),
        &ours,
        true,
    );
    let clients = files.clients.clone().unwrap().file;
    let stand = Stand::encrypted(defaults::http(), load(files, OFTEN)).await;
    let (before, after) = (
        ours.identity("a", Vec::new()),
        next.identity("b", Vec::new()),
    );
    let served = async |identity: &Identity| match shake(&stand, &ours, Some(identity)).await {
        Ok((mut caller, _)) => caller.get("/hello").await.is_ok(),
        Err(_) => false,
    };
    assert!(served(&before).await && !served(&after).await);
    std::fs::write(clients, next.pem()).unwrap();
    let changed = async {
        while !served(&after).await {
            sleep(OFTEN).await;
        }
    };
    timeout(PATIENCE, changed).await.expect("it was never read");
    assert!(!served(&before).await);
}

#[tokio::test]
async fn connections_of_clients_whose_authority_left_are_closed_and_those_of_others_go_on() {
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
    let stand = Stand::encrypted(patient, load(files, OFTEN)).await;
    let connect = async |identity: Option<&Identity>| {
        let (mut caller, _) = shake(&stand, &ours, identity).await.unwrap();
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
    let under_way = TaskTracker::new().spawn(distrusted.start("/gate"));
    stand.until_waiting(1).await;
    // One that has only shaken hands is closed, too.
    let (silent, _) = shake(&stand, &ours, Some(&goes)).await.unwrap();

    std::fs::write(&clients, ours.pem()).unwrap();
    // The connection takes nothing more, and is still there for what it took.
    while distrusted.get("/hello").await.is_ok() {
        sleep(OFTEN).await;
    }
    silent.until_closed().await;
    stand.open_gate(1);
    assert_eq!(under_way.await.unwrap().unwrap().status(), StatusCode::OK);
    distrusted.until_closed().await;
    for other in &mut others {
        let (status, _) = other.get("/hello").await.unwrap();
        assert_eq!(status, StatusCode::OK);
    }
}

#[tokio::test]
async fn a_hangup_reads_the_files_at_once() {
    // From here on the signal does not end this process.
    let _heard = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::hangup()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let authority = Authority::new("ours");
    let (old, new) = (authority.server("old"), authority.server("new"));
    let tls = load(old.write(folder.path()), Duration::from_hours(1));
    let stand = Stand::encrypted(defaults::http(), tls).await;
    let (_, shown) = shake(&stand, &authority, None).await.unwrap();
    assert_eq!(shown, der(&old));
    new.write(folder.path());
    until_shown(&stand, &authority, &new, || {
        let process = std::process::id().to_string();
        let sent = std::process::Command::new("kill")
            .args(["-HUP", &process])
            .status();
        assert!(sent.unwrap().success());
    })
    .await;
}
