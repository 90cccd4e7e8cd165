//! Trouble with the server of a PostgreSQL database.

use waba_migrator::crypto::Keyring;

use super::passing::rides_out;
use super::process::Surroundings;
use crate::store::cluster::{self, Server};

/// A service on the database at `url`.
async fn service(around: &Surroundings, url: &str) -> super::process::Process {
    let key_file = around.folder.path().join("key");
    Keyring::load_or_create(&key_file).unwrap();
    let setting = format!("encryption.key_file={}", key_file.display());
    around.serve(url, &[setting]).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_is_away_for_a_while_is_ridden_out() {
    let around = Surroundings::new().await;
    let server = tokio::task::spawn_blocking(Server::start).await.unwrap();
    let process = service(&around, &server.url).await;
    let come = async || tokio::task::block_in_place(|| server.halt());
    let go = async |()| tokio::task::block_in_place(|| server.resume());
    let sentence = "the database's server cannot be reached: ";
    rides_out(&around, &process, sentence, come, go).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_can_only_be_read_for_a_while_is_ridden_out() {
    let around = Surroundings::new().await;
    let url = cluster::empty().await;
    let process = service(&around, &url).await;
    let (_, name) = url.rsplit_once('/').unwrap();
    // As after a failover: the old primary is a standby now, and cuts its connections off.
    let set = async |read_only: &str| {
        let change = format!(
            "ALTER DATABASE {name} SET default_transaction_read_only = {read_only};
             SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"
        );
        cluster::execute(&cluster::shared(), &change).await;
    };
    let come = async || set("on").await;
    let go = async |()| set("off").await;
    let sentence = "the database can only be read: ";
    rides_out(&around, &process, sentence, come, go).await;
}
