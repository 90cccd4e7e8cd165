//! A bare tonic service for comparison: every response has the given number of bytes.

use std::future::{Ready, ready};
use std::task::{Context, Poll};

use axum::Router;
use axum::extract::State;
use axum::response::IntoResponse as _;
use axum::routing::post;
use prost::bytes::Bytes;
use tokio::net::TcpListener;
use tonic::codegen::Service;
use tonic::server::Grpc;
use tonic::service::Routes;
use tonic::transport::Server;
use tonic::transport::server::TcpIncoming;
use tonic::{Request, Response, Status};

use super::process::Process;
use super::program::Program;
use super::raw::Raw;

/// Options of the process.
#[derive(Debug, clap::Args)]
pub struct Options {
    /// Size of every response, in bytes.
    size: usize,
}

/// Responds to every request with the same bytes.
#[derive(Debug, Clone)]
struct Echo(Bytes);

/// Its one method.
pub const METHOD: &str = "/load.Echo/Get";

/// Starts it as a process of its own.
pub fn start(size: usize) -> anyhow::Result<Process> {
    let program = Program::of(std::env::current_exe()?, "echo");
    Ok(Process::start(program.args([size.to_string()])))
}

/// Serves until it is killed.
#[expect(clippy::print_stdout, reason = "prints its address")]
pub async fn run(options: &Options) -> anyhow::Result<()> {
    let echo = Echo(Bytes::from(vec![b'x'; options.size]));
    let router = Router::new().route(METHOD, post(answer)).with_state(echo);
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    println!("echo on http://{}", listener.local_addr()?);
    let incoming = TcpIncoming::from(listener).with_nodelay(Some(true));
    Server::builder()
        .add_routes(Routes::from(router))
        .serve_with_incoming(incoming)
        .await?;
    Ok(())
}

async fn answer(
    State(echo): State<Echo>,
    request: axum::extract::Request,
) -> axum::response::Response {
    let answer = Grpc::new(Raw).unary(echo, request).await;
    answer.into_response()
}

impl Service<Request<Bytes>> for Echo {
    type Response = Response<Bytes>;
    type Error = Status;
    type Future = Ready<Result<Response<Bytes>, Status>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Status>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Request<Bytes>) -> Self::Future {
        ready(Ok(Response::new(self.0.clone())))
    }
}
