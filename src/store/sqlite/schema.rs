//! Brings the file's schema up to date, and checks the keyring.
//!
//! Schema files are numbered and never change once they are released; each sets `user_version` to
//! its number.

use std::sync::Arc;

use rusqlite::{Connection, OptionalExtension as _};

use super::error::classified;
use crate::crypto::{AssociatedData, Keyring};
use crate::store::Error;

/// The schema files in order: the first brings an empty file to version 1.
const SCHEMA: [&str; 7] = [
    include_str!("../schema/sqlite/0001_migrations_and_events.sql"),
    include_str!("../schema/sqlite/0002_tenants_and_keys.sql"),
    include_str!("../schema/sqlite/0003_turns_of_tenants.sql"),
    include_str!("../schema/sqlite/0004_numbers_by_identity.sql"),
    include_str!("../schema/sqlite/0005_graph_target.sql"),
    include_str!("../schema/sqlite/0006_used_tenant_ids.sql"),
    include_str!("../schema/sqlite/0007_removal.sql"),
];

const CHECK: AssociatedData<'_> = AssociatedData {
    tenant: "",
    table: "keyring_check",
    column: "sealed",
    row: b"1",
};

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

/// Fails for a keyring without the key that this database was created with: it would seal new
/// secrets while the old ones cannot be opened, which would remain unnoticed until a migration
/// needs one.
pub(super) fn check_keyring(connection: &Connection, keyring: &Keyring) -> Result<(), Error> {
    let not_opened = |source| Error::Sealed {
        table: CHECK.table,
        column: CHECK.column,
        row: "1".to_owned(),
        source: Arc::new(source),
    };
    in_transaction(connection, || {
        let sealed: Option<Vec<u8>> = connection
            .query_one("SELECT sealed FROM keyring_check", (), |row| row.get(0))
            .optional()
            .map_err(classified)?;
        if let Some(sealed) = sealed {
            return keyring.open(CHECK, &sealed).map(drop).map_err(not_opened);
        }
        let sealed = keyring.seal(CHECK, b"waba-migrator").map_err(not_opened)?;
        connection
            .execute(
                "INSERT INTO keyring_check (only_row, sealed) VALUES (1, ?)",
                [sealed],
            )
            .map(drop)
            .map_err(classified)
    })
}

/// Runs `work` in a transaction. If it fails, the connection is not used again, which rolls back.
fn in_transaction(
    connection: &Connection,
    work: impl FnOnce() -> Result<(), Error>,
) -> Result<(), Error> {
    connection
        .execute_batch("BEGIN IMMEDIATE")
        .map_err(classified)?;
    work()?;
    connection.execute_batch("COMMIT").map_err(classified)
}
