//! Brings the database's schema up to date, and sees that the keyring is the database's.
//!
//! A schema file is numbered and never changes once it was released. Replicas that start at once wait for each other: the
//! first does the work, the others find it done.

use std::sync::Arc;

use sqlx::{Connection as _, PgConnection};

use super::error::classified;
use crate::crypto::{Keyring, Place};
use crate::store::Error;

/// Every schema file there is, in order: the first brings an empty database to version 1.
pub(super) const SCHEMA: [&str; 4] = [
    include_str!("../schema/postgres/0001_migrations_and_events.sql"),
    include_str!("../schema/postgres/0002_tenants_and_keys.sql"),
    include_str!("../schema/postgres/0003_turns_of_tenants.sql"),
    include_str!("../schema/postgres/0004_numbers_by_identity.sql"),
];

const CHECK: Place<'_> = Place {
    tenant: "",
    table: "keyring_check",
    column: "sealed",
    row: b"1",
};

/// Held until the transaction ends. The number is the word "wabamigr" in ASCII.
const LOCK: &str = "SELECT pg_advisory_xact_lock(8602828417078061938)";

/// Applies the schema files that the database has not seen, and checks the keyring; all or nothing.
pub(super) async fn bring_up_to_date(
    connection: &mut PgConnection,
    keyring: &Keyring,
) -> Result<(), Error> {
    let mut transaction = connection.begin().await.map_err(classified)?;
    execute(&mut transaction, LOCK).await?;
    apply(&mut transaction).await?;
    check_keyring(&mut transaction, keyring).await?;
    transaction.commit().await.map_err(classified)
}

async fn apply(connection: &mut PgConnection) -> Result<(), Error> {
    // Asked first, so that a user who may not make tables can start what another has set up.
    let new: bool = sqlx::query_scalar("SELECT to_regclass('schema_version') IS NULL")
        .fetch_one(&mut *connection)
        .await
        .map_err(classified)?;
    if new {
        execute(
            connection,
            "CREATE TABLE schema_version (
                 only_row integer NOT NULL PRIMARY KEY CHECK (only_row = 1), version bigint NOT NULL);
             INSERT INTO schema_version VALUES (1, 0)",
        )
        .await?;
    }
    let found: i64 = sqlx::query_scalar("SELECT version FROM schema_version WHERE only_row = 1")
        .fetch_one(&mut *connection)
        .await
        .map_err(classified)?;
    let known = i64::try_from(SCHEMA.len()).unwrap_or(i64::MAX);
    let Some(missing) = usize::try_from(found)
        .ok()
        .and_then(|found| SCHEMA.get(found..))
    else {
        return Err(Error::NewerSchema { found, known });
    };
    if missing.is_empty() {
        return Ok(());
    }
    for statements in missing {
        execute(connection, statements).await?;
    }
    sqlx::query("UPDATE schema_version SET version = $1")
        .bind(known)
        .execute(&mut *connection)
        .await
        .map(drop)
        .map_err(classified)
}

/// Refuses a keyring that cannot open what this database was made with: it would seal new secrets where the old ones
/// are lost, and nobody would notice until a migration needs one.
async fn check_keyring(connection: &mut PgConnection, keyring: &Keyring) -> Result<(), Error> {
    let foreign = |source| Error::Sealed {
        table: CHECK.table,
        column: CHECK.column,
        row: "1".to_owned(),
        source: Arc::new(source),
    };
    let sealed: Option<Vec<u8>> = sqlx::query_scalar("SELECT sealed FROM keyring_check")
        .fetch_optional(&mut *connection)
        .await
        .map_err(classified)?;
    if let Some(sealed) = sealed {
        return keyring.open(CHECK, &sealed).map(drop).map_err(foreign);
    }
    sqlx::query("INSERT INTO keyring_check (only_row, sealed) VALUES (1, $1)")
        .bind(keyring.seal(CHECK, b"waba-migrator").map_err(foreign)?)
        .execute(&mut *connection)
        .await
        .map(drop)
        .map_err(classified)
}

/// Runs statements that take no values.
async fn execute(connection: &mut PgConnection, statements: &'static str) -> Result<(), Error> {
    sqlx::raw_sql(statements)
        .execute(connection)
        .await
        .map(drop)
        .map_err(classified)
}
