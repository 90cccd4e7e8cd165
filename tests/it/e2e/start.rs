//! The start of the program itself, while its database is away or does not let it in.

use std::net::{SocketAddr, TcpStream as StdStream};
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio_util::task::TaskTracker;

use crate::store::cluster;
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

/// The same database by another way.
fn by_way_of(address: SocketAddr, url: &str) -> String {
    let (user, rest) = url.split_once('@').unwrap();
    let (_, name) = rest.split_once('/').unwrap();
    format!("{user}@{address}/{name}")
}

/// From now on whoever connects to `address` reaches the database at `url`.
async fn open_the_way(address: SocketAddr, url: &str) {
    let (_, rest) = url.split_once('@').unwrap();
    let (server, _) = rest.split_once('/').unwrap();
    let server = server.to_owned();
    let listener = TcpListener::bind(address).await.unwrap();
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
async fn a_database_that_is_away_is_waited_for_and_that_is_said_once() {
    let (listen, way) = (unused_address(), unused_address());
    let mut process = serve(listen, |url| by_way_of(way, url)).await;
    let told = process.logged(WAITS);
    assert!(told.contains("Connection refused"), "why: {told}");
    assert!(told.contains(&way.to_string()), "for what: {told}");
    assert!(!told.contains("tests:"), "no password: {told}");
    StdStream::connect(listen).expect_err("nobody listens who cannot answer");
    // More than one of its tries.
    tokio::time::sleep(Duration::from_secs(3)).await;
    open_the_way(way, &cluster::shared()).await;
    assert_eq!(process.url("waba-migrator on"), format!("http://{listen}"));
    StdStream::connect(listen).unwrap();
    process.terminate();
    let (ended, said) = process.ended();
    assert!(ended.success(), "{said}");
    assert_eq!(said.matches(WAITS).count(), 1, "{said}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_process_that_waits_for_its_database_can_be_stopped() {
    let way = unused_address();
    let process = serve(unused_address(), |url| by_way_of(way, url)).await;
    process.logged(WAITS);
    process.terminate();
    let (ended, said) = process.ended();
    assert!(ended.success(), "{said}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_does_not_let_us_in_is_not_waited_for() {
    type Way = fn(&str) -> String;
    let wrong_password = |url: &str| {
        let (_, rest) = url.split_once('@').unwrap();
        format!("postgres://tests:canary@{rest}")
    };
    let refused = "the database does not let us in";
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
            "is not to be trusted",
            "TLS",
        ),
    ];
    for (url, what, why) in ways {
        let (ended, said) = serve(unused_address(), url).await.ended();
        assert_eq!(ended.code(), Some(1), "{said}");
        assert!(said.contains(what), "{said}");
        assert!(said.contains(why), "{said}");
        assert!(!said.contains(WAITS), "{said}");
        assert!(!said.contains("canary"), "{said}");
    }
}
