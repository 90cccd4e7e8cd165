//! A sandbox in place of Meta's Graph API.

use sandbox::{Options, Sandbox};
use tokio::net::TcpListener;
use tokio_util::sync::{CancellationToken, DropGuard};
use tokio_util::task::TaskTracker;

/// Serves a sandbox on a free port: the sandbox, its URL, and a guard that stops it.
pub async fn served(options: Options) -> (Sandbox, String, DropGuard) {
    let sandbox = Sandbox::new(options);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let stop = CancellationToken::new();
    TaskTracker::new().spawn(sandbox.clone().serve(listener, stop.clone()));
    (sandbox, url, stop.drop_guard())
}
