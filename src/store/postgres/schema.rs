//! Brings the database's schema up to date, and checks the keyring.
//!
//! Schema files are numbered and never change once they are released. Replicas that start together
//! wait for each other: the first does the work.

use std::sync::Arc;

use sqlx::postgres::PgConnectOptions;
use sqlx::{Connection as _, PgConnection};
use tokio::time::timeout;

use super::connect::{ANSWER, silent, while_answered};
use super::error::classified;
use crate::crypto::{self, AssociatedData, Keyring};
use crate::store::Error;

/// The schema files in order: the first brings an empty database to version 1.
pub(super) const SCHEMA: [&str; 8] = [
    include_str!("../schema/postgres/0001_migrations_and_events.sql"),
    include_str!("../schema/postgres/0002_tenants_and_keys.sql"),
    include_str!("../schema/postgres/0003_turns_of_tenants.sql"),
    include_str!("../schema/postgres/0004_numbers_by_identity.sql"),
    include_str!("../schema/postgres/0005_documents_as_text.sql"),
    include_str!("../schema/postgres/0006_graph_target.sql"),
    include_str!("../schema/postgres/0007_used_tenant_ids.sql"),
    include_str!("../schema/postgres/0008_removal.sql"),
];

const CHECK: AssociatedData<'_> = AssociatedData {
    tenant: "",
    table: "keyring_check",
    column: "sealed",
    row: b"1",
};

/// A lock until the end of the transaction. The number is "wabamigr" in ASCII.
const LOCK: &str = "SELECT pg_advisory_xact_lock(8602828417078061938)";

/// A schema file may rewrite a large table, and other processes wait for it: the session's time
/// limits do not apply to this transaction.
const UNLIMITED: &str = "SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = 0;
     SET LOCAL idle_in_transaction_session_timeout = 0";

/// Applies the schema files that the database has not seen, and checks the keyring; all or nothing.
pub(super) async fn bring_up_to_date(
    connection: &mut PgConnection,
    options: &PgConnectOptions,
    keyring: &Keyring,
) -> Result<(), Error> {
    let checked = timeout(ANSWER, is_up_to_date(connection, keyring)).await;
    if checked.unwrap_or_else(|_| Err(classified(silent())))? {
        return Ok(());
    }
    // It may take long: cancelled only where the server does not answer at all.
    let work = Box::pin(async { Ok(set_up(connection, keyring).await) });
    let done = while_answered(options, work).await;
    done.unwrap_or_else(|error| Err(classified(error)))
}

/// Whether there is nothing to do: then it waits for no other process, and needs no privilege to
/// create tables.
async fn is_up_to_date(connection: &mut PgConnection, keyring: &Keyring) -> Result<bool, Error> {
    if is_new(connection).await? || version(connection).await? != known() {
        return Ok(false);
    }
    match sealed(connection).await? {
        Some(sealed) => opens(keyring, &sealed).map(|()| true),
        None => Ok(false),
    }
}

async fn set_up(connection: &mut PgConnection, keyring: &Keyring) -> Result<(), Error> {
    let mut transaction = connection.begin().await.map_err(classified)?;
    execute(&mut transaction, UNLIMITED).await?;
    execute(&mut transaction, LOCK).await?;
    apply(&mut transaction).await?;
    check_keyring(&mut transaction, keyring).await?;
    transaction.commit().await.map_err(classified)
}

/// Reads the catalog itself: `to_regclass` may answer from a cache that is older than the tables
/// that another process created.
const IS_NEW: &str = "
    SELECT NOT EXISTS (
        SELECT 1 FROM pg_class
        WHERE relname = 'schema_version' AND relkind = 'r' AND pg_table_is_visible(oid))";

async fn is_new(connection: &mut PgConnection) -> Result<bool, Error> {
    sqlx::query_scalar(IS_NEW)
        .fetch_one(connection)
        .await
        .map_err(classified)
}

async fn version(connection: &mut PgConnection) -> Result<i64, Error> {
    sqlx::query_scalar("SELECT version FROM schema_version WHERE only_row = 1")
        .fetch_one(connection)
        .await
        .map_err(classified)
}

/// The newest schema version that this release knows.
fn known() -> i64 {
    i64::try_from(SCHEMA.len()).unwrap_or(i64::MAX)
}

async fn apply(connection: &mut PgConnection) -> Result<(), Error> {
    if is_new(connection).await? {
        execute(
            connection,
            "CREATE TABLE schema_version (
                 only_row integer NOT NULL PRIMARY KEY CHECK (only_row = 1),
                 version bigint NOT NULL);
             INSERT INTO schema_version VALUES (1, 0)",
        )
        .await?;
    }
    let (found, known) = (version(connection).await?, known());
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

/// Fails for a keyring without the key that this database was set up with: it would seal new
/// secrets while the old ones cannot be opened, which would remain unnoticed until a migration
/// needs one.
async fn check_keyring(connection: &mut PgConnection, keyring: &Keyring) -> Result<(), Error> {
    if let Some(sealed) = sealed(connection).await? {
        return opens(keyring, &sealed);
    }
    sqlx::query("INSERT INTO keyring_check (only_row, sealed) VALUES (1, $1)")
        .bind(keyring.seal(CHECK, b"waba-migrator").map_err(not_opened)?)
        .execute(&mut *connection)
        .await
        .map(drop)
        .map_err(classified)
}

async fn sealed(connection: &mut PgConnection) -> Result<Option<Vec<u8>>, Error> {
    sqlx::query_scalar("SELECT sealed FROM keyring_check")
        .fetch_optional(connection)
        .await
        .map_err(classified)
}

fn opens(keyring: &Keyring, sealed: &[u8]) -> Result<(), Error> {
    keyring.open(CHECK, sealed).map(drop).map_err(not_opened)
}

fn not_opened(source: crypto::Error) -> Error {
    Error::Sealed {
        table: CHECK.table,
        column: CHECK.column,
        row: "1".to_owned(),
        source: Arc::new(source),
    }
}

/// Runs statements that take no values.
async fn execute(connection: &mut PgConnection, statements: &'static str) -> Result<(), Error> {
    sqlx::raw_sql(statements)
        .execute(connection)
        .await
        .map(drop)
        .map_err(classified)
}
