//! What API keys that nobody has can cost: little, and never what those need who have one.

use std::time::Duration;

use domain::tenancy::Role;
use futures_util::future::join_all;
use jiff::SignedDuration;
use sqlx::{Connection as _, PgConnection};
use tokio::time::{Instant, timeout};
use tonic::Code;

use super::rpcs;
use super::town::{Kept, Person, Town, bearer};

/// Longer than anything here takes.
const PATIENCE: Duration = Duration::from_secs(15);

/// The reason that a listing is refused with; nothing where it is answered.
async fn refused(person: &Person) -> String {
    let message = rpcs::message("ListMigrations", "");
    let answer = person.call("ListMigrations", message).await;
    if answer.code == Code::Ok {
        String::new()
    } else {
        answer.reason()
    }
}

#[tokio::test]
async fn that_nobody_has_a_key_is_remembered_for_two_seconds_and_no_longer() {
    for kept in [Kept::OnAFile, Kept::OnAServer] {
        let town = Town::open(kept).await;
        let early = town.stranger(&[bearer(1)]);
        assert_eq!(refused(&early).await, "API_KEY_UNKNOWN");
        let person = town.person("acme", Role::Reader, 1).await;
        town.stack.clock.advance(SignedDuration::from_secs(2));
        assert_eq!(refused(&person).await, "");
        // One that nobody has tried before opens at once.
        let person = town.person("acme", Role::Reader, 2).await;
        assert_eq!(refused(&person).await, "");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn keys_that_nobody_has_are_refused_in_time_and_hold_up_nobody_who_is_known() {
    let town = Town::open(Kept::OnAServer).await;
    let person = town.person("acme", Role::Migrator, 31).await;
    assert_eq!(refused(&person).await, "");
    // Nothing can be read of any key now.
    let mut session = PgConnection::connect(&town.url).await.unwrap();
    sqlx::raw_sql("BEGIN; LOCK TABLE api_keys")
        .execute(&mut session)
        .await
        .unwrap();
    let strangers = (0..60).map(|n| town.stranger(&[bearer(n % 30)]));
    let strangers: Vec<Person> = strangers.collect();
    let flood = join_all(strangers.iter().map(refused));
    let known = async {
        tokio::time::sleep(Duration::from_millis(500)).await;
        let started = Instant::now();
        for _ in 0..10 {
            assert_eq!(refused(&person).await, "");
        }
        assert!(started.elapsed() < Duration::from_secs(2));
    };
    let (flood, ()) = timeout(PATIENCE, async { tokio::join!(flood, known) })
        .await
        .expect("nobody waits for long");
    assert!(
        flood.iter().all(|it| it == "STORE_UNAVAILABLE"),
        "{flood:?}"
    );
    session.close().await.unwrap();
    let now = timeout(PATIENCE, async {
        while refused(&strangers[0]).await != "API_KEY_UNKNOWN" {}
    });
    now.await.expect("they are looked up again");
}
