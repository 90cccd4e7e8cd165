//! Unauthenticated clients that open as many calls as possible and finish none.

use std::net::SocketAddr;
use std::time::Duration;

use futures_util::stream;
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::timeout;
use tonic::transport::Channel;
use tonic::{Code, Status};
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_client::HealthClient;
use tonic_reflection::pb::v1::ServerReflectionRequest;
use tonic_reflection::pb::v1::server_reflection_client::ServerReflectionClient;
use tonic_reflection::pb::v1::server_reflection_request::MessageRequest;
use tonic_types::StatusExt as _;

use super::clients::{Http2Client, status, unfinished};
use super::harness::PATIENCE;
use crate::support::http::address;
use crate::support::program::{Process, Program};

const REFLECT: &str = "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo";
const REFLECT_OLD: &str = "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo";
const CHECK: &str = "/grpc.health.v1.Health/Check";
const WATCH: &str = "/grpc.health.v1.Health/Watch";
const CONNECTIONS: usize = 2;
const CALLS: usize = 100;
/// Maximum memory that the calls may take, bytes.
const MAX_COST: u64 = 32 << 20;

/// A service with authentication, and its address.
fn serve(settings: &[&str]) -> (Process, SocketAddr) {
    let (program, api) = Program::serve()
        .settings(["ops.listen=", "auth.api_keys=true"])
        .settings(settings)
        .listening();
    (program, address(&api))
}

async fn channel(address: SocketAddr) -> Channel {
    let endpoint = Channel::from_shared(format!("http://{address}")).unwrap();
    endpoint.connect().await.unwrap()
}

/// The calls of well-behaved clients: a health probe and reflection.
async fn honest(address: SocketAddr) -> Result<(), Status> {
    let channel = channel(address).await;
    let ask = HealthCheckRequest::default();
    HealthClient::new(channel.clone()).check(ask).await?;
    let ask = ServerReflectionRequest {
        host: String::new(),
        message_request: Some(MessageRequest::ListServices(String::new())),
    };
    let answers = ServerReflectionClient::new(channel)
        .server_reflection_info(stream::iter([ask]))
        .await?;
    let answer = answers.into_inner().message().await?;
    answer.map(|_| ()).ok_or_else(|| Status::internal("none"))
}

/// A flood of calls; dropping it ends them.
struct Flood {
    calls: JoinSet<Status>,
    _connections: Vec<Http2Client>,
}

impl Flood {
    /// Opens the maximum number of calls on each connection, of each service in turn, with this
    /// message.
    async fn begin(address: SocketAddr, announced: usize, sent: usize) -> Self {
        let (mut calls, mut connections) = (JoinSet::new(), Vec::new());
        for _ in 0..CONNECTIONS {
            let socket = TcpStream::connect(address).await.unwrap();
            let connection = Http2Client::over(socket).await.unwrap();
            for path in [REFLECT, REFLECT_OLD, CHECK, WATCH]
                .iter()
                .cycle()
                .take(CALLS)
            {
                let call = connection.begin(unfinished(address, path, announced, sent));
                calls.spawn(async move { status(call.await.unwrap()).await });
            }
            connections.push(connection);
        }
        Self {
            calls,
            _connections: connections,
        }
    }

    /// Waits until this number of calls have ended; their reasons.
    async fn ended(&mut self, calls: usize) -> Vec<String> {
        let mut reasons = Vec::new();
        while reasons.len() < calls {
            let ended = timeout(PATIENCE, self.calls.join_next()).await;
            let ended = ended.expect("the calls do not end").unwrap().unwrap();
            reasons.push(ended.get_details_error_info().unwrap().reason);
        }
        reasons
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_hundred_calls_that_announce_megabytes_cost_little_and_are_refused() {
    let (program, address) = serve(&[]);
    honest(address).await.unwrap();
    let before = program.resident_bytes();
    let mut flood = Flood::begin(address, 4 << 20, (4 << 20) - 1).await;
    let reasons = flood.ended(CONNECTIONS * CALLS).await;
    let cost = program.peak_bytes().saturating_sub(before);
    assert!(cost < MAX_COST, "{cost} bytes");
    let is_right = |it: &String| ["MESSAGE_TOO_LARGE", "TOO_MANY_STREAMS"].contains(&&**it);
    assert!(reasons.iter().all(is_right), "{reasons:?}");
    honest(address).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn two_hundred_calls_that_never_finish_a_message_cost_little_and_exclude_no_client() {
    let (program, address) = serve(&[]);
    honest(address).await.unwrap();
    let before = program.resident_bytes();
    let mut flood = Flood::begin(address, 4096, 4000).await;
    // Each connection admits 8 calls of reflection, 16 of Check and 4 of Watch.
    let beyond = CONNECTIONS * (CALLS - 8 - 16 - 4);
    let reasons = flood.ended(beyond).await;
    let cost = program.peak_bytes().saturating_sub(before);
    assert!(cost < MAX_COST, "{cost} bytes");
    assert!(
        reasons.iter().all(|it| it == "TOO_MANY_STREAMS"),
        "{reasons:?}"
    );
    honest(address).await.unwrap();
    // The admitted ones end, too.
    let reasons = flood.ended(CONNECTIONS * CALLS - beyond).await;
    assert!(
        reasons.iter().all(|it| it == "DEADLINE_EXCEEDED"),
        "{reasons:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn disabled_reflection_is_unimplemented_and_health_still_works() {
    let (_program, address) = serve(&["server.reflection=false"]);
    let refused = honest(address).await.unwrap_err();
    assert_eq!(refused.code(), Code::Unimplemented);
    let mut health = HealthClient::new(channel(address).await);
    let ask = HealthCheckRequest::default;
    health.check(ask()).await.unwrap();
    let mut watch = health.watch(ask()).await.unwrap().into_inner();
    assert!(watch.message().await.unwrap().is_some());
    // The stream stays open.
    let more = timeout(Duration::from_millis(100), watch.message()).await;
    assert!(more.is_err(), "{more:?}");
}
