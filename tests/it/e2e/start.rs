//! Start of the program while its database is unavailable or rejects it.

use std::net::{SocketAddr, TcpStream as StdStream};

use tokio::net::{TcpListener, TcpStream};
use tokio_util::task::TaskTracker;

use crate::store::cluster;
use crate::support::PATIENCE;
use crate::support::http::unused_address;
use crate::support::program::{Process, Program};

const WAITS: &str = "waiting for the database";

/// `serve` on a database that [`cluster::prepared`] made, reached by another URL.
async fn serve(listen: SocketAddr, url: impl FnOnce(&str) -> String) -> Process {
    let (database, key_file) = cluster::prepared().await;
    Program::serve_on(listen)
        .store(&url(&database))
        .set("ops.listen", "")
        .set("encryption.key_file", key_file.display())
        .start()
}

/// The URL of the same database at another address.
fn at_address(address: SocketAddr, url: &str) -> String {
    let (user, rest) = url.split_once('@').unwrap();
    let (_, name) = rest.split_once('/').unwrap();
    format!("{user}@{address}/{name}")
}

/// Forwards connections to the server of the database at `url`.
fn forward(listener: TcpListener, url: &str) {
    let (_, rest) = url.split_once('@').unwrap();
    let (server, _) = rest.split_once('/').unwrap();
    let server = server.to_owned();
    let tracker = TaskTracker::new();
    tracker.clone().spawn(async move {
        while let Ok((mut from, _)) = listener.accept().await {
            let mut to = TcpStream::connect(&server).await.unwrap();
            tracker.spawn(async move {
                let _ = tokio::io::copy_bidirectional(&mut from, &mut to).await;
            });
        }
    });
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_unavailable_database_is_waited_for_and_logged_once() {
    let (listen, way) = (unused_address(), unused_address());
    let mut process = serve(listen, |url| at_address(way, url)).await;
    let line = process.logged(WAITS);
    assert!(line.contains("Connection refused"), "why: {line}");
    assert!(line.contains(&way.to_string()), "for what: {line}");
    assert!(!line.contains("tests:"), "no password: {line}");
    StdStream::connect(listen).expect_err("it does not listen yet");
    // Further attempts fail as well.
    let listener = TcpListener::bind(way).await.unwrap();
    for _ in 0..2 {
        let attempt = tokio::time::timeout(PATIENCE, listener.accept());
        attempt.await.expect("it tries again").unwrap();
    }
    forward(listener, &cluster::shared());
    assert_eq!(process.url("waba-migrator on"), format!("http://{listen}"));
    StdStream::connect(listen).unwrap();
    process.terminate();
    let (ended, log) = process.ended();
    assert!(ended.success(), "{log}");
    assert_eq!(log.matches(WAITS).count(), 1, "{log}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_process_that_waits_for_its_database_can_be_stopped() {
    let way = unused_address();
    let process = serve(unused_address(), |url| at_address(way, url)).await;
    process.logged(WAITS);
    process.terminate();
    let (ended, log) = process.ended();
    assert!(ended.success(), "{log}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_rejects_the_service_is_not_waited_for() {
    type Way = fn(&str) -> String;
    let wrong_password = |url: &str| {
        let (_, rest) = url.split_once('@').unwrap();
        format!("postgres://tests:canary@{rest}")
    };
    let refused = "the database server denied access";
    let ways: [(Way, &str, &str); 3] = [
        (wrong_password, refused, "password authentication failed"),
        (
            |url| cluster::database(url, "no_such_database"),
            refused,
            "database \"no_such_database\" does not exist",
        ),
        // The server of the tests does not encrypt.
        (
            |url| format!("{url}?sslmode=require"),
            "cannot be trusted",
            "TLS",
        ),
    ];
    for (url, what, why) in ways {
        let (ended, log) = serve(unused_address(), url).await.ended();
        assert_eq!(ended.code(), Some(1), "{log}");
        assert!(log.contains(what), "{log}");
        assert!(log.contains(why), "{log}");
        assert!(!log.contains(WAITS), "{log}");
        assert!(!log.contains("canary"), "{log}");
    }
}
