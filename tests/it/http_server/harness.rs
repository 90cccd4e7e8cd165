//! A wire over a real socket, and something behind it to ask.

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

/// Longer than anything here takes.
pub const PATIENCE: Duration = Duration::from_secs(30);
/// The length of what `/much` answers: more than the buffers of a connection hold.
pub const MUCH: usize = 16 << 20;

/// A wire that serves.
pub struct Stand {
    pub address: SocketAddr,
    pub stop: CancellationToken,
    pub task: JoinHandle<()>,
    behind: Behind,
}

/// What is behind the wire.
#[derive(Clone)]
pub struct Behind {
    /// The ends of connections that something was asked over.
    peers: Arc<Mutex<HashSet<SocketAddr>>>,
    requests: Arc<AtomicUsize>,
    /// How many have asked for `/gate`.
    waiting: Arc<AtomicUsize>,
    gate: Arc<Semaphore>,
}

impl Stand {
    pub async fn with(settings: Settings) -> Self {
        Self::serve(settings, None, |router| router).await
    }

    pub async fn encrypted(settings: Settings, tls: Tls) -> Self {
        Self::serve(settings, Some(tls), |router| router).await
    }

    /// Serves with more than what is there always.
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

    /// A bare connection.
    pub async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.unwrap()
    }

    /// Over how many connections something was asked.
    pub fn peers(&self) -> usize {
        self.behind.peers.lock().unwrap().len()
    }

    /// How many requests have come.
    pub fn requests(&self) -> usize {
        self.behind.requests.load(Ordering::Relaxed)
    }

    /// How many have come to the gate.
    pub fn waiting(&self) -> usize {
        self.behind.waiting.load(Ordering::Relaxed)
    }

    /// Waits until so many have come to the gate.
    pub async fn until_waiting(&self, many: usize) {
        until(|| self.waiting() >= many).await;
    }

    /// Lets so many through.
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
                None => "nobody".to_owned(),
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

/// Remembers which connection a request came by.
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

/// Waits until something is so.
pub async fn until(is_so: impl Fn() -> bool) {
    let so = async {
        while !is_so() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(PATIENCE, so)
        .await
        .expect("it never came");
}
