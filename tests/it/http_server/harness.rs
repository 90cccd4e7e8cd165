//! The HTTP server over a real socket, with test endpoints.

use std::collections::HashSet;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::extract::Request;
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use axum::routing::any;
use axum::{Extension, Router, extract};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use waba_migrator::http_server::{HttpServer, Peer, Settings, Tls};

/// Timeout: longer than anything here takes.
pub const PATIENCE: Duration = Duration::from_secs(30);
/// Size of the response of `/much`, bytes: more than the buffers of a connection hold.
pub const MUCH: usize = 16 << 20;

/// A running HTTP server.
pub struct ServerHarness {
    pub address: SocketAddr,
    pub stop: CancellationToken,
    pub task: JoinHandle<()>,
    behind: Behind,
}

/// The test endpoints.
#[derive(Clone)]
pub struct Behind {
    /// The addresses of clients that have sent a request.
    peers: Arc<Mutex<HashSet<SocketAddr>>>,
    requests: Arc<AtomicUsize>,
    /// Requests for `/gate`.
    waiting: Arc<AtomicUsize>,
    gate: Arc<Semaphore>,
}

impl ServerHarness {
    pub async fn with(settings: Settings) -> Self {
        Self::serve(settings, None, |router| router).await
    }

    pub async fn encrypted(settings: Settings, tls: Tls) -> Self {
        Self::serve(settings, Some(tls), |router| router).await
    }

    /// Serves additional endpoints.
    pub async fn serve(
        settings: Settings,
        tls: Option<Tls>,
        more: impl FnOnce(Router) -> Router,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let stop = CancellationToken::new();
        let behind = Behind {
            peers: Arc::default(),
            requests: Arc::default(),
            waiting: Arc::default(),
            gate: Arc::new(Semaphore::new(0)),
        };
        let router = more(behind.router()).layer(from_fn_with_state(behind.clone(), note));
        let serving = HttpServer::new(settings, tls).serve(listener, router, stop.clone());
        Self {
            address,
            stop,
            task: TaskTracker::new().spawn(serving),
            behind,
        }
    }

    /// A plain TCP connection.
    pub async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.unwrap()
    }

    /// The number of connections with a request.
    pub fn peers(&self) -> usize {
        self.behind.peers.lock().unwrap().len()
    }

    /// The number of requests.
    pub fn requests(&self) -> usize {
        self.behind.requests.load(Ordering::Relaxed)
    }

    /// The number of requests for `/gate`.
    pub fn waiting(&self) -> usize {
        self.behind.waiting.load(Ordering::Relaxed)
    }

    /// Waits for this number of requests for `/gate`.
    pub async fn until_waiting(&self, many: usize) {
        until(|| self.waiting() >= many).await;
    }

    /// Answers this number of requests for `/gate`.
    pub fn open_gate(&self, many: usize) {
        self.behind.gate.add_permits(many);
    }
}

impl Behind {
    fn router(&self) -> Router {
        let (gate, waiting) = (self.gate.clone(), self.waiting.clone());
        let hello = |Extension(peer): Extension<Peer>| async move {
            match peer.certificate() {
                Some(certificate) => {
                    let names = certificate.names().join(" ");
                    format!("{} {names}", certificate.subject())
                }
                None => "unauthenticated".to_owned(),
            }
        };
        let wait = move || async move {
            waiting.fetch_add(1, Ordering::Relaxed);
            gate.acquire().await.unwrap().forget();
            "through"
        };
        let swallow = |request: Request| async {
            let body = axum::body::to_bytes(request.into_body(), usize::MAX).await;
            body.map_or(0, |body| body.len()).to_string()
        };
        Router::new()
            .route("/hello", any(hello))
            .route("/gate", any(wait))
            .route("/swallow", any(swallow))
            .route("/much", any(|| async { vec![b'x'; MUCH] }))
    }
}

/// Records the connection of a request.
async fn note(
    extract::State(behind): extract::State<Behind>,
    Extension(peer): Extension<Peer>,
    request: Request,
    next: Next,
) -> Response {
    behind.peers.lock().unwrap().insert(peer.address());
    behind.requests.fetch_add(1, Ordering::Relaxed);
    next.run(request).await
}

/// Waits until a condition is met.
pub async fn until(is_so: impl Fn() -> bool) {
    let so = async {
        while !is_so() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(PATIENCE, so)
        .await
        .expect("the condition was not met in time");
}
