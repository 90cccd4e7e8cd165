//! The target of a store: recorded at the first start, and checked at each later one.

use tokio::task::JoinSet;
use waba_migrator::crypto::Keyring;
use waba_migrator::store::{Database, Error, Settings, Store as _, Target, World};

use super::backend::Backend;
use super::postgres::PostgresDatabase;
use super::sqlite::SqliteFile;

const META: &str = "graph.facebook.com";
const PROXY: &str = "graph.example";
const SANDBOX: &str = "127.0.0.1";

fn target(host: &str) -> Target {
    let world = if host == SANDBOX {
        World::Sandbox
    } else {
        World::Meta
    };
    Target {
        world,
        graph_host: host.to_owned(),
    }
}

/// Opens it for a service whose calls go to `host`.
async fn serve(backend: &impl Backend, host: &str, accept_host: bool) -> Result<Database, Error> {
    let keyring = Keyring::load(&backend.key_file()).unwrap();
    Database::open_for_service(
        &backend.url(),
        keyring,
        Settings::default(),
        &target(host),
        accept_host,
    )
    .await
}

/// Opens it for a service, and closes it.
async fn served(backend: &impl Backend, host: &str, accept_host: bool) -> Result<(), Error> {
    let store = serve(backend, host, accept_host).await?;
    store.ping().await?;
    store.close().await;
    Ok(())
}

async fn another_world_fails<B: Backend>() {
    for (mine, other) in [(META, SANDBOX), (SANDBOX, META)] {
        let backend = B::fresh().await;
        served(&backend, mine, false).await.unwrap();
        for accept in [false, true] {
            let refused = served(&backend, other, accept).await.unwrap_err();
            let text = refused.to_string();
            assert!(matches!(refused, Error::OtherWorld { .. }), "{refused:?}");
            let parts = [mine, other, "`meta`", "`sandbox`", "store.url"];
            assert!(parts.iter().all(|part| text.contains(part)), "{text}");
        }
        served(&backend, mine, false).await.unwrap();
    }
}

async fn another_host_is_accepted_for_good<B: Backend>() {
    let backend = B::fresh().await;
    served(&backend, META, true).await.unwrap();
    let refused = served(&backend, PROXY, false).await.unwrap_err();
    let text = refused.to_string();
    assert!(matches!(refused, Error::OtherHost { .. }), "{refused:?}");
    let parts = [META, PROXY, "graph.base_url", "--accept-graph-host"];
    assert!(parts.iter().all(|part| text.contains(part)), "{text}");
    served(&backend, PROXY, true).await.unwrap();
    served(&backend, PROXY, false).await.unwrap();
    served(&backend, META, false).await.unwrap_err();
}

async fn administration_neither_records_nor_checks_the_world<B: Backend>() {
    let backend = B::fresh().await;
    let administrate = async || {
        let keyring = Keyring::load(&backend.key_file()).unwrap();
        let store = Database::open(&backend.url(), keyring).await.unwrap();
        store.ping().await.unwrap();
        store.close().await;
    };
    administrate().await;
    served(&backend, SANDBOX, false).await.unwrap();
    administrate().await;
    served(&backend, SANDBOX, false).await.unwrap();
}

#[tokio::test]
async fn a_file_cannot_be_used_in_another_world() {
    another_world_fails::<SqliteFile>().await;
}

#[tokio::test]
async fn a_servers_database_cannot_be_used_in_another_world() {
    another_world_fails::<PostgresDatabase>().await;
}

#[tokio::test]
async fn another_host_is_accepted_by_a_file_for_good() {
    another_host_is_accepted_for_good::<SqliteFile>().await;
}

#[tokio::test]
async fn another_host_is_accepted_by_a_servers_database_for_good() {
    another_host_is_accepted_for_good::<PostgresDatabase>().await;
}

#[tokio::test]
async fn a_file_can_be_administered_in_any_world() {
    administration_neither_records_nor_checks_the_world::<SqliteFile>().await;
}

#[tokio::test]
async fn a_servers_database_can_be_administered_in_any_world() {
    administration_neither_records_nor_checks_the_world::<PostgresDatabase>().await;
}

/// Six processes start with two different targets.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_processes_that_start_together_in_two_worlds_those_of_one_fail() {
    let backend = PostgresDatabase::fresh().await;
    let (url, key_file) = (backend.url(), backend.key_file());
    let starts: JoinSet<_> = (0..6)
        .map(|n| {
            let (url, keyring) = (url.clone(), Keyring::load(&key_file).unwrap());
            let host = if n % 2 == 0 { META } else { SANDBOX };
            async move {
                let opened = Database::open_for_service(
                    &url,
                    keyring,
                    Settings::default(),
                    &target(host),
                    false,
                )
                .await;
                match opened {
                    Ok(store) => {
                        store.close().await;
                        Ok(host)
                    }
                    Err(error) => Err(error),
                }
            }
        })
        .collect();
    let (served, refused): (Vec<_>, Vec<_>) =
        starts.join_all().await.into_iter().partition(Result::is_ok);
    let mut served = served.into_iter().flatten();
    let first = served.next().unwrap();
    assert_eq!(served.filter(|host| *host == first).count(), 2);
    assert_eq!(refused.len(), 3);
    for error in refused {
        assert!(matches!(error, Err(Error::OtherWorld { .. })), "{error:?}");
    }
}

#[tokio::test]
async fn a_file_serves_one_service_until_that_closes_it() {
    let backend = SqliteFile::fresh().await;
    let first = serve(&backend, META, false).await.unwrap();
    let second = serve(&backend, META, false).await.unwrap_err();
    assert!(matches!(second, Error::InUse), "{second:?}");
    first.ping().await.expect("the first is not affected");
    first.close().await;
    // A clone may still exist.
    served(&backend, META, false).await.unwrap();
    drop(first);
}

#[tokio::test]
async fn a_service_that_fails_to_start_leaves_the_file_free() {
    let backend = SqliteFile::fresh().await;
    served(&backend, META, false).await.unwrap();
    served(&backend, SANDBOX, false).await.unwrap_err();
    served(&backend, META, false).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_servers_database_serves_many_services() {
    let backend = PostgresDatabase::fresh().await;
    let first = serve(&backend, META, false).await.unwrap();
    let second = serve(&backend, META, false).await.unwrap();
    for store in [first, second] {
        store.ping().await.unwrap();
        store.close().await;
    }
}
