//! The router of REST, with gRPC behind it.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{FromRequestParts as _, RawPathParams, Request, State};
use axum::http::Method;
use axum::middleware::from_fn_with_state;
use axum::response::Response;
use axum::routing::{MethodFilter, any, on};
use tonic::Status;
use tower_http::CompressionLevel;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{NotForContentType, Predicate as _, SizeAbove};

use super::decode::{self, RestRequest};
use super::grpc_call::{self, GrpcRouter};
use super::{OriginPolicy, encode, error, origin_guard, sse};
use crate::api::contract::{Contract, ContractError, Rpc};
use crate::api::status::StatusBuilder;
use crate::api::stream_end::CountedBody;
use crate::api::{ApiLimits, Reason, openapi, transport};
use crate::proto::v1::migration_service_server::SERVICE_NAME;

/// Minimum size of a compressed body, in bytes: a response that fits in one packet arrives no
/// sooner.
const MIN_COMPRESSED_BYTES: u16 = 1024;

/// What the handlers share. Cheap to clone.
#[derive(Debug, Clone)]
struct Transcoder {
    contract: Arc<Contract>,
    grpc: GrpcRouter,
    limits: ApiLimits,
}

/// REST at the paths of the contract, and `grpc` for gRPC requests.
pub(in crate::api) fn routes(
    grpc: Router,
    limits: ApiLimits,
    origins: OriginPolicy,
) -> Result<Router, ContractError> {
    let contract = Arc::new(Contract::read()?);
    let transcoder = Transcoder {
        contract: Arc::clone(&contract),
        grpc: GrpcRouter::new(grpc),
        limits,
    };
    let mut router = Router::new();
    for rpc in &contract.rpcs {
        let verb = MethodFilter::try_from(rpc.verb.clone())
            .map_err(|_| ContractError::HttpRule(rpc.method.full_name().to_owned()))?;
        let (transcoder, called) = (transcoder.clone(), Arc::clone(rpc));
        let handler = move |request| transcoder.answer(called, request);
        router = router.route(&rpc.path, on(verb, handler));
    }
    let compressed = SizeAbove::new(MIN_COMPRESSED_BYTES).and(NotForContentType::SSE);
    let router = router
        .method_not_allowed_fallback(method_not_allowed)
        .with_state(transcoder.clone())
        .layer(
            CompressionLayer::new()
                .quality(CompressionLevel::Fastest)
                .compress_when(compressed),
        )
        // It is compressed once, in advance.
        .merge(openapi::routes(&contract));
    let router = match origins.cors() {
        Some(cors) => router.layer(cors),
        None => router,
    };
    // The origin guard is outermost: it also protects gRPC from web pages.
    Ok(router
        .fallback_service(any(other).with_state(transcoder))
        .layer(from_fn_with_state(
            (Arc::new(origins), contract),
            origin_guard::guard,
        )))
}

impl Transcoder {
    async fn answer(self, rpc: Arc<Rpc>, request: Request) -> Response {
        match self.call(&rpc, request).await {
            Ok(response) => response,
            Err(status) => error::response(&self.contract, &status),
        }
    }

    async fn call(&self, rpc: &Arc<Rpc>, request: Request) -> Result<Response, Status> {
        let (mut parts, body) = request.into_parts();
        let path = RawPathParams::from_request_parts(&mut parts, &()).await;
        let path = path.map_err(|_| StatusBuilder::new(Reason::PathUnknown).build())?;
        let request = RestRequest {
            path: path
                .iter()
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .collect(),
            uri: parts.uri,
            headers: parts.headers.clone(),
            body,
        };
        let (called, limits) = (Arc::clone(rpc), self.limits);
        let message = async move { decode::message(&called, request, limits).await };
        let mut messages = self
            .grpc
            .call(rpc, &parts.headers, &parts.extensions, message)
            .await;
        if rpc.streams() {
            let (contract, rpc) = (Arc::clone(&self.contract), Arc::clone(rpc));
            return sse::response(contract, rpc, &parts.headers, messages).await;
        }
        let message = messages.next().await.ok_or_else(grpc_call::broken)??;
        if let Some(end) = messages.next().await {
            return Err(end.err().unwrap_or_else(grpc_call::broken));
        }
        let response = encode::response(rpc, &parts.headers, &message, messages.etag)?;
        Ok(match messages.counted {
            Some(counted) => response.map(|body| Body::new(CountedBody::new(body, counted))),
            None => response,
        })
    }
}

/// The path exists, but not with this method.
async fn method_not_allowed(State(transcoder): State<Transcoder>) -> Response {
    let status = StatusBuilder::new(Reason::MethodNotAllowed).build();
    error::response(&transcoder.contract, &status)
}

/// Any other path: gRPC, or unknown.
async fn other(State(transcoder): State<Transcoder>, request: Request<Body>) -> Response {
    if transport::is_grpc(request.headers()) {
        return transcoder.grpc.pass(request).await;
    }
    let service = request.uri().path().strip_prefix('/');
    let service = service.and_then(|path| path.strip_prefix(SERVICE_NAME));
    let is_rpc = service.is_some_and(|rest| rest.starts_with('/'));
    let status = if is_rpc && request.method() == Method::POST {
        StatusBuilder::new(Reason::ContentTypeUnsupported)
            .message("the content type of a gRPC call must be application/grpc")
    } else {
        StatusBuilder::new(Reason::PathUnknown)
    };
    error::response(&transcoder.contract, &status.build())
}
