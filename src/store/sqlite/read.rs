//! Reading one migration and its history.

use jiff::Timestamp;
use rusqlite::{Connection, Row as SqliteRow};

use super::error::classified;
use super::rows::{self, count, millis, select};
use super::statement;
use crate::crypto::Keyring;
use crate::store::record::EVENTS;
use crate::store::{Error, Requested};
use domain::{Event, Migration, MigrationId, RequestId, TenantId};

/// The sequence of a migration's newest event.
pub(super) const LAST_SEQUENCE: &str = "SELECT last_sequence FROM migrations WHERE id = ?";
/// By its request.
pub(super) const REQUEST: &str = select!("WHERE m.tenant = ? AND m.request_id = ?");

/// A migration of the tenant's.
pub(super) fn load(
    connection: &Connection,
    keyring: &Keyring,
    tenant: &TenantId,
    id: MigrationId,
) -> Result<Option<Migration>, Error> {
    let statement = select!("WHERE m.tenant = ? AND m.id = ?");
    statement::first(connection, statement, (tenant.as_str(), id.uuid()), |row| {
        whole(keyring, row)
    })
}

/// Whether the migration of a request was removed. The id is free again at the time that is given.
pub(super) const REMOVED: &str =
    "SELECT 1 FROM removed_requests WHERE tenant = ? AND request_id = ? AND taken_until > ?";

/// What the tenant's request of this id came to. The migration is looked for first: where it is removed between the two
/// statements, the second finds that.
pub(super) fn requested(
    connection: &Connection,
    keyring: &Keyring,
    tenant: &TenantId,
    request_id: &RequestId,
    now: Timestamp,
) -> Result<Requested, Error> {
    let by = (tenant.as_str(), request_id.as_str());
    let started = statement::first(connection, REQUEST, by, |row| whole(keyring, row))?;
    if let Some(migration) = started {
        return Ok(Requested::Started(Box::new(migration)));
    }
    let removed = statement::exists(connection, REMOVED, (by.0, by.1, millis(now)))?;
    Ok(if removed {
        Requested::Removed
    } else {
        Requested::Unknown
    })
}

/// The migrations that were claimed. One that cannot be read must not hold up the others.
pub(super) fn claimed(
    connection: &Connection,
    keyring: &Keyring,
    ids: &[MigrationId],
) -> Result<Vec<Migration>, Error> {
    let mut statement = connection
        .prepare_cached(select!("WHERE m.id = ?"))
        .map_err(classified)?;
    let mut migrations = Vec::with_capacity(ids.len());
    for id in ids {
        let mut found = statement.query([id.uuid()]).map_err(classified)?;
        let Some(row) = found.next().map_err(classified)? else {
            continue;
        };
        match whole(keyring, row) {
            Ok(migration) => migrations.push(migration),
            Err(error) => tracing::error!(
                migration.id = %id,
                error = &error as &dyn std::error::Error,
                "a migration that is due cannot be read: it is left alone until its lease has run out"
            ),
        }
    }
    Ok(migrations)
}

/// Events of a migration of the tenant's.
pub(super) fn events(
    connection: &Connection,
    tenant: &TenantId,
    id: MigrationId,
    after_sequence: u64,
    limit: u32,
) -> Result<Option<Vec<Event>>, Error> {
    let events = statement::all(
        connection,
        "SELECT document FROM events WHERE migration = ? AND sequence > ? AND tenant = ? ORDER BY sequence LIMIT ?",
        (id.uuid(), count(after_sequence), tenant.as_str(), limit),
        |row| {
            let document = row.get_ref(0).map_err(classified)?;
            document
                .as_str()
                .map_err(|error| Error::corrupt(EVENTS, "document", &id, error))
                .and_then(|document| {
                    serde_json::from_str(document)
                        .map_err(|error| Error::corrupt(EVENTS, "document", &id, error))
                })
        },
    )?;
    if events.is_empty() && !exists(connection, tenant, id)? {
        return Ok(None);
    }
    Ok(Some(events))
}

/// The newest event of each of these migrations.
pub(super) fn last_sequences(
    connection: &Connection,
    ids: &[MigrationId],
) -> Result<Vec<(MigrationId, u64)>, Error> {
    let mut found = Vec::with_capacity(ids.len());
    for &id in ids {
        let sequence = statement::first(connection, LAST_SEQUENCE, [id.uuid()], |row| {
            row.get::<_, i64>(0).map_err(classified)
        })?;
        found.extend(sequence.map(|it| (id, u64::try_from(it).unwrap_or_default())));
    }
    Ok(found)
}

/// Shows that reading is possible.
pub(super) fn ping(connection: &Connection) -> Result<(), Error> {
    statement::exists(connection, "SELECT id FROM migrations LIMIT 1", ()).map(drop)
}

fn exists(connection: &Connection, tenant: &TenantId, id: MigrationId) -> Result<bool, Error> {
    let statement = "SELECT 1 FROM migrations WHERE tenant = ? AND id = ?";
    statement::exists(connection, statement, (tenant.as_str(), id.uuid()))
}

/// The migration in a row, with its secrets.
fn whole(keyring: &Keyring, row: &SqliteRow<'_>) -> Result<Migration, Error> {
    let sealed = rows::secrets(row)?;
    let migration = rows::row(row)?.into_migration()?;
    let secrets = sealed.open(keyring, &migration.tenant, migration.id)?;
    Ok(Migration {
        secrets,
        ..migration
    })
}
