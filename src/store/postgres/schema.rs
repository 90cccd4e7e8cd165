//! Sets the schema up, and opens the key of the hashes of numbers.
//!
//! Schema files are numbered and never change once they are released. Replicas that start together
//! wait for each other: the first does the work, with the row of the schema's version locked. A row
//! lock rather than an advisory lock: servers with PostgreSQL's protocol accept advisory locks, but
//! some ignore them.

use sqlx::postgres::PgConnectOptions;
use sqlx::{AssertSqlSafe, Connection as _, PgConnection};
use tokio::time::timeout;

use super::connect::{ANSWER, silent, while_answered};
use super::error::{classified, made_already};
use crate::crypto::Keyring;
use crate::store::Error;
use crate::store::number_hash::NumberHasher;

/// The schema files in order: the first brings an empty database to version 1.
pub(super) const SCHEMA: [&str; 1] = [include_str!("../schema/postgres/0001_schema.sql")];
/// Settings that a server may lack, and can do without.
const OPTIONAL: &str = include_str!("../schema/postgres/compression.sql");

/// The table of the version. Version 0: nothing else is set up yet.
const VERSION_TABLE: &str = "
    CREATE TABLE IF NOT EXISTS schema_version (
        only_row integer NOT NULL PRIMARY KEY CHECK (only_row = 1),
        version bigint NOT NULL);
    INSERT INTO schema_version VALUES (1, 0) ON CONFLICT DO NOTHING";
/// Maximum attempts to create it. The server may let two processes create a table with
/// `IF NOT EXISTS` at the same time, and fail one of them.
const ATTEMPTS: u32 = 5;

/// A schema file may rewrite a large table, and other processes wait for it: the session's time
/// limits do not apply to this transaction.
const UNLIMITED: &str = "SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = 0;
     SET LOCAL idle_in_transaction_session_timeout = 0";

/// Applies the schema files that the database has not seen, all or nothing; returns the hasher of
/// numbers.
pub(super) async fn bring_up_to_date(
    connection: &mut PgConnection,
    options: &PgConnectOptions,
    keyring: &Keyring,
) -> Result<NumberHasher, Error> {
    let ready = timeout(ANSWER, hasher_of_current(connection, keyring)).await;
    if let Some(hasher) = ready.unwrap_or_else(|_| Err(classified(silent())))? {
        return Ok(hasher);
    }
    // It may take long: cancelled only where the server does not answer at all.
    let work = Box::pin(async { Ok(set_up(connection, keyring).await) });
    let done = while_answered(options, work).await;
    done.unwrap_or_else(|error| Err(classified(error)))
}

/// The hasher, if there is nothing to do: then it waits for no other process, and needs no
/// privilege to create tables.
async fn hasher_of_current(
    connection: &mut PgConnection,
    keyring: &Keyring,
) -> Result<Option<NumberHasher>, Error> {
    if is_new(connection).await? || version(connection).await? != Some(known()) {
        return Ok(None);
    }
    let sealed = sealed(connection).await?;
    let hasher = sealed.map(|sealed| NumberHasher::open(keyring, &sealed));
    hasher.transpose()
}

async fn set_up(connection: &mut PgConnection, keyring: &Keyring) -> Result<NumberHasher, Error> {
    make_version_table(connection).await?;
    let mut transaction = connection.begin().await.map_err(classified)?;
    execute(&mut transaction, UNLIMITED).await?;
    let applied = apply(&mut transaction).await?;
    let hasher = open_hasher(&mut transaction, keyring).await?;
    transaction.commit().await.map_err(classified)?;
    if applied {
        apply_optional(connection).await;
    }
    Ok(hasher)
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

async fn make_version_table(connection: &mut PgConnection) -> Result<(), Error> {
    let mut attempts = 0;
    loop {
        attempts += 1;
        match sqlx::raw_sql(VERSION_TABLE).execute(&mut *connection).await {
            Err(error) if attempts < ATTEMPTS && made_already(&error) => {}
            made => return made.map(drop).map_err(classified),
        }
    }
}

/// The version of the schema.
async fn version(connection: &mut PgConnection) -> Result<Option<i64>, Error> {
    sqlx::query_scalar("SELECT version FROM schema_version WHERE only_row = 1")
        .fetch_optional(connection)
        .await
        .map_err(classified)
}

/// The newest schema version that this release knows.
fn known() -> i64 {
    i64::try_from(SCHEMA.len()).unwrap_or(i64::MAX)
}

/// Applies the missing schema files, with the row of the version locked until the commit; whether
/// there were any.
async fn apply(connection: &mut PgConnection) -> Result<bool, Error> {
    let found: i64 =
        sqlx::query_scalar("SELECT version FROM schema_version WHERE only_row = 1 FOR UPDATE")
            .fetch_one(&mut *connection)
            .await
            .map_err(classified)?;
    let known = known();
    let Some(missing) = usize::try_from(found)
        .ok()
        .and_then(|found| SCHEMA.get(found..))
    else {
        return Err(Error::NewerSchema { found, known });
    };
    if missing.is_empty() {
        return Ok(false);
    }
    for statements in missing {
        execute(connection, statements).await?;
    }
    sqlx::query("UPDATE schema_version SET version = $1")
        .bind(known)
        .execute(&mut *connection)
        .await
        .map_err(classified)?;
    Ok(true)
}

/// Applies what a server may refuse, each statement on its own.
async fn apply_optional(connection: &mut PgConnection) {
    let lines = OPTIONAL.lines().filter(|line| !line.starts_with("--"));
    let statements = lines.collect::<Vec<_>>().join("\n");
    for statement in statements.split(';').filter(|it| !it.trim().is_empty()) {
        let done = sqlx::raw_sql(AssertSqlSafe(statement)).execute(&mut *connection);
        if let Err(error) = done.await {
            tracing::debug!(
                error = &error as &dyn std::error::Error,
                "the database server does without an optional setting of a table"
            );
        }
    }
}

/// Opens the key of the hashes; draws it for a new database. Fails for a keyring without the key
/// that this database was set up with: it would seal new secrets while the old ones cannot be
/// opened, which would remain unnoticed until a migration needs one.
async fn open_hasher(
    connection: &mut PgConnection,
    keyring: &Keyring,
) -> Result<NumberHasher, Error> {
    if let Some(sealed) = sealed(connection).await? {
        return NumberHasher::open(keyring, &sealed);
    }
    let sealed = NumberHasher::seal_new_key(keyring)?;
    sqlx::query("INSERT INTO number_key (only_row, sealed) VALUES (1, $1)")
        .bind(&sealed)
        .execute(&mut *connection)
        .await
        .map_err(classified)?;
    NumberHasher::open(keyring, &sealed)
}

async fn sealed(connection: &mut PgConnection) -> Result<Option<Vec<u8>>, Error> {
    sqlx::query_scalar("SELECT sealed FROM number_key")
        .fetch_optional(connection)
        .await
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
