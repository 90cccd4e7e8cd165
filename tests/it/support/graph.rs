//! A sandbox that stands in for Meta's Graph API, on a port of its own.

use sandbox::{Options, Sandbox};
use tokio::net::TcpListener;
use tokio_util::sync::{CancellationToken, DropGuard};
use tokio_util::task::TaskTracker;

/// Serves a sandbox: itself, its URL, and what ends it when it is dropped.
pub async fn served(options: Options) -> (Sandbox, String, DropGuard) {
    let sandbox = Sandbox::new(options);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let stop = CancellationToken::new();
    TaskTracker::new().spawn(sandbox.clone().serve(listener, stop.clone()));
    (sandbox, url, stop.drop_guard())
}
