//! Unknown API keys: what they cost, and that they do not delay callers with a valid key.

use std::time::Duration;

use domain::tenancy::Role;
use futures_util::future::join_all;
use jiff::SignedDuration;
use sqlx::{Connection as _, PgConnection};
use tokio::time::{Instant, timeout};
use tonic::Code;

use super::harness::{AccessHarness, Caller, StoreKind, bearer};
use super::rpcs;

/// Longer than anything here takes.
const PATIENCE: Duration = Duration::from_secs(15);

/// The reason with which a list call is refused; empty if it is answered.
async fn refused(caller: &Caller) -> String {
    let message = rpcs::message("ListMigrations", "");
    let answer = caller.call("ListMigrations", message).await;
    if answer.code == Code::Ok {
        String::new()
    } else {
        answer.reason()
    }
}

#[tokio::test]
async fn an_unknown_key_is_cached_for_two_seconds_and_no_longer() {
    for kind in [StoreKind::Sqlite, StoreKind::Postgres] {
        let harness = AccessHarness::open(kind).await;
        let unknown = harness.with_headers(&[bearer(1)]);
        assert_eq!(refused(&unknown).await, "API_KEY_UNKNOWN");
        let caller = harness.caller("acme", Role::Reader, 1).await;
        harness.service.clock.advance(SignedDuration::from_secs(2));
        assert_eq!(refused(&caller).await, "");
        // A key that was never tried before its creation works at once.
        let caller = harness.caller("acme", Role::Reader, 2).await;
        assert_eq!(refused(&caller).await, "");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn unknown_keys_are_refused_in_time_and_do_not_delay_known_callers() {
    let harness = AccessHarness::open(StoreKind::Postgres).await;
    let caller = harness.caller("acme", Role::Migrator, 31).await;
    assert_eq!(refused(&caller).await, "");
    // No key can be read now.
    let mut session = PgConnection::connect(&harness.url).await.unwrap();
    sqlx::raw_sql("BEGIN; LOCK TABLE api_keys")
        .execute(&mut session)
        .await
        .unwrap();
    let unknown = (0..60).map(|n| harness.with_headers(&[bearer(n % 30)]));
    let unknown: Vec<Caller> = unknown.collect();
    let flood = join_all(unknown.iter().map(refused));
    let known = async {
        tokio::time::sleep(Duration::from_millis(500)).await;
        let started = Instant::now();
        for _ in 0..10 {
            assert_eq!(refused(&caller).await, "");
        }
        assert!(started.elapsed() < Duration::from_secs(2));
    };
    let (flood, ()) = timeout(PATIENCE, async { tokio::join!(flood, known) })
        .await
        .expect("a caller waits too long");
    assert!(
        flood.iter().all(|it| it == "STORE_UNAVAILABLE"),
        "{flood:?}"
    );
    session.close().await.unwrap();
    let now = timeout(PATIENCE, async {
        while refused(&unknown[0]).await != "API_KEY_UNKNOWN" {}
    });
    now.await.expect("unknown keys are not looked up again");
}
