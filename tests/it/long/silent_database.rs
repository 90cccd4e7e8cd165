//! A silent database and a stuck claim loop, for a minute.

use std::time::Duration;

use waba_migrator::config::{Config, Layers};
use waba_migrator::lifecycle::Server;
use waba_migrator::util::clock::Clock;

use crate::support::http::get;
use crate::trouble::silence::is_survived;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "takes more than a minute: tests/long/run"]
async fn a_database_that_is_silent_for_a_minute_is_detected_and_recovers() {
    Box::pin(is_survived(Duration::from_mins(1))).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "takes more than a minute: tests/long/run"]
async fn a_process_with_a_stuck_claim_loop_fails_its_liveness_check() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}", folder.path().join("m.db").display());
    let mut layers = Layers::new();
    for (key, value) in [
        ("store.url", url.as_str()),
        ("server.listen", "127.0.0.1:0"),
        ("ops.listen", "127.0.0.1:0"),
        ("engine.poll", "1s"),
    ] {
        layers = layers.set("test", key, value);
    }
    let config = Config::load(&layers).unwrap();
    // The server is never run, so that its claim loop does not move.
    let server = Server::start(&config, Clock::default()).await.unwrap();
    let ops = server.ops_addr().unwrap();
    let live = async || {
        let asked = tokio::task::spawn_blocking(move || get(ops, "/livez"));
        asked.await.unwrap().unwrap()
    };
    assert_eq!(live().await.status, 200);
    tokio::time::sleep(Duration::from_secs(62)).await;
    let stuck = live().await;
    assert_eq!(stuck.status, 503);
    assert!(
        stuck.body.contains("claim loop has not moved"),
        "{}",
        stuck.body
    );
}
