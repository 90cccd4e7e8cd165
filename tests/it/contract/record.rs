//! Records the requests of the adapter and the answers of the sandbox, unchanged.

use std::io;
use std::sync::{Arc, Mutex};

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use axum::serve::ListenerExt as _;
use sandbox::Sandbox;
use serde_json::Value;
use tokio::net::TcpListener;

/// A request.
#[derive(Clone, Debug)]
pub struct Asked {
    pub method: Method,
    pub uri: Uri,
    pub headers: HeaderMap,
    pub body: Bytes,
}

/// One request of the adapter and the response of the sandbox.
#[derive(Clone, Debug)]
pub struct Exchange {
    pub asked: Asked,
    pub status: u16,
    pub headers: HeaderMap,
    body: Bytes,
}

/// The body of a response.
#[derive(Debug)]
pub enum Answer {
    Json(Value),
    /// Not JSON, not even the beginning of JSON.
    Other(String),
    /// Truncated JSON.
    Cut,
    /// The connection was dropped, which the recorder sees as an empty 502.
    Lost,
}

/// The exchanges so far. Cheap to clone; clones share state.
#[derive(Clone, Default)]
pub struct Recorder(Arc<Mutex<Vec<Exchange>>>);

impl Recorder {
    /// Serves `sandbox`, recording, until dropped.
    pub async fn serve(&self, sandbox: &Sandbox, listener: TcpListener) -> io::Result<()> {
        let router = sandbox
            .router()
            .layer(from_fn_with_state(self.clone(), record));
        // Without this each response waits for the peer's delayed acknowledgement.
        let listener = listener.tap_io(|stream| stream.set_nodelay(true).unwrap());
        axum::serve(listener, router).await
    }

    /// All recorded exchanges.
    pub fn exchanges(&self) -> Vec<Exchange> {
        self.0.lock().unwrap().clone()
    }
}

async fn record(State(recorder): State<Recorder>, request: Request, next: Next) -> Response {
    let (head, body) = request.into_parts();
    let asked = Asked {
        method: head.method.clone(),
        uri: head.uri.clone(),
        headers: head.headers.clone(),
        body: to_bytes(body, usize::MAX).await.unwrap(),
    };
    let response = next
        .run(Request::from_parts(head, Body::from(asked.body.clone())))
        .await;
    let (head, body) = response.into_parts();
    let body = to_bytes(body, usize::MAX).await.unwrap();
    recorder.0.lock().unwrap().push(Exchange {
        asked,
        status: head.status.as_u16(),
        headers: head.headers.clone(),
        body: body.clone(),
    });
    Response::from_parts(head, Body::from(body))
}

impl Asked {
    /// The parts of the path: version, object, edge.
    pub fn path(&self) -> Vec<&str> {
        self.uri.path().trim_matches('/').split('/').collect()
    }

    /// The query parameters.
    pub fn query(&self) -> Vec<(String, String)> {
        let url = reqwest::Url::parse("http://localhost").unwrap();
        let url = url.join(&self.uri.to_string()).unwrap();
        url.query_pairs().into_owned().collect()
    }

    /// The body, if any.
    pub fn body(&self) -> Option<Value> {
        (!self.body.is_empty()).then(|| serde_json::from_slice(&self.body).unwrap())
    }
}

impl Exchange {
    /// An exchange without response headers.
    pub fn new(asked: Asked, status: u16, answer: String) -> Self {
        Self {
            asked,
            status,
            headers: HeaderMap::new(),
            body: answer.into(),
        }
    }

    /// The body of the response.
    pub fn answer(&self) -> Answer {
        match serde_json::from_slice(&self.body) {
            Ok(json) => Answer::Json(json),
            Err(_) if self.body.is_empty() && self.status == StatusCode::BAD_GATEWAY => {
                Answer::Lost
            }
            Err(error) if error.is_eof() => Answer::Cut,
            Err(_) => Answer::Other(String::from_utf8_lossy(&self.body).into_owned()),
        }
    }
}
