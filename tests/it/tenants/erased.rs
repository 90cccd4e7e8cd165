//! Erasure from the rows: of a code once it was used, of a token once its migration has ended.

use domain::{Command, State};
use sqlx::Connection as _;

use super::harness::{TenantHarness, request};
use crate::store::backend::Backend;
use crate::store::postgres::PostgresDatabase;
use crate::store::sqlite::SqliteFile;

/// Number of migration rows that hold each secret.
#[derive(Debug, PartialEq, Eq)]
pub struct Held {
    pub tokens: i64,
    pub codes: i64,
    pub pins: i64,
}

const HELD: &str = "SELECT count(access_token), count(code), count(two_step_pin) FROM migrations";

pub trait Rows: Backend {
    async fn held(&self) -> Held;
}

impl Rows for SqliteFile {
    async fn held(&self) -> Held {
        let connection = rusqlite::Connection::open(self.path()).unwrap();
        let held = |row: &rusqlite::Row<'_>| {
            Ok(Held {
                tokens: row.get(0)?,
                codes: row.get(1)?,
                pins: row.get(2)?,
            })
        };
        connection.query_one(HELD, (), held).unwrap()
    }
}

impl Rows for PostgresDatabase {
    async fn held(&self) -> Held {
        let mut connection = sqlx::PgConnection::connect(&self.url).await.unwrap();
        let row: (i64, i64, i64) = sqlx::query_as(HELD)
            .fetch_one(&mut connection)
            .await
            .unwrap();
        let (tokens, codes, pins) = row;
        Held {
            tokens,
            codes,
            pins,
        }
    }
}

pub async fn used_secrets_are_erased<B: Rows>() {
    let harness = TenantHarness::<B>::open().await;
    let (name, number) = ("acme", "+13035550001");
    let held = |tokens, codes, pins| Held {
        tokens,
        codes,
        pins,
    };
    let started = harness.start_with(name, request(number), Some("own-of-acme"));
    let id = started.await.unwrap();
    harness.settled(name, id).await;
    assert_eq!(harness.backend.held().await, held(1, 0, 1));

    // A code that Meta refuses counts as used.
    let wrong = Command::SubmitCode("000000".parse().unwrap());
    harness.command(name, id, wrong).await;
    let refused = harness.until(name, id, |it| it.fault.is_some()).await;
    assert_eq!(refused.state, State::WaitingForCode);
    assert_eq!(harness.backend.held().await, held(1, 0, 1));

    let ended = harness.ended(name, id, &harness.meta).await;
    assert_eq!(ended.state, State::Succeeded);
    assert_eq!(harness.backend.held().await, held(0, 0, 1));

    let canceled = harness.start_with(name, request("+13035550002"), Some("own-of-acme"));
    let canceled = canceled.await.unwrap();
    harness.settled(name, canceled).await;
    harness.command(name, canceled, Command::Cancel).await;
    // A PIN is kept only for a number that was registered with it.
    assert_eq!(harness.backend.held().await, held(0, 0, 1));
}
