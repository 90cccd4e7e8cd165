//! The transport of the test clients: gRPC, or REST with `TEST_TRANSPORT=rest`.
//!
//! With REST the same generated client sends each call as the JSON that an integrator would write,
//! so that one suite tests both transports. It shares only the contract with the service.

mod answer;
mod events;
mod request;

use std::pin::Pin;
use std::task::{Context, Poll};

use axum::http::{Request, Response};
use prost::Message as _;
use prost_reflect::DescriptorPool;
use tonic::body::Body;
use tonic::codegen::Service;
use tonic::transport::{Channel, Endpoint};

use request::Contract;

type Error = Box<dyn std::error::Error + Send + Sync>;

/// A connection to the service.
#[derive(Debug, Clone)]
pub enum Transport {
    Grpc(Channel),
    Rest(Rest),
}

/// A connection over REST.
#[derive(Debug, Clone)]
pub struct Rest {
    url: String,
    http: reqwest::Client,
    contract: Contract,
}

impl Transport {
    /// Connects with the transport of this run.
    pub async fn connect(url: &str) -> Self {
        if is_rest() {
            return Self::Rest(Rest {
                url: url.to_owned(),
                http: reqwest::Client::new(),
                contract: Contract::read(),
            });
        }
        let endpoint = Endpoint::from_shared(url.to_owned()).unwrap();
        Self::Grpc(endpoint.connect().await.unwrap())
    }
}

/// Whether this run uses REST.
#[expect(
    clippy::disallowed_methods,
    reason = "how the tests are run is no setting of the service"
)]
pub fn is_rest() -> bool {
    std::env::var("TEST_TRANSPORT").is_ok_and(|name| name == "rest")
}

/// The contract, with the messages of error details.
fn pool() -> DescriptorPool {
    let mut pool = DescriptorPool::decode(waba_migrator::proto::DESCRIPTORS).unwrap();
    let set = prost_types::FileDescriptorSet::decode(tonic_types::pb::FILE_DESCRIPTOR_SET).unwrap();
    let new = set.file.into_iter();
    let new: Vec<_> = new
        .filter(|file| pool.get_file_by_name(file.name()).is_none())
        .collect();
    pool.add_file_descriptor_protos(new).unwrap();
    pool
}

impl Service<Request<Body>> for Transport {
    type Response = Response<Body>;
    type Error = Error;
    type Future = Pin<Box<dyn Future<Output = Result<Response<Body>, Error>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        match self {
            Self::Grpc(channel) => channel.poll_ready(cx).map_err(Into::into),
            Self::Rest(_) => Poll::Ready(Ok(())),
        }
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        match self {
            Self::Grpc(channel) => {
                let answer = channel.call(request);
                Box::pin(async move { Ok(answer.await?) })
            }
            Self::Rest(rest) => {
                let rest = rest.clone();
                Box::pin(async move { rest.call(request).await })
            }
        }
    }
}

impl Rest {
    #[expect(clippy::disallowed_methods, reason = "calls the service, not Meta")]
    async fn call(self, request: Request<Body>) -> Result<Response<Body>, Error> {
        let (rpc, request) = self
            .contract
            .request(&self.http, &self.url, request)
            .await?;
        let response = request.send().await?;
        answer::read(&rpc, response).await
    }
}
