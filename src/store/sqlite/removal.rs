//! Removal of ended migrations and of what outlives them.

use jiff::Timestamp;
use rusqlite::Connection;

use super::Sqlite;
use super::error::classified;
use super::rows::{self, column, count, millis, select, timestamp};
use super::statement::{self, execute};
use super::write::REMOVE_LABELS;
use super::writer::Write;
use crate::store::record::AnyRow;
use crate::store::{Error, Expired, Oldest, calls_expired_by};
use domain::{MigrationId, TenantId};

/// The migrations that ended first.
pub(super) const FIRST: &str =
    "SELECT tenant, id FROM migrations WHERE ended_at <= ? ORDER BY ended_at LIMIT ?";
/// Keeps the request id of a migration that is about to be removed.
pub(super) const TAKE: &str = "
    INSERT INTO removed_requests (tenant, request_id, taken_until)
    SELECT tenant, request_id, ?3 FROM migrations WHERE tenant = ?1 AND id = ?2
    ON CONFLICT (tenant, request_id) DO UPDATE SET taken_until = excluded.taken_until";
/// Removes a migration and what belongs to it.
pub(super) const REMOVE: [&str; 5] = [
    "DELETE FROM events WHERE tenant = ? AND migration = ?",
    REMOVE_LABELS,
    "DELETE FROM findings WHERE tenant = ? AND migration = ?",
    "DELETE FROM requests WHERE tenant = ? AND id = ?",
    "DELETE FROM migrations WHERE tenant = ? AND id = ?",
];
/// Of the migrations with a PIN, those that ended first.
pub(super) const WITH_PIN: &str =
    select!("WHERE m.ended_with_pin_at <= ? ORDER BY m.ended_with_pin_at LIMIT ?");
/// Frees request ids, in the order of their expiry.
pub(super) const FREE: &str = "
    DELETE FROM removed_requests WHERE (tenant, request_id) IN (
        SELECT tenant, request_id FROM removed_requests WHERE taken_until <= ?
        ORDER BY taken_until LIMIT ?)";
/// Removes calls that no longer count, the oldest first.
pub(super) const FORGET_CALLS: &str = "
    DELETE FROM limited_calls WHERE (number, ordinal) IN (
        SELECT number, ordinal FROM limited_calls WHERE at <= ? ORDER BY at LIMIT ?)";
/// The oldest row of each kind. Of the migrations that have waited longest for a person, in hours,
/// the oldest among a thousand: the exact time has no index.
pub(super) const OLDEST: &str = "
    SELECT (SELECT min(ended_at) FROM migrations WHERE ended_at IS NOT NULL) AS migration,
        (SELECT min(ended_with_pin_at) FROM migrations WHERE ended_with_pin_at IS NOT NULL) AS with_pin,
        (SELECT min(taken_until) FROM removed_requests) AS request_id,
        (SELECT min(at) FROM limited_calls) AS call,
        (SELECT min(updated_at) FROM (
            SELECT updated_at FROM migrations
            WHERE state IN ('WAITING_FOR_CODE', 'ACTION_REQUIRED') AND updated_hour = (
                SELECT min(updated_hour) FROM migrations
                WHERE state IN ('WAITING_FOR_CODE', 'ACTION_REQUIRED'))
            LIMIT 1000)) AS waiting";

/// Removes one migration, if it still has this version.
struct Remove {
    tenant: TenantId,
    id: MigrationId,
    version: u64,
    taken_until: Timestamp,
}

/// Removes the migrations that ended first.
struct Purge {
    ended_by: Timestamp,
    taken_until: Timestamp,
    limit: u32,
}

/// Removes what has expired.
struct Expire {
    now: Timestamp,
    limit: u32,
}

impl Sqlite {
    pub(in crate::store) async fn remove(
        &self,
        tenant: &TenantId,
        id: MigrationId,
        version: u64,
        taken_until: Timestamp,
    ) -> Result<bool, Error> {
        let remove = Remove {
            tenant: tenant.clone(),
            id,
            version,
            taken_until,
        };
        self.writer.write(remove).await
    }

    pub(in crate::store) async fn purge(
        &self,
        ended_by: Timestamp,
        taken_until: Timestamp,
        limit: u32,
    ) -> Result<u64, Error> {
        let purge = Purge {
            ended_by,
            taken_until,
            limit,
        };
        self.writer.write(purge).await
    }

    pub(in crate::store) async fn with_pin(
        &self,
        ended_by: Timestamp,
        limit: u32,
    ) -> Result<Vec<AnyRow>, Error> {
        let read = move |connection: &_| {
            let by = (millis(ended_by), limit);
            statement::all(connection, WITH_PIN, by, |row| {
                let id = MigrationId::from_uuid(column(row, "id")?);
                Ok((id, rows::row(row)))
            })
        };
        self.readers.read_long(read).await
    }

    pub(in crate::store) async fn expire(
        &self,
        now: Timestamp,
        limit: u32,
    ) -> Result<Expired, Error> {
        self.writer.write(Expire { now, limit }).await
    }

    pub(in crate::store) async fn oldest(&self) -> Result<Oldest, Error> {
        self.readers.read(oldest)
    }
}

impl Write for Remove {
    type Answer = bool;

    fn run(&self, connection: &Connection) -> Result<bool, Error> {
        let ended = "SELECT 1 FROM migrations
                     WHERE tenant = ? AND id = ? AND version = ? AND ended_at IS NOT NULL";
        let by = (self.tenant.as_str(), self.id.uuid(), count(self.version));
        let removable = statement::exists(connection, ended, by)?;
        if removable {
            remove(connection, self.tenant.as_str(), self.id, self.taken_until)?;
        }
        Ok(removable)
    }
}

impl Write for Purge {
    type Answer = u64;

    fn run(&self, connection: &Connection) -> Result<u64, Error> {
        let first = (millis(self.ended_by), self.limit);
        let first = statement::all(connection, FIRST, first, |row| {
            let id = MigrationId::from_uuid(column(row, "id")?);
            Ok((column::<String>(row, "tenant")?, id))
        })?;
        for (tenant, id) in &first {
            remove(connection, tenant, *id, self.taken_until)?;
        }
        Ok(first.len() as u64)
    }
}

impl Write for Expire {
    type Answer = Expired;

    fn run(&self, connection: &Connection) -> Result<Expired, Error> {
        let by = |statement, at| execute(connection, statement, (millis(at), self.limit));
        Ok(Expired {
            request_ids: by(FREE, self.now)? as u64,
            calls: by(FORGET_CALLS, calls_expired_by(self.now))? as u64,
        })
    }
}

fn remove(
    connection: &Connection,
    tenant: &str,
    id: MigrationId,
    taken_until: Timestamp,
) -> Result<(), Error> {
    execute(connection, TAKE, (tenant, id.uuid(), millis(taken_until)))?;
    for statement in REMOVE {
        execute(connection, statement, (tenant, id.uuid()))?;
    }
    Ok(())
}

fn oldest(connection: &Connection) -> Result<Oldest, Error> {
    let read = |row: &rusqlite::Row<'_>| -> rusqlite::Result<Oldest> {
        let at = |name| row.get(name).map(|at: Option<i64>| at.map(timestamp));
        Ok(Oldest {
            migration: at("migration")?,
            with_pin: at("with_pin")?,
            request_id: at("request_id")?,
            call: at("call")?,
            waiting: at("waiting")?,
        })
    };
    connection
        .prepare_cached(OLDEST)
        .and_then(|mut statement| statement.query_one((), read))
        .map_err(classified)
}
