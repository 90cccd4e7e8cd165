//! Brings the file's schema up to date, and checks the keyring.
//!
//! Schema files are numbered and never change once they are released; each sets `user_version` to
//! its number.

use rusqlite::{Connection, OptionalExtension as _};

use super::error::classified;
use crate::crypto::Keyring;
use crate::store::Error;
use crate::store::number_hash::NumberHasher;

/// The schema files in order: the first brings an empty file to version 1.
const SCHEMA: [&str; 1] = [include_str!("../schema/sqlite/0001_schema.sql")];

/// Applies the missing schema files, all or none. Writes even if there are none, so that a
/// read-only file is noticed at once.
pub(super) fn bring_up_to_date(connection: &Connection) -> Result<(), Error> {
    in_transaction(connection, || {
        let found = version(connection)?;
        let known = SCHEMA.len();
        let Some(missing) = usize::try_from(found)
            .ok()
            .and_then(|found| SCHEMA.get(found..))
        else {
            return Err(Error::NewerSchema {
                found,
                known: i64::try_from(known).unwrap_or(i64::MAX),
            });
        };
        for statements in missing {
            connection.execute_batch(statements).map_err(classified)?;
        }
        keep_version(connection)
    })
}

/// Writes the same version again: a write without a change, which SQLite does not skip.
pub(super) fn keep_version(connection: &Connection) -> Result<(), Error> {
    let version = version(connection)?;
    connection
        .pragma_update(None, "user_version", version)
        .map_err(classified)
}

fn version(connection: &Connection) -> Result<i64, Error> {
    connection
        .query_one("PRAGMA user_version", (), |row| row.get(0))
        .map_err(classified)
}

/// The hasher of the database's numbers; its key is made where there is none.
///
/// Fails for a keyring without the key that this database was created with: it would seal new
/// secrets while the old ones cannot be opened, which would remain unnoticed until a migration
/// needs one.
pub(super) fn number_hasher(
    connection: &Connection,
    keyring: &Keyring,
) -> Result<NumberHasher, Error> {
    in_transaction(connection, || {
        let sealed: Option<Vec<u8>> = connection
            .query_one("SELECT sealed FROM number_key", (), |row| row.get(0))
            .optional()
            .map_err(classified)?;
        if let Some(sealed) = sealed {
            return NumberHasher::open(keyring, &sealed);
        }
        let sealed = NumberHasher::seal_new_key(keyring)?;
        connection
            .execute(
                "INSERT INTO number_key (only_row, sealed) VALUES (1, ?)",
                [&sealed],
            )
            .map_err(classified)?;
        NumberHasher::open(keyring, &sealed)
    })
}

/// Runs `work` in a transaction. If it fails, the connection is not used again, which rolls back.
fn in_transaction<T>(
    connection: &Connection,
    work: impl FnOnce() -> Result<T, Error>,
) -> Result<T, Error> {
    connection
        .execute_batch("BEGIN IMMEDIATE")
        .map_err(classified)?;
    let done = work()?;
    connection.execute_batch("COMMIT").map_err(classified)?;
    Ok(done)
}
