//! Failures below HTTP: the effect of a call is unknown only if the call was sent.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::time::Duration;

use domain::{Effect, Fault, Reason};
use wiremock::ResponseTemplate;

use super::{FakeMeta, access, client, number_id, pin};

use crate::support::graph::Writes as _;

async fn register_at(uri: &str) -> Fault {
    let client = client(uri, |_| {});
    client
        .session(&access())
        .register(&number_id(), &pin())
        .await
        .unwrap_err()
}

/// A server that accepts one connection, reads some bytes, writes `answer` and disconnects.
fn hangs_up_after(answer: &'static [u8]) -> (u16, std::thread::JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let thread = std::thread::spawn(move || {
        let (mut connection, _) = listener.accept().unwrap();
        let _ = connection.read(&mut [0; 4096]).unwrap();
        connection.write_all(answer).unwrap();
    });
    (port, thread)
}

#[tokio::test]
async fn a_refused_connection_changed_nothing() {
    let closed = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let fault = register_at(&format!("http://{closed}")).await;
    assert_eq!(
        (fault.reason, fault.effect),
        (Reason::GraphUnreachable, Effect::None)
    );
    assert_eq!(fault.graph_error.unwrap().http_status, 0);
}

#[tokio::test]
async fn a_failed_tls_handshake_changed_nothing() {
    let (port, thread) = hangs_up_after(b"HTTP/1.1 200 OK\r\n\r\n");
    let fault = register_at(&format!("https://127.0.0.1:{port}")).await;
    thread.join().unwrap();
    assert_eq!(
        (fault.reason, fault.effect),
        (Reason::GraphUnreachable, Effect::None)
    );
}

#[tokio::test]
async fn a_connection_lost_after_the_call_leaves_the_effect_unknown() {
    for answer in [
        &b""[..],
        b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{\"succ",
    ] {
        let (port, thread) = hangs_up_after(answer);
        let fault = register_at(&format!("http://127.0.0.1:{port}")).await;
        thread.join().unwrap();
        assert_eq!(
            (fault.reason, fault.effect),
            (Reason::GraphUnreachable, Effect::Unknown)
        );
    }
}

#[tokio::test]
async fn a_timeout_after_the_call_leaves_the_effect_unknown() {
    let late = || ResponseTemplate::new(200).set_delay(Duration::from_secs(30));
    let meta =
        FakeMeta::with(|settings| settings.register_timeout = Duration::from_millis(50)).await;
    let fault = meta.register(late()).await.unwrap_err();
    assert_eq!(
        (fault.reason, fault.effect),
        (Reason::GraphTimeout, Effect::Unknown)
    );

    let meta = FakeMeta::with(|settings| settings.timeout = Duration::from_millis(50)).await;
    meta.responds("GET", "/106540352242922", late()).await;
    let fault = meta.session().number(&number_id()).await.unwrap_err();
    assert_eq!(
        (fault.reason, fault.effect),
        (Reason::GraphTimeout, Effect::None),
        "a read changes nothing"
    );
}
