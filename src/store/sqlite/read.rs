//! Reads of one migration and its history.

use jiff::Timestamp;
use rusqlite::Connection;

use super::Sqlite;
use super::error::classified;
use super::rows::{self, count, millis, select};
use super::statement;
use crate::store::Error;
use crate::store::record::{AnyRow, EVENTS, MigrationRow, RequestRow};
use domain::{Event, MigrationId, RequestId, TenantId};

/// Sequence of a migration's newest event.
pub(super) const LAST_SEQUENCE: &str =
    "SELECT last_sequence FROM migrations WHERE tenant = ? AND id = ?";
/// One migration.
pub(super) const ONE: &str = select!("WHERE m.tenant = ? AND m.id = ?");
/// Events of a migration after one of them.
pub(super) const EVENTS_AFTER: &str = "
    SELECT document FROM events
    WHERE tenant = ? AND migration = ? AND sequence > ? ORDER BY sequence LIMIT ?";
/// The migration of a request.
pub(super) const REQUEST: &str = select!("WHERE m.tenant = ? AND m.request_id = ?");
/// Whether the migration of a request was removed. The request id is taken until the given time.
pub(super) const REMOVED: &str =
    "SELECT 1 FROM removed_requests WHERE tenant = ? AND request_id = ? AND taken_until > ?";

impl Sqlite {
    pub(in crate::store) async fn load(
        &self,
        tenant: &TenantId,
        id: MigrationId,
    ) -> Result<Option<MigrationRow>, Error> {
        let by = (tenant.as_str(), id.uuid());
        self.readers
            .read(|connection| statement::first(connection, ONE, by, rows::row))
    }

    /// Reads the migration first: if it is removed between the two statements, the second finds
    /// that.
    pub(in crate::store) async fn requested(
        &self,
        tenant: &TenantId,
        request_id: &RequestId,
        now: Timestamp,
    ) -> Result<RequestRow, Error> {
        let by = (tenant.as_str(), request_id.as_str());
        self.readers.read(|connection| {
            if let Some(row) = statement::first(connection, REQUEST, by, rows::row)? {
                return Ok(RequestRow::Started(row));
            }
            let removed = statement::exists(connection, REMOVED, (by.0, by.1, millis(now)))?;
            Ok(if removed {
                RequestRow::Removed
            } else {
                RequestRow::Unknown
            })
        })
    }

    pub(in crate::store) async fn events(
        &self,
        tenant: &TenantId,
        id: MigrationId,
        after_sequence: u64,
        limit: u32,
    ) -> Result<Option<Vec<Event>>, Error> {
        self.readers.read(|connection| {
            let events = statement::all(
                connection,
                EVENTS_AFTER,
                (tenant.as_str(), id.uuid(), count(after_sequence), limit),
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
        })
    }

    pub(in crate::store) async fn last_sequences(
        &self,
        migrations: &[(TenantId, MigrationId)],
    ) -> Result<Vec<(MigrationId, u64)>, Error> {
        let migrations = migrations.to_vec();
        let read = move |connection: &Connection| {
            let mut found = Vec::with_capacity(migrations.len());
            for (tenant, id) in migrations {
                let by = (tenant.as_str(), id.uuid());
                let sequence = statement::first(connection, LAST_SEQUENCE, by, |row| {
                    row.get::<_, i64>(0).map_err(classified)
                })?;
                found.extend(sequence.map(|it| (id, u64::try_from(it).unwrap_or_default())));
            }
            Ok(found)
        };
        self.readers.read_long(read).await
    }
}

/// The rows of these migrations.
pub(super) fn all(
    connection: &Connection,
    migrations: &[(String, MigrationId)],
) -> Result<Vec<AnyRow>, Error> {
    let mut statement = connection.prepare_cached(ONE).map_err(classified)?;
    let mut found = Vec::with_capacity(migrations.len());
    for (tenant, id) in migrations {
        let mut matching = statement.query((tenant, id.uuid())).map_err(classified)?;
        if let Some(row) = matching.next().map_err(classified)? {
            found.push((*id, rows::row(row)));
        }
    }
    Ok(found)
}

fn exists(connection: &Connection, tenant: &TenantId, id: MigrationId) -> Result<bool, Error> {
    let statement = "SELECT 1 FROM migrations WHERE tenant = ? AND id = ?";
    statement::exists(connection, statement, (tenant.as_str(), id.uuid()))
}
