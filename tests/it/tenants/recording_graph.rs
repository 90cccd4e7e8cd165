//! A fake Graph API that records the credentials of each call.

use std::sync::{Arc, Mutex};

use axum::extract::Request;
use axum::middleware::{self, Next};
use sandbox::{Options, Sandbox};
use tokio::net::TcpListener;
use tokio_util::sync::{CancellationToken, DropGuard};
use tokio_util::task::TaskTracker;

/// A fake Graph API: the sandbox, with its calls recorded.
pub struct RecordingGraph {
    pub sandbox: Sandbox,
    pub url: String,
    calls: Arc<Mutex<Vec<Call>>>,
    _stop: DropGuard,
}

/// The credentials of a call, and whether it changes something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    pub changes: bool,
    pub token: String,
    pub proven: bool,
}

impl RecordingGraph {
    pub async fn start(options: Options) -> Self {
        let sandbox = Sandbox::new(options);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let stop = CancellationToken::new();
        let calls = Arc::default();
        let record = {
            let calls: Arc<Mutex<Vec<Call>>> = Arc::clone(&calls);
            move |request: Request, next: Next| {
                calls.lock().unwrap().push(Call::of(&request));
                next.run(request)
            }
        };
        let served = sandbox
            .clone()
            .serve_behind(listener, stop.clone(), move |router| {
                router.layer(middleware::from_fn(record))
            });
        TaskTracker::new().spawn(served);
        Self {
            sandbox,
            url,
            calls,
            _stop: stop.drop_guard(),
        }
    }

    pub fn calls(&self) -> Vec<Call> {
        self.calls.lock().unwrap().clone()
    }

    /// Number of changing calls so far.
    pub fn changes(&self) -> usize {
        self.calls().iter().filter(|call| call.changes).count()
    }

    /// The tokens of all calls, each with whether an app secret proof was sent.
    pub fn tokens(&self) -> Vec<(String, bool)> {
        let calls = self.calls();
        let mut tokens: Vec<_> = calls
            .into_iter()
            .map(|call| (call.token, call.proven))
            .collect();
        tokens.sort();
        tokens.dedup();
        tokens
    }
}

impl Call {
    fn of(request: &Request) -> Self {
        let token = request.headers()["authorization"].to_str().unwrap();
        let query = request.uri().query().unwrap_or_default();
        Self {
            changes: request.method() != "GET",
            token: token.trim_start_matches("Bearer ").to_owned(),
            proven: query.contains("appsecret_proof="),
        }
    }
}
