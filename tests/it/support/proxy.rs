//! A proxy to a database that can drop all bytes while connections stay open: as with a server that
//! lost power, or a firewall that lost its state.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio_util::sync::{CancellationToken, DropGuard};
use tokio_util::task::TaskTracker;

/// What the proxy forwards.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Passes {
    Everything,
    /// What the client sends, but no responses.
    Requests,
    /// Everything but the response to a message with this text, and what follows on that
    /// connection.
    AllButTheResponseTo(&'static str),
    Nothing,
}

/// A proxy to one server. A connection that lost a byte never responds again; new ones do.
pub struct Proxy {
    address: SocketAddr,
    server: watch::Sender<String>,
    passes: watch::Sender<Passes>,
    accepted: Arc<AtomicUsize>,
    _stop: DropGuard,
}

impl Proxy {
    /// A proxy to the server of the database at `url`.
    pub async fn before(url: &str) -> Self {
        let (server, to) = watch::channel(host(url).to_owned());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (passes, seen) = watch::channel(Passes::Everything);
        let (stop, tasks) = (CancellationToken::new(), TaskTracker::new());
        let stopped = stop.clone();
        let count: Arc<AtomicUsize> = Arc::default();
        let accepted = Arc::clone(&count);
        tasks.clone().spawn(async move {
            while let Some(client) = stopped.run_until_cancelled(listener.accept()).await {
                let (client, _) = client.unwrap();
                count.fetch_add(1, Ordering::Relaxed);
                let server = to.borrow().clone();
                // Without a server, the client is disconnected.
                let Ok(server) = TcpStream::connect(server).await else {
                    continue;
                };
                let line = Line {
                    passes: seen.clone(),
                    silent: Arc::default(),
                };
                let (client_reads, client_writes) = client.into_split();
                let (server_reads, server_writes) = server.into_split();
                let carried = async move {
                    tokio::select! {
                        () = line.requests(client_reads, server_writes) => {}
                        () = line.responses(server_reads, client_writes) => {}
                    }
                };
                let stopped = stopped.clone();
                tasks.spawn(async move { stopped.run_until_cancelled(carried).await });
            }
        });
        Self {
            address,
            server,
            passes,
            accepted,
            _stop: stop.drop_guard(),
        }
    }

    /// The URL of the same database through the proxy.
    pub fn url(&self, url: &str) -> String {
        url.replacen(host(url), &self.address.to_string(), 1)
    }

    /// Its port on 127.0.0.1.
    pub fn port(&self) -> u16 {
        self.address.port()
    }

    /// Connects new clients to the server of the database at `url`.
    pub fn leads_to(&self, url: &str) {
        self.server.send_replace(host(url).to_owned());
    }

    /// Number of connections so far.
    pub fn accepted(&self) -> usize {
        self.accepted.load(Ordering::Relaxed)
    }

    /// Changes what is forwarded from now on.
    pub fn lets(&self, passes: Passes) {
        self.passes.send_replace(passes);
    }
}

fn host(url: &str) -> &str {
    let (_, rest) = url.split_once('@').unwrap();
    rest.split('/').next().unwrap()
}

/// One connection.
struct Line {
    passes: watch::Receiver<Passes>,
    /// The client gets no more responses.
    silent: Arc<AtomicBool>,
}

impl Line {
    async fn requests(&self, mut from: OwnedReadHalf, mut to: OwnedWriteHalf) {
        let mut bytes = vec![0; 65536];
        let mut cut = false;
        while let Ok(read @ 1..) = from.read(&mut bytes).await {
            let request = &bytes[..read];
            match *self.passes.borrow() {
                Passes::Nothing => cut = true,
                Passes::AllButTheResponseTo(text) if contains(request, text) => {
                    self.silent.store(true, Ordering::Relaxed);
                }
                _ => {}
            }
            if !cut && to.write_all(request).await.is_err() {
                return;
            }
        }
    }

    async fn responses(&self, mut from: OwnedReadHalf, mut to: OwnedWriteHalf) {
        let mut bytes = vec![0; 65536];
        while let Ok(read @ 1..) = from.read(&mut bytes).await {
            if matches!(*self.passes.borrow(), Passes::Nothing | Passes::Requests) {
                self.silent.store(true, Ordering::Relaxed);
            }
            if !self.silent.load(Ordering::Relaxed) && to.write_all(&bytes[..read]).await.is_err() {
                return;
            }
        }
        // The server has closed the connection, which the client must not notice.
        if self.silent.load(Ordering::Relaxed) {
            std::future::pending::<()>().await;
        }
    }
}

fn contains(bytes: &[u8], text: &str) -> bool {
    bytes
        .windows(text.len())
        .any(|window| window == text.as_bytes())
}
