//! An OTLP trace collector, over gRPC and HTTP, that records what it receives.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use axum::extract::State;
use axum::routing::post;
use opentelemetry_proto::tonic::collector::trace::v1::trace_service_server::{
    TraceService, TraceServiceServer,
};
use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTraceServiceRequest, ExportTraceServiceResponse,
};
use opentelemetry_proto::tonic::common::v1::KeyValue;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::trace::v1::Span;
use prost::Message as _;
use tokio::net::TcpListener;
use tokio_util::task::TaskTracker;
use tonic::service::Routes;
use tonic::{Request, Response, Status};

use crate::support::wait::until;

/// A collector. Cheap to clone; clones share state.
#[derive(Debug, Clone, Default)]
pub struct Collector(Arc<Mutex<Received>>);

#[derive(Debug, Default)]
struct Received {
    requests: Vec<ExportTraceServiceRequest>,
    /// The authorization headers of the exporter.
    authorizations: Vec<String>,
}

impl Collector {
    /// Starts a collector on a free port; also returns its URL.
    pub async fn listen() -> (Self, String) {
        let collector = Self::default();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let over_http = axum::Router::new()
            .route("/v1/traces", post(take))
            .with_state(collector.clone());
        let router = Routes::new(TraceServiceServer::new(collector.clone()))
            .into_axum_router()
            .reset_fallback()
            .merge(over_http);
        TaskTracker::new().spawn(async { axum::serve(listener, router).await });
        (collector, url)
    }

    /// All received spans.
    pub fn spans(&self) -> Vec<Span> {
        let received = self.0.lock().unwrap();
        let resources = received.requests.iter().flat_map(|it| &it.resource_spans);
        let scopes = resources.flat_map(|it| &it.scope_spans);
        scopes.flat_map(|it| it.spans.clone()).collect()
    }

    /// Waits for a matching span.
    pub fn wait_for(&self, like: impl Fn(&Span) -> bool) -> Span {
        until(|| self.spans().into_iter().find(&like))
    }

    /// The resource attributes of the process.
    pub fn resource(&self) -> BTreeMap<String, String> {
        let received = self.0.lock().unwrap();
        let spans = &received.requests[0].resource_spans[0];
        texts(&spans.resource.as_ref().unwrap().attributes)
    }

    /// The authorization headers of the exporter.
    pub fn authorizations(&self) -> Vec<String> {
        self.0.lock().unwrap().authorizations.clone()
    }

    /// All received requests, for a search.
    pub fn everything(&self) -> String {
        format!("{:?}", self.0.lock().unwrap().requests)
    }

    fn keep(&self, request: ExportTraceServiceRequest, authorization: Option<&str>) {
        let mut received = self.0.lock().unwrap();
        received.requests.push(request);
        received
            .authorizations
            .extend(authorization.map(str::to_owned));
    }
}

/// The attributes as text.
pub fn texts(attributes: &[KeyValue]) -> BTreeMap<String, String> {
    let text = |attribute: &KeyValue| {
        let value = match attribute.value.clone()?.value? {
            Value::StringValue(text) => text,
            Value::IntValue(number) => number.to_string(),
            other => format!("{other:?}"),
        };
        Some((attribute.key.clone(), value))
    };
    attributes.iter().filter_map(text).collect()
}

/// An attribute of a span as text.
pub fn attribute(span: &Span, name: &str) -> Option<String> {
    texts(&span.attributes).remove(name)
}

#[tonic::async_trait]
impl TraceService for Collector {
    async fn export(
        &self,
        request: Request<ExportTraceServiceRequest>,
    ) -> Result<Response<ExportTraceServiceResponse>, Status> {
        let authorization = request.metadata().get("authorization").cloned();
        let authorization = authorization.as_ref().and_then(|it| it.to_str().ok());
        self.keep(request.get_ref().clone(), authorization);
        Ok(Response::new(ExportTraceServiceResponse::default()))
    }
}

async fn take(
    State(collector): State<Collector>,
    headers: axum::http::HeaderMap,
    body: axum::body::Bytes,
) -> Vec<u8> {
    let authorization = headers.get("authorization").and_then(|it| it.to_str().ok());
    let request = ExportTraceServiceRequest::decode(body).unwrap();
    collector.keep(request, authorization);
    ExportTraceServiceResponse::default().encode_to_vec()
}
