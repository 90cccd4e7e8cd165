//! Records what goes between the adapter and the sandbox. Changes nothing of it.

use std::io;
use std::sync::{Arc, Mutex};

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use axum::serve::ListenerExt as _;
use serde_json::Value;
use tokio::net::TcpListener;
use waba_migrator::sandbox::Sandbox;

/// One request of the adapter and the sandbox's answer to it.
#[derive(Clone, Debug)]
pub struct Exchange {
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    request: Bytes,
    status: StatusCode,
    answer: Bytes,
}

/// What was recorded so far. A clone is the same record.
#[derive(Clone, Default)]
pub struct Recorder(Arc<Mutex<Vec<Exchange>>>);

impl Recorder {
    /// Serves `sandbox`, recording, until dropped.
    pub async fn serve(&self, sandbox: &Sandbox, listener: TcpListener) -> io::Result<()> {
        let router = sandbox
            .router()
            .layer(from_fn_with_state(self.clone(), record));
        // Without this each answer waits for the other side's delayed acknowledgement.
        let listener = listener.tap_io(|stream| stream.set_nodelay(true).unwrap());
        axum::serve(listener, router).await
    }

    /// Everything that was recorded.
    pub fn exchanges(&self) -> Vec<Exchange> {
        self.0.lock().unwrap().clone()
    }
}

async fn record(State(recorder): State<Recorder>, request: Request, next: Next) -> Response {
    let (head, body) = request.into_parts();
    let request = to_bytes(body, usize::MAX).await.unwrap();
    let (method, uri, headers) = (head.method.clone(), head.uri.clone(), head.headers.clone());
    let response = next
        .run(Request::from_parts(head, Body::from(request.clone())))
        .await;
    let (head, body) = response.into_parts();
    let answer = to_bytes(body, usize::MAX).await.unwrap();
    recorder.0.lock().unwrap().push(Exchange {
        method,
        uri,
        headers,
        request,
        status: head.status,
        answer: answer.clone(),
    });
    Response::from_parts(head, Body::from(answer))
}

impl Exchange {
    /// The method, in the small letters of OpenAPI.
    pub fn method(&self) -> String {
        self.method.as_str().to_lowercase()
    }

    /// The parts of the path: version, object, edge.
    pub fn path(&self) -> Vec<&str> {
        self.uri.path().trim_matches('/').split('/').collect()
    }

    /// The query parameters.
    pub fn query(&self) -> Vec<(String, String)> {
        let uri = self.uri.to_string();
        let url = reqwest::Url::parse("http://localhost").unwrap();
        let url = url.join(&uri).unwrap();
        url.query_pairs().into_owned().collect()
    }

    /// A header of the request.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    /// The request's body; `None` where it has none.
    pub fn request(&self) -> Option<Value> {
        (!self.request.is_empty()).then(|| serde_json::from_slice(&self.request).unwrap())
    }

    /// The answer's HTTP status.
    pub fn status(&self) -> u16 {
        self.status.as_u16()
    }

    /// The answer; where it is no JSON, its text.
    pub fn answer(&self) -> Result<Value, String> {
        serde_json::from_slice(&self.answer)
            .map_err(|_| String::from_utf8_lossy(&self.answer).into_owned())
    }

    /// The error that the answer tells: its code and subcode.
    pub fn error(&self) -> Option<(i64, Option<i64>)> {
        let answer = self.answer().ok()?;
        let error = answer.get("error")?;
        let subcode = error.get("error_subcode").and_then(Value::as_i64);
        Some((error.get("code")?.as_i64()?, subcode))
    }
    /// The edge of the object that was asked for.
    pub fn edge(&self) -> Option<&str> {
        self.path().get(2).copied()
    }

    /// Whether the call worked.
    pub fn is_ok(&self) -> bool {
        self.status == StatusCode::OK && self.answer().is_ok() && self.error().is_none()
    }

    /// Whether the call failed with exactly this error under this status.
    pub fn failed(&self, status: u16, code: i64, subcode: Option<i64>) -> bool {
        self.status() == status && self.error() == Some((code, subcode))
    }
}
