//! A code is gone once it was used, a token once its migration has ended: from the very rows.

use domain::{Command, State};
use sqlx::Connection as _;

use super::town::{Town, request};
use crate::store::backend::Backend;
use crate::store::postgres::PostgresDatabase;
use crate::store::sqlite::SqliteFile;

/// How many rows of migrations still hold something.
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

pub async fn what_served_its_purpose_is_erased<B: Rows>() {
    let town = Town::<B>::open().await;
    let (name, number) = ("acme", "+13035550001");
    let held = |tokens, codes, pins| Held {
        tokens,
        codes,
        pins,
    };
    let started = town.start_with(name, request(number), Some("own-of-acme"));
    let id = started.await.unwrap();
    town.settled(name, id).await;
    assert_eq!(town.backend.held().await, held(1, 0, 1));

    // A code that Meta refuses was used, too.
    let wrong = Command::SubmitCode("000000".parse().unwrap());
    town.command(name, id, wrong).await;
    let refused = town.until(name, id, |it| it.fault.is_some()).await;
    assert_eq!(refused.state, State::WaitingForCode);
    assert_eq!(town.backend.held().await, held(1, 0, 1));

    let ended = town.ended(name, id, &town.meta).await;
    assert_eq!(ended.state, State::Succeeded);
    assert_eq!(town.backend.held().await, held(0, 0, 1));

    let canceled = town.start_with(name, request("+13035550002"), Some("own-of-acme"));
    let canceled = canceled.await.unwrap();
    town.settled(name, canceled).await;
    town.command(name, canceled, Command::Cancel).await;
    // A PIN opens a number that was registered with it, and no other.
    assert_eq!(town.backend.held().await, held(0, 0, 1));
}
