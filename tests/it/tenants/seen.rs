//! A stand-in for Graph that takes note of what each call is made with.

use std::sync::{Arc, Mutex};

use axum::extract::Request;
use axum::middleware::{self, Next};
use sandbox::{Options, Sandbox};
use tokio::net::TcpListener;
use tokio_util::sync::{CancellationToken, DropGuard};
use tokio_util::task::TaskTracker;

/// A stand-in for Graph.
pub struct Graph {
    pub sandbox: Sandbox,
    pub url: String,
    calls: Arc<Mutex<Vec<Call>>>,
    _stop: DropGuard,
}

/// What a call was made with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    pub changes: bool,
    pub token: String,
    pub proven: bool,
}

impl Graph {
    pub async fn start(options: Options) -> Self {
        let sandbox = Sandbox::new(options);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let stop = CancellationToken::new();
        let calls = Arc::default();
        let taking_note = {
            let calls: Arc<Mutex<Vec<Call>>> = Arc::clone(&calls);
            move |request: Request, next: Next| {
                calls.lock().unwrap().push(Call::of(&request));
                next.run(request)
            }
        };
        let served = sandbox
            .clone()
            .serve_behind(listener, stop.clone(), move |router| {
                router.layer(middleware::from_fn(taking_note))
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

    /// How many changing calls have come.
    pub fn changes(&self) -> usize {
        self.calls().iter().filter(|call| call.changes).count()
    }

    /// With which tokens it was called, each with whether the calls were proven.
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
