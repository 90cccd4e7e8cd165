//! Clients that send nothing, send slowly, or do not read: each is disconnected, without effect on
//! others.

use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpSocket;
use tokio::time::timeout;
use waba_migrator::http_server::{Settings, Tls};

use super::authorities::Authority;
use super::clients::{HELLO, Http2Client, PREFACE, dribble, request, until_closed, until_served};
use super::harness::{MUCH, PATIENCE, ServerHarness};
use crate::support::defaults;

/// A timeout that well-behaved clients keep.
const SOON: Duration = Duration::from_secs(1);

fn impatient() -> Settings {
    Settings {
        handshake_timeout: SOON,
        ..defaults::http()
    }
}

#[tokio::test]
async fn a_silent_client_is_disconnected() {
    let server = ServerHarness::with(impatient()).await;
    let mut silent = server.connect().await;
    until_served(&server).await;
    assert_eq!(until_closed(&mut silent).await, "");
}

#[tokio::test]
async fn a_client_without_a_request_is_sent_goaway() {
    let server = ServerHarness::with(impatient()).await;
    let idle = Http2Client::connect(&server).await;
    idle.until_closed().await;
    let dismissed = async {
        loop {
            let mut deaf = server.connect().await;
            let _ = deaf.write_all(PREFACE).await;
            // A frame of type 7, GOAWAY. On a busy machine the timeout may be over before the
            // preface arrives.
            if until_closed(&mut deaf).await.contains("\0\0\x08\x07") {
                return;
            }
        }
    };
    timeout(PATIENCE, dismissed).await.expect("no GOAWAY came");
}

#[tokio::test]
async fn headers_that_arrive_byte_by_byte_time_out() {
    let server = ServerHarness::with(impatient()).await;
    for beginning in [
        b"GET /hello HTTP/1.1\r\nx-long: ".to_vec(),
        b"PRI * HTT".to_vec(),
        [PREFACE, b"\0\x20\0\x01\x04\0\0\0\x01\x82\x86\x04"].concat(),
    ] {
        let mut slow = server.connect().await;
        slow.write_all(&beginning).await.unwrap();
        dribble(&mut slow, b'a').await;
        until_served(&server).await;
    }
    assert!(!server.task.is_finished());
}

#[tokio::test]
async fn a_tls_handshake_times_out() {
    let folder = tempfile::tempdir().unwrap();
    let files = Authority::new("ours").server("server").write(folder.path());
    let tls = Tls::load(files).unwrap();
    let server = ServerHarness::encrypted(impatient(), tls).await;
    let mut silent = server.connect().await;
    let mut slow = server.connect().await;
    // The start of a record with a ClientHello.
    slow.write_all(&[22, 3, 1, 2, 0, 1, 0, 1, 252, 3, 3])
        .await
        .unwrap();
    dribble(&mut slow, 0).await;
    until_closed(&mut silent).await;
}

#[tokio::test]
async fn a_connection_that_does_not_acknowledge_pings_is_closed() {
    let server = ServerHarness::with(Settings {
        keep_alive_interval: Duration::from_millis(200),
        keep_alive_timeout: Duration::from_secs(3),
        ..defaults::http()
    })
    .await;
    let mut lively = Http2Client::connect(&server).await;
    lively.get("/hello").await.unwrap();
    let mut half_open = server.connect().await;
    half_open
        .write_all(&[PREFACE, HELLO].concat())
        .await
        .unwrap();
    let received = until_closed(&mut half_open).await;
    assert!(
        received.contains("unauthenticated"),
        "it was answered before: {received:?}"
    );
    lively
        .get("/hello")
        .await
        .expect("the other connection acknowledges pings");
}

#[tokio::test]
async fn a_body_that_does_not_arrive_delays_no_other_client() {
    let server = ServerHarness::with(defaults::http()).await;
    let mut caller = Http2Client::connect(&server).await;
    let endless = axum::body::Body::from_stream(futures_util::stream::pending::<
        Result<Vec<u8>, std::io::Error>,
    >());
    let never = axum::http::Request::post("http://x/swallow")
        .body(endless)
        .unwrap();
    tokio::select! {
        answer = caller.send(never) => panic!("{answer:?}"),
        () = until_served(&server) => {}
    }
}

#[tokio::test]
async fn a_slow_reader_is_disconnected() {
    let server = ServerHarness::with(Settings {
        send_timeout: Duration::from_millis(200),
        max_connections: 2,
        ..defaults::http()
    })
    .await;
    // Its connection answers pings, but the window of this stream stays closed.
    let mut deaf = Http2Client::connect(&server).await;
    let untaken = deaf.send(request("/much")).await.unwrap();
    until_served(&server).await;
    deaf.until_closed().await;
    drop(untaken);
}

#[tokio::test]
async fn a_slow_reader_over_http_1_is_disconnected() {
    let server = ServerHarness::with(Settings {
        send_timeout: Duration::from_millis(200),
        max_connections: 1,
        ..defaults::http()
    })
    .await;
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(4096).unwrap();
    let mut deaf = socket.connect(server.address).await.unwrap();
    deaf.write_all(b"GET /much HTTP/1.1\r\nhost: x\r\n\r\n")
        .await
        .unwrap();
    // The only connection slot is free again.
    until_served(&server).await;
    let mut taken = Vec::new();
    let _ = deaf.read_to_end(&mut taken).await;
    assert!(taken.len() < MUCH, "{}", taken.len());
}

#[tokio::test]
async fn a_client_that_reads_slowly_but_steadily_gets_the_whole_response() {
    let server = ServerHarness::with(Settings {
        send_timeout: SOON,
        ..defaults::http()
    })
    .await;
    let mut slow = server.connect().await;
    slow.write_all(b"GET /much HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
        .await
        .unwrap();
    let (mut taken, mut piece) = (0, vec![0; 256 << 10]);
    loop {
        let some = slow.read(&mut piece).await.unwrap();
        if some == 0 {
            break;
        }
        taken += some;
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    assert!(taken > MUCH, "{taken}");
}
