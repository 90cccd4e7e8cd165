//! How many and how much: connections, streams, headers.

use axum::http::{Request, StatusCode};
use tokio::io::AsyncWriteExt as _;
use waba_migrator::http_server::Settings;

use super::clients::{Caller, request, until_closed, until_served};
use super::harness::Stand;
use crate::support::defaults;

#[tokio::test]
async fn connections_beyond_the_limit_are_closed_at_once() {
    let stand = Stand::with(Settings {
        max_connections: 10,
        ..defaults::http()
    })
    .await;
    let mut flood = Vec::new();
    for _ in 0..200 {
        flood.push(stand.connect().await);
    }
    // They were accepted in this order.
    let beyond = flood.split_off(10);
    for mut socket in beyond {
        assert_eq!(until_closed(&mut socket).await, "");
    }
    flood.pop();
    until_served(&stand).await;
    let mut lasting = flood.pop().unwrap();
    lasting
        .write_all(b"GET /hello HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
        .await
        .unwrap();
    let said = until_closed(&mut lasting).await;
    assert!(said.starts_with("HTTP/1.1 200"), "{said}");
}

#[tokio::test]
async fn a_connection_carries_so_many_requests_at_once() {
    let stand = Stand::with(Settings {
        max_streams: 2,
        ..defaults::http()
    })
    .await;
    let mut caller = Caller::connect(&stand).await;
    // The client has heard of the limit when it has its first answer.
    caller.get("/hello").await.unwrap();
    let gates = [(); 3].map(|()| {
        let asked = caller.start("/gate");
        tokio_util::task::TaskTracker::new().spawn(asked)
    });
    stand.until_waiting(2).await;
    until_served(&stand).await;
    assert_eq!(stand.waiting(), 2, "the third is held back");
    stand.open_gate(1);
    stand.until_waiting(3).await;
    stand.open_gate(2);
    for gate in gates {
        assert_eq!(gate.await.unwrap().unwrap().status(), StatusCode::OK);
    }
}

#[tokio::test]
async fn headers_beyond_the_limit_are_refused_with_http_431() {
    let stand = Stand::with(defaults::http()).await;
    let mut caller = Caller::connect(&stand).await;
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

    let mut old = stand.connect().await;
    let head = format!(
        "GET /hello HTTP/1.1\r\nhost: x\r\nx-long: {}\r\n\r\n",
        "a".repeat(20_000)
    );
    old.write_all(head.as_bytes()).await.unwrap();
    let said = until_closed(&mut old).await;
    assert!(said.starts_with("HTTP/1.1 431"), "{said}");
}

#[tokio::test]
async fn headers_without_end_cost_the_connection() {
    let stand = Stand::with(defaults::http()).await;
    let mut flooding = stand.connect().await;
    let mut flood = super::clients::PREFACE.to_vec();
    // Headers that go on, and continuations that go on further: 4 MiB.
    flood.extend(b"\0\0\x04\x01\0\0\0\0\x01\x82\x86\x84\x00");
    for _ in 0..256 {
        flood.extend(b"\0\x40\0\x09\0\0\0\0\x01");
        flood.extend(vec![0; 16 << 10]);
    }
    // The other side may close before all of it is written.
    let _ = flooding.write_all(&flood).await;
    until_closed(&mut flooding).await;
    until_served(&stand).await;
}
