//! The router of REST, with gRPC behind it.

use std::sync::{Arc, OnceLock};

use axum::Router;
use axum::body::Body;
use axum::extract::{FromRequestParts as _, RawPathParams, Request, State};
use axum::http::Method;
use axum::middleware::from_fn_with_state;
use axum::response::{Redirect, Response};
use axum::routing::{MethodFilter, any, get, on};
use tonic::Status;
use tower_http::CompressionLevel;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{NotForContentType, Predicate as _, SizeAbove};

use super::decode::{self, RestRequest};
use super::field_names::FieldNames;
use super::grpc_call::{self, GrpcRouter};
use super::{OriginPolicy, encode, error, origin_guard, sse};
use crate::api::call_context::CallContext;
use crate::api::contract::{Contract, ContractError, Rpc};
use crate::api::status::StatusBuilder;
use crate::api::stream_end::CountedBody;
use crate::api::{ApiLimits, Reason, pages, transport};

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
    let mut router = Router::new().route("/", get(home));
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
        // They are compressed once.
        .merge(pages::routes(&contract));
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
        let context = CallContext::of(request.extensions());
        let names = Arc::default();
        match self.call(&rpc, request, &names).await {
            Ok(response) => response,
            Err(status) => {
                let names = names.get().cloned().unwrap_or_default();
                error::response(&self.contract, &context, &status, &names)
            }
        }
    }

    async fn call(
        &self,
        rpc: &Arc<Rpc>,
        request: Request,
        names: &Arc<OnceLock<FieldNames>>,
    ) -> Result<Response, Status> {
        let (mut parts, body) = request.into_parts();
        let path = RawPathParams::from_request_parts(&mut parts, &()).await;
        let path = path.map_err(|_| StatusBuilder::new(Reason::PathUnknown).build())?;
        let request = RestRequest {
            path: path
                .iter()
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .collect(),
            uri: parts.uri.clone(),
            headers: parts.headers.clone(),
            body,
        };
        let (called, limits, names) = (Arc::clone(rpc), self.limits, Arc::clone(names));
        let message = async move { decode::message(&called, request, limits, &names).await };
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
        let path = parts.uri.path();
        let response = encode::response(rpc, path, &parts.headers, &message, messages.etag)?;
        Ok(match messages.counted {
            Some(counted) => response.map(|body| Body::new(CountedBody::new(body, counted))),
            None => response,
        })
    }

    /// The error for a request that calls no RPC.
    fn refusal(&self, request: &Request, status: &Status) -> Response {
        let context = CallContext::of(request.extensions());
        error::response(&self.contract, &context, status, &FieldNames::default())
    }
}

/// The path exists, but not with this method.
async fn method_not_allowed(State(transcoder): State<Transcoder>, request: Request) -> Response {
    let status = StatusBuilder::new(Reason::MethodNotAllowed).build();
    transcoder.refusal(&request, &status)
}

/// The root leads to the pages for people.
async fn home() -> Redirect {
    Redirect::temporary(pages::HOME)
}

/// Any other path: gRPC, or unknown.
async fn other(State(transcoder): State<Transcoder>, request: Request<Body>) -> Response {
    if transport::is_grpc(request.headers()) {
        return transcoder.grpc.pass(request).await;
    }
    let path = request.uri().path();
    let is_rpc = transcoder
        .contract
        .rpcs
        .iter()
        .any(|rpc| rpc.grpc.path() == path);
    let without_slash = path.trim_end_matches('/');
    let status = if is_rpc && request.method() == Method::POST {
        StatusBuilder::new(Reason::ContentTypeUnsupported)
            .message("The content type of a gRPC call must be application/grpc.")
    } else if transcoder.contract.serves(without_slash) {
        StatusBuilder::new(Reason::PathUnknown)
            .message("Unknown path: remove the slash at its end. See /openapi.json for all paths.")
    } else {
        StatusBuilder::new(Reason::PathUnknown)
    };
    transcoder.refusal(&request, &status.build())
}
