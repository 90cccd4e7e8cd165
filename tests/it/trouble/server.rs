//! Failures of a PostgreSQL server.

use waba_migrator::crypto::Keyring;

use super::passing::survives;
use super::service::Environment;
use crate::store::cluster::{self, Server};

/// A service on the database at `url`.
async fn service(environment: &Environment, url: &str) -> super::service::ServiceProcess {
    let key_file = environment.folder.path().join("key");
    Keyring::load_or_create(&key_file).unwrap();
    let setting = format!("encryption.key_file={}", key_file.display());
    environment.serve(url, &[setting]).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_temporarily_unavailable_server_is_survived() {
    let environment = Environment::new().await;
    let server = tokio::task::spawn_blocking(Server::start).await.unwrap();
    let process = service(&environment, &server.url).await;
    let fail = async || tokio::task::block_in_place(|| server.halt());
    let recover = async |()| tokio::task::block_in_place(|| server.resume());
    let sentence = "the database server cannot be reached: ";
    survives(&environment, &process, sentence, fail, recover).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_temporarily_read_only_server_is_survived() {
    let environment = Environment::new().await;
    let url = cluster::empty().await;
    let process = service(&environment, &url).await;
    let (_, name) = url.rsplit_once('/').unwrap();
    // As after a failover: the old primary is now a standby, and has closed its connections.
    let set = async |read_only: &str| {
        let change = format!(
            "ALTER DATABASE {name} SET default_transaction_read_only = {read_only};
             SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"
        );
        cluster::execute(&cluster::shared(), &change).await;
    };
    let fail = async || set("on").await;
    let recover = async |()| set("off").await;
    let sentence = "the database is read-only: ";
    survives(&environment, &process, sentence, fail, recover).await;
}
