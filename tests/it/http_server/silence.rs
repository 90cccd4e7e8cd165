//! Clients that say nothing, say it slowly, or do not listen: each loses its connection, and nobody else notices.

use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpSocket;
use tokio::time::timeout;
use waba_migrator::http_server::{Settings, Tls};

use super::authorities::Authority;
use super::clients::{Caller, HELLO, PREFACE, dribble, request, until_closed, until_served};
use super::harness::{MUCH, PATIENCE, Stand};
use crate::support::defaults;

/// No client that means well is slower here.
const SOON: Duration = Duration::from_secs(1);

fn impatient() -> Settings {
    Settings {
        handshake_timeout: SOON,
        ..defaults::http()
    }
}

#[tokio::test]
async fn a_client_that_says_nothing_is_let_go() {
    let stand = Stand::with(impatient()).await;
    let mut silent = stand.connect().await;
    until_served(&stand).await;
    assert_eq!(until_closed(&mut silent).await, "");
}

#[tokio::test]
async fn a_client_that_connects_and_asks_for_nothing_is_told_to_go() {
    let stand = Stand::with(impatient()).await;
    let idle = Caller::connect(&stand).await;
    idle.until_closed().await;
    let told = async {
        loop {
            let mut deaf = stand.connect().await;
            let _ = deaf.write_all(PREFACE).await;
            // A frame of type 7, GOAWAY. On a busy machine the time may be over before the preface has come.
            if until_closed(&mut deaf).await.contains("\0\0\x08\x07") {
                return;
            }
        }
    };
    timeout(PATIENCE, told).await.expect("it was never told");
}

#[tokio::test]
async fn headers_that_come_byte_by_byte_are_not_waited_for() {
    let stand = Stand::with(impatient()).await;
    for beginning in [
        b"GET /hello HTTP/1.1\r\nx-long: ".to_vec(),
        b"PRI * HTT".to_vec(),
        [PREFACE, b"\0\x20\0\x01\x04\0\0\0\x01\x82\x86\x04"].concat(),
    ] {
        let mut slow = stand.connect().await;
        slow.write_all(&beginning).await.unwrap();
        dribble(&mut slow, b'a').await;
        until_served(&stand).await;
    }
    assert!(!stand.task.is_finished());
}

#[tokio::test]
async fn a_tls_handshake_is_not_waited_for() {
    let folder = tempfile::tempdir().unwrap();
    let files = Authority::new("ours").server("server").write(folder.path());
    let tls = Tls::load(files).unwrap();
    let stand = Stand::encrypted(impatient(), tls).await;
    let mut silent = stand.connect().await;
    let mut slow = stand.connect().await;
    // The beginning of a record that holds a ClientHello.
    slow.write_all(&[22, 3, 1, 2, 0, 1, 0, 1, 252, 3, 3])
        .await
        .unwrap();
    dribble(&mut slow, 0).await;
    until_closed(&mut silent).await;
}

#[tokio::test]
async fn a_connection_that_does_not_say_whether_it_lives_is_closed() {
    let stand = Stand::with(Settings {
        keep_alive_interval: Duration::from_millis(200),
        keep_alive_timeout: Duration::from_secs(3),
        ..defaults::http()
    })
    .await;
    let mut lively = Caller::connect(&stand).await;
    lively.get("/hello").await.unwrap();
    let mut half_open = stand.connect().await;
    half_open
        .write_all(&[PREFACE, HELLO].concat())
        .await
        .unwrap();
    let said = until_closed(&mut half_open).await;
    assert!(said.contains("nobody"), "it was answered before: {said:?}");
    lively.get("/hello").await.expect("the other one said so");
}

#[tokio::test]
async fn a_body_that_does_not_come_holds_up_nobody_else() {
    let stand = Stand::with(defaults::http()).await;
    let mut caller = Caller::connect(&stand).await;
    let endless = axum::body::Body::from_stream(futures_util::stream::pending::<
        Result<Vec<u8>, std::io::Error>,
    >());
    let never = axum::http::Request::post("http://x/swallow")
        .body(endless)
        .unwrap();
    tokio::select! {
        answer = caller.send(never) => panic!("{answer:?}"),
        () = until_served(&stand) => {}
    }
}

#[tokio::test]
async fn an_answer_that_nobody_takes_is_given_up() {
    let stand = Stand::with(Settings {
        send_timeout: Duration::from_millis(200),
        max_connections: 2,
        ..defaults::http()
    })
    .await;
    // Its connection lives and answers pings, and the window of this one stream stays shut.
    let mut deaf = Caller::connect(&stand).await;
    let untaken = deaf.send(request("/much")).await.unwrap();
    until_served(&stand).await;
    deaf.until_closed().await;
    drop(untaken);
}

#[tokio::test]
async fn an_answer_over_http_1_that_nobody_takes_is_given_up() {
    let stand = Stand::with(Settings {
        send_timeout: Duration::from_millis(200),
        max_connections: 1,
        ..defaults::http()
    })
    .await;
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(4096).unwrap();
    let mut deaf = socket.connect(stand.address).await.unwrap();
    deaf.write_all(b"GET /much HTTP/1.1\r\nhost: x\r\n\r\n")
        .await
        .unwrap();
    // The one place is free again.
    until_served(&stand).await;
    let mut taken = Vec::new();
    let _ = deaf.read_to_end(&mut taken).await;
    assert!(taken.len() < MUCH, "{}", taken.len());
}

#[tokio::test]
async fn a_slow_client_that_takes_its_answer_all_the_same_gets_it_whole() {
    let stand = Stand::with(Settings {
        send_timeout: SOON,
        ..defaults::http()
    })
    .await;
    let mut slow = stand.connect().await;
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
