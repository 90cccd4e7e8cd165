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

use super::connection::Server;
use super::{Tls, Wire};

/// How long to wait where the system has nothing left to accept a connection with.
const PAUSE: Duration = Duration::from_millis(500);

/// Accepts connections, and turns away those beyond the limit.
///
/// They are closed at once rather than left to wait in the kernel's queue, where nobody sees them: a client, and a load
/// balancer before that, turns to another process at once, and who must wait here knows it.
#[derive(Debug)]
pub(super) struct Loop {
    server: Arc<Server>,
    room: Arc<Semaphore>,
    max_connections: usize,
    tls: Option<Tls>,
    tasks: TaskTracker,
    stop: CancellationToken,
}

impl Loop {
    pub(super) fn new(wire: Wire, router: Router, stop: CancellationToken) -> Self {
        let max_connections = wire.settings.max_connections;
        let tls = wire.tls.clone();
        let tasks = TaskTracker::new();
        Self {
            server: Arc::new(Server::new(wire, router, tasks.clone(), stop.clone())),
            room: Arc::new(Semaphore::new(max_connections)),
            max_connections,
            tls,
            tasks,
            stop,
        }
    }

    /// Accepts until told to stop, then waits for the connections.
    pub(super) async fn run(self, listener: TcpListener) {
        let cut = CancellationToken::new();
        // Where this is dropped before its end, so are the connections.
        let _cut = cut.clone().drop_guard();
        if let Some(tls) = self.tls.clone() {
            self.tasks.spawn(tls.keep_fresh(self.stop.clone()));
        }
        let mut full = false;
        while let Some(accepted) = self.stop.run_until_cancelled(listener.accept()).await {
            match accepted {
                Ok(accepted) => self.attend(accepted, &mut full, &cut),
                Err(error) if is_the_clients(&error) => {}
                Err(error) => {
                    tracing::error!(%error, "a connection could not be accepted");
                    sleep(PAUSE).await;
                }
            }
        }
        for accepted in waiting(listener) {
            self.attend(accepted, &mut full, &cut);
        }
        self.tasks.close();
        self.tasks.wait().await;
    }

    /// Serves a connection beside the others, where there is room. `full`: whether it was told that there is none.
    fn attend(
        &self,
        (socket, address): (TcpStream, SocketAddr),
        full: &mut bool,
        cut: &CancellationToken,
    ) {
        let Ok(place) = Arc::clone(&self.room).try_acquire_owned() else {
            if !std::mem::replace(full, true) {
                tracing::warn!(
                    connections = self.max_connections,
                    "connections are turned away: there are as many as server.max_connections allows"
                );
            }
            return;
        };
        // Told again only once there was room to speak of.
        *full &= self.room.available_permits() < self.max_connections / 10;
        let (server, cut) = (Arc::clone(&self.server), cut.clone());
        self.tasks.spawn(async move {
            let _place = place;
            cut.run_until_cancelled(server.attend(socket, address))
                .await;
        });
    }
}

/// The connections that the system has taken for a listener that closes. It would reset them, and whoever called would not know
/// what became of the call.
fn waiting(listener: TcpListener) -> Vec<(TcpStream, SocketAddr)> {
    let Ok(listener) = listener.into_std() else {
        return Vec::new();
    };
    // It does not block: the first error says that there are no more.
    let accepted = std::iter::from_fn(|| listener.accept().ok());
    let ours = accepted.filter_map(|(socket, address)| {
        socket.set_nonblocking(true).ok()?;
        Some((TcpStream::from_std(socket).ok()?, address))
    });
    ours.collect()
}

/// Whether the client was gone before it was accepted.
fn is_the_clients(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionAborted
            | io::ErrorKind::ConnectionRefused
            | io::ErrorKind::ConnectionReset
    )
}
