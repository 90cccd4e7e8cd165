//! Limits on connections, streams and headers.

use axum::http::{Request, StatusCode};
use tokio::io::AsyncWriteExt as _;
use waba_migrator::http_server::Settings;

use super::clients::{Http2Client, request, until_closed, until_served};
use super::harness::ServerHarness;
use crate::support::defaults;

#[tokio::test]
async fn connections_beyond_the_limit_are_closed_at_once() {
    let server = ServerHarness::with(Settings {
        max_connections: 10,
        ..defaults::http()
    })
    .await;
    let mut flood = Vec::new();
    for _ in 0..200 {
        flood.push(server.connect().await);
    }
    // They were accepted in this order.
    let beyond = flood.split_off(10);
    for mut socket in beyond {
        assert_eq!(until_closed(&mut socket).await, "");
    }
    flood.pop();
    until_served(&server).await;
    let mut lasting = flood.pop().unwrap();
    lasting
        .write_all(b"GET /hello HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
        .await
        .unwrap();
    let output = until_closed(&mut lasting).await;
    assert!(output.starts_with("HTTP/1.1 200"), "{output}");
}

#[tokio::test]
async fn a_connection_has_a_limited_number_of_concurrent_requests() {
    let server = ServerHarness::with(Settings {
        max_streams: 2,
        ..defaults::http()
    })
    .await;
    let mut caller = Http2Client::connect(&server).await;
    // The client knows the limit after the first response.
    caller.get("/hello").await.unwrap();
    let gates = [(); 3].map(|()| {
        let asked = caller.start("/gate");
        tokio_util::task::TaskTracker::new().spawn(asked)
    });
    server.until_waiting(2).await;
    until_served(&server).await;
    assert_eq!(server.waiting(), 2, "the third is held back");
    server.open_gate(1);
    server.until_waiting(3).await;
    server.open_gate(2);
    for gate in gates {
        assert_eq!(gate.await.unwrap().unwrap().status(), StatusCode::OK);
    }
}

#[tokio::test]
async fn headers_beyond_the_limit_are_refused_with_http_431() {
    let server = ServerHarness::with(defaults::http()).await;
    let mut caller = Http2Client::connect(&server).await;
    let with = |bytes: usize| {
        let (mut parts, body) = request("/hello").into_parts();
        parts
            .headers
            .insert("x-long", "a".repeat(bytes).parse().unwrap());
        Request::from_parts(parts, body)
    };
    let small = caller.send(with(12_000)).await.unwrap();
    assert_eq!(small.status(), StatusCode::OK);
    let large = caller.send(with(20_000)).await.unwrap();
    assert_eq!(large.status(), StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE);
    let after = caller.get("/hello").await.unwrap();
    assert_eq!(
        after.0,
        StatusCode::OK,
        "the connection is as good as before"
    );

    let mut old = server.connect().await;
    let head = format!(
        "GET /hello HTTP/1.1\r\nhost: x\r\nx-long: {}\r\n\r\n",
        "a".repeat(20_000)
    );
    old.write_all(head.as_bytes()).await.unwrap();
    let output = until_closed(&mut old).await;
    assert!(output.starts_with("HTTP/1.1 431"), "{output}");
}

#[tokio::test]
async fn endless_headers_close_the_connection() {
    let server = ServerHarness::with(defaults::http()).await;
    let mut flooding = server.connect().await;
    let mut flood = super::clients::PREFACE.to_vec();
    // HEADERS and CONTINUATION frames of 4 MiB in all.
    flood.extend(b"\0\0\x04\x01\0\0\0\0\x01\x82\x86\x84\x00");
    for _ in 0..256 {
        flood.extend(b"\0\x40\0\x09\0\0\0\0\x01");
        flood.extend(vec![0; 16 << 10]);
    }
    // The server may close before all of it is written.
    let _ = flooding.write_all(&flood).await;
    until_closed(&mut flooding).await;
    until_served(&server).await;
}
