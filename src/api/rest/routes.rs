//! What is where.

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

use super::decode::{self, Asked};
use super::grpc_call::{self, Inner};
use super::{Pages, encode, error, origin_guard, sse};
use crate::api::contract::{Contract, Damaged, Rpc};
use crate::api::status::StatusBuilder;
use crate::api::stream_end::Held;
use crate::api::{Limits, Reason, openapi, transport};
use crate::proto::v1::migration_service_server::SERVICE_NAME;

/// An answer that fits in one packet comes no sooner for being compressed.
const WORTH_COMPRESSING: u16 = 1024;

/// What the handlers need. A clone is the same.
#[derive(Debug, Clone)]
struct Door {
    contract: Arc<Contract>,
    inner: Inner,
    limits: Limits,
}

/// Both doors: REST where the contract says, and gRPC beneath.
pub(in crate::api) fn routes(
    grpc: Router,
    limits: Limits,
    pages: Pages,
) -> Result<Router, Damaged> {
    let contract = Arc::new(Contract::read()?);
    let door = Door {
        contract: Arc::clone(&contract),
        inner: Inner::new(grpc),
        limits,
    };
    let mut router = Router::new();
    for rpc in &contract.rpcs {
        let verb = MethodFilter::try_from(rpc.verb.clone())
            .map_err(|_| Damaged::Place(rpc.method.full_name().to_owned()))?;
        let (door, called) = (door.clone(), Arc::clone(rpc));
        let handler = move |request| answer(door, called, request);
        router = router.route(&rpc.path, on(verb, handler));
    }
    let compressed = SizeAbove::new(WORTH_COMPRESSING).and(NotForContentType::SSE);
    let router = router
        .method_not_allowed_fallback(not_allowed)
        .with_state(door.clone())
        .layer(
            CompressionLayer::new()
                .quality(CompressionLevel::Fastest)
                .compress_when(compressed),
        )
        .merge(openapi::routes(&contract));
    let router = match pages.cors() {
        Some(cors) => router.layer(cors),
        None => router,
    };
    Ok(router
        .fallback_service(any(other).with_state(door.clone()))
        .layer(from_fn_with_state(
            (Arc::new(pages), contract),
            origin_guard::guard,
        )))
}

async fn answer(door: Door, rpc: Arc<Rpc>, request: Request) -> Response {
    match call(&door, &rpc, request).await {
        Ok(response) => response,
        Err(status) => error::response(&door.contract, &status),
    }
}

async fn call(door: &Door, rpc: &Arc<Rpc>, request: Request) -> Result<Response, Status> {
    let (mut parts, body) = request.into_parts();
    let path = RawPathParams::from_request_parts(&mut parts, &()).await;
    let path = path.map_err(|_| StatusBuilder::new(Reason::PathUnknown).build())?;
    let asked = Asked {
        path: path
            .iter()
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect(),
        uri: parts.uri,
        headers: parts.headers.clone(),
        body,
    };
    let (called, limits) = (Arc::clone(rpc), door.limits);
    let message = async move { decode::read(&called, asked, limits).await };
    let mut messages = door
        .inner
        .call(rpc, &parts.headers, &parts.extensions, message)
        .await;
    if rpc.streams() {
        let (contract, rpc) = (Arc::clone(&door.contract), Arc::clone(rpc));
        return sse::response(contract, rpc, &parts.headers, messages).await;
    }
    let message = messages.next().await.ok_or_else(grpc_call::broken)??;
    if let Some(end) = messages.next().await {
        return Err(end.err().unwrap_or_else(grpc_call::broken));
    }
    let response = encode::response(rpc, &parts.headers, &message)?;
    Ok(match messages.counted {
        Some(counted) => response.map(|body| Body::new(Held::new(body, counted))),
        None => response,
    })
}

/// The path is known, and the method is not.
async fn not_allowed(State(door): State<Door>) -> Response {
    let status = StatusBuilder::new(Reason::MethodNotAllowed).build();
    error::response(&door.contract, &status)
}

/// What has no place of its own: gRPC, and what is nothing.
async fn other(State(door): State<Door>, request: Request<Body>) -> Response {
    if transport::is_grpc(request.headers()) {
        return door.inner.pass(request).await;
    }
    let service = request.uri().path().strip_prefix('/');
    let service = service.and_then(|path| path.strip_prefix(SERVICE_NAME));
    let is_rpc = service.is_some_and(|rest| rest.starts_with('/'));
    let answer = if is_rpc && request.method() == Method::POST {
        StatusBuilder::new(Reason::ContentTypeUnsupported)
            .message("the content type of a gRPC call must be application/grpc")
    } else {
        StatusBuilder::new(Reason::PathUnknown)
    };
    error::response(&door.contract, &answer.build())
}
