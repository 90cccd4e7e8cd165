//! The memory budget of request bodies.

use std::net::SocketAddr;
use std::time::Duration;

use axum::body::Body;
use axum::http::{Request, Response, StatusCode, header};
use hyper::body::Incoming;
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};
use tonic::Code;
use tonic_types::StatusExt as _;

use super::clients::{Http2Client, status, unfinished};
use super::harness::PATIENCE;
use crate::support::http::address;
use crate::support::program::Program;

const GET_STATUS: &str = "/waba.migration.v1.MigrationService/GetStatus";
/// Size of a call's body, bytes: much more than that of a small one.
const BYTES: usize = 60_000;
const BUDGET: &str = "server.max_request_bytes_in_flight=1048576";

fn whole_of_rest(address: SocketAddr) -> Request<Body> {
    let body = format!("{{\"reference\": \"{}\"}}", "x".repeat(BYTES));
    Request::post(format!("http://{address}/v1/migrations"))
        .header(header::CONTENT_TYPE, "application/json")
        .body(Body::from(body))
        .unwrap()
}

async fn text(answer: Response<Incoming>) -> String {
    let body = axum::body::to_bytes(Body::new(answer.into_body()), 1 << 20).await;
    String::from_utf8(body.unwrap().into()).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_beyond_the_budget_are_refused_and_later_ones_are_not() {
    let (_program, api) = Program::serve()
        .settings(["ops.listen=", BUDGET])
        .listening();
    let address = address(&api);
    let connect = async || {
        let socket = TcpStream::connect(address).await.unwrap();
        Http2Client::over(socket).await.unwrap()
    };
    let (slow, mut honest) = (connect().await, connect().await);
    // Calls are added until the budget is used up, in whatever order their pieces are read.
    let mut calls = JoinSet::new();
    let refused = loop {
        assert!(calls.len() < 150, "no call was refused");
        for _ in 0..10 {
            let call = slow.begin(unfinished(address, GET_STATUS, 65_000, BYTES));
            calls.spawn(async move { status(call.await.unwrap()).await });
        }
        let answer = honest.send(whole_of_rest(address)).await.unwrap();
        if answer.status() != StatusCode::BAD_REQUEST {
            break answer;
        }
    };
    assert_eq!(refused.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert!(refused.headers().contains_key(header::RETRY_AFTER));
    let output = text(refused).await;
    assert!(output.contains("TOO_MANY_REQUEST_BYTES"), "{output}");
    let refused = timeout(PATIENCE, calls.join_next()).await;
    let refused = refused.expect("no call was refused").unwrap().unwrap();
    assert_eq!(refused.code(), Code::ResourceExhausted);
    let info = refused.get_details_error_info().unwrap();
    assert_eq!(info.reason, "TOO_MANY_REQUEST_BYTES");
    assert!(
        refused
            .message()
            .contains("server.max_request_bytes_in_flight")
    );
    let retry = refused.get_details_retry_info().unwrap();
    assert!(retry.retry_delay.is_some());
    // A request without a body, or with a small one, still fits.
    let small = Request::get(format!("http://{address}/v1/migrations"));
    let small = honest
        .send(small.body(Body::empty()).unwrap())
        .await
        .unwrap();
    assert_eq!(small.status(), StatusCode::OK);

    drop((calls, slow));
    let again = async {
        loop {
            let answer = honest.send(whole_of_rest(address)).await.unwrap();
            if answer.status() != StatusCode::SERVICE_UNAVAILABLE {
                return answer;
            }
            sleep(Duration::from_millis(10)).await;
        }
    };
    let answer = timeout(PATIENCE, again)
        .await
        .expect("the budget was not returned");
    assert_eq!(answer.status(), StatusCode::BAD_REQUEST);
    assert!(text(answer).await.contains("INVALID_FIELDS"));
}
