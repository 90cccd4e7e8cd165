//! The accept loop.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::connection::ConnectionServer;
use super::{HttpServer, Tls};

/// Pause after an accept error, such as too many open files.
const PAUSE: Duration = Duration::from_millis(500);

/// Accepts connections, and closes those beyond the limit.
///
/// They are closed at once rather than left in the kernel's queue, where they are invisible: a
/// client or a load balancer turns to another process at once, and the log shows the overload.
#[derive(Debug)]
pub(super) struct AcceptLoop {
    server: Arc<ConnectionServer>,
    free: Arc<Semaphore>,
    max_connections: usize,
    tls: Option<Tls>,
    tasks: TaskTracker,
    stop: CancellationToken,
}

impl AcceptLoop {
    pub(super) fn new(server: HttpServer, router: Router, stop: CancellationToken) -> Self {
        let max_connections = server.settings.max_connections;
        let tls = server.tls.clone();
        let tasks = TaskTracker::new();
        Self {
            server: Arc::new(ConnectionServer::new(
                server,
                router,
                tasks.clone(),
                stop.clone(),
            )),
            free: Arc::new(Semaphore::new(max_connections)),
            max_connections,
            tls,
            tasks,
            stop,
        }
    }

    /// Accepts connections until `stop`, then waits for those that remain.
    pub(super) async fn run(self, listener: TcpListener) {
        let cut = CancellationToken::new();
        // If this future is dropped, the connections are cut.
        let _cut = cut.clone().drop_guard();
        if let Some(tls) = self.tls.clone() {
            self.tasks.spawn(tls.reload_on_change(self.stop.clone()));
        }
        let mut full = false;
        while let Some(accepted) = self.stop.run_until_cancelled(listener.accept()).await {
            match accepted {
                Ok(accepted) => self.spawn(accepted, &mut full, &cut),
                Err(error) if is_client_error(&error) => {}
                Err(error) => {
                    tracing::error!(%error, "cannot accept a connection");
                    sleep(PAUSE).await;
                }
            }
        }
        for accepted in accepted_by_kernel(listener) {
            self.spawn(accepted, &mut full, &cut);
        }
        self.tasks.close();
        self.tasks.wait().await;
    }

    /// Serves a connection in its own task, unless the limit is reached. `full`: that this was
    /// logged.
    fn spawn(
        &self,
        (socket, address): (TcpStream, SocketAddr),
        full: &mut bool,
        cut: &CancellationToken,
    ) {
        let Ok(permit) = Arc::clone(&self.free).try_acquire_owned() else {
            if !std::mem::replace(full, true) {
                tracing::warn!(
                    connections = self.max_connections,
                    "new connections are closed: server.max_connections is reached"
                );
            }
            return;
        };
        // Logged again only after a tenth of the connections were free.
        *full &= self.free.available_permits() < self.max_connections / 10;
        let (server, cut) = (Arc::clone(&self.server), cut.clone());
        self.tasks.spawn(async move {
            let _permit = permit;
            cut.run_until_cancelled(server.serve(socket, address)).await;
        });
    }
}

/// Connections that the kernel has accepted for a listener that closes. It would reset them, and
/// the client would not know the outcome of its call.
fn accepted_by_kernel(listener: TcpListener) -> Vec<(TcpStream, SocketAddr)> {
    let Ok(listener) = listener.into_std() else {
        return Vec::new();
    };
    // Non-blocking: the first error means that there are no more.
    let accepted = std::iter::from_fn(|| listener.accept().ok());
    let ours = accepted.filter_map(|(socket, address)| {
        socket.set_nonblocking(true).ok()?;
        Some((TcpStream::from_std(socket).ok()?, address))
    });
    ours.collect()
}

/// Whether the client disconnected before it was accepted.
fn is_client_error(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionAborted
            | io::ErrorKind::ConnectionRefused
            | io::ErrorKind::ConnectionReset
    )
}
