//! Reads and writes of tenants.

use rusqlite::{Connection, Row, params};

use super::Sqlite;
use super::rows::{column, count, millis, version};
use super::statement::{self, execute};
use super::writer::Write;
use crate::store::tenant::{TenantRecord, TenantRow};
use crate::store::{Added, Deleted, Error, Saved};
use domain::TenantId;

/// Inserts a tenant.
struct CreateTenant(TenantRecord);

/// Updates a tenant.
struct SaveTenant(TenantRecord);

/// Deletes a tenant with everything that belongs to it.
struct DeleteTenant(TenantId);

/// Makes the suspended migrations of a tenant due. The condition repeats the index's word for word,
/// so that the index is used.
pub(super) const RESUME: &str = "
    UPDATE migrations SET suspended = 0, due_at = ?, delayed = 0 WHERE tenant = ? AND suspended = 1";
/// A page of the ids of tenants.
pub(super) const PAGE: &str = "SELECT id FROM tenants WHERE id > ? ORDER BY id LIMIT ?";
/// The live migrations of a tenant, without a walk over those that have ended.
pub(super) const LIVE: &str = "
    SELECT count(*) AS live FROM migrations INDEXED BY migrations_live_number
    WHERE tenant = ? AND state NOT IN ('SUCCEEDED', 'FAILED', 'CANCELED', 'EXPIRED')";
/// Deletes a tenant and what belongs to it. Its keys and the request ids of its removed migrations
/// are deleted with its row. The limited calls of its numbers stay.
pub(super) const DELETE: [&str; 8] = [
    "DELETE FROM events WHERE tenant = ?",
    "DELETE FROM labels WHERE tenant = ?",
    "DELETE FROM findings WHERE tenant = ?",
    "DELETE FROM requests WHERE tenant = ?",
    "DELETE FROM migrations WHERE tenant = ?",
    "DELETE FROM feeds WHERE tenant = ?",
    "DELETE FROM usage WHERE tenant = ?",
    "DELETE FROM tenants WHERE id = ?",
];

impl Sqlite {
    pub(in crate::store) async fn create_tenant(
        &self,
        record: TenantRecord,
    ) -> Result<Added, Error> {
        self.writer.write(CreateTenant(record)).await
    }

    pub(in crate::store) async fn tenant(&self, id: &TenantId) -> Result<Option<TenantRow>, Error> {
        let statement =
            "SELECT id, version, access_token, app_secret, document FROM tenants WHERE id = ?";
        self.readers
            .read(|connection| statement::first(connection, statement, [id.as_str()], row))
    }

    pub(in crate::store) async fn tenant_ids(
        &self,
        after: Option<&TenantId>,
        limit: u32,
    ) -> Result<Vec<TenantId>, Error> {
        // No id is empty, so every id is after it.
        let after = after.map_or_else(String::new, |id| id.as_str().to_owned());
        let read = move |connection: &Connection| {
            statement::all(connection, PAGE, (after.as_str(), limit), |row| {
                column(row, "id").map(TenantId::from_stored)
            })
        };
        self.readers.read_long(read).await
    }

    pub(in crate::store) async fn save_tenant(&self, record: TenantRecord) -> Result<Saved, Error> {
        self.writer.write(SaveTenant(record)).await
    }

    pub(in crate::store) async fn delete_tenant(&self, id: &TenantId) -> Result<Deleted, Error> {
        self.writer.write(DeleteTenant(id.clone())).await
    }
}

impl Write for CreateTenant {
    type Answer = Added;

    fn run(&self, connection: &Connection) -> Result<Added, Error> {
        let Self(record) = self;
        let id = &record.id;
        let new = execute(
            connection,
            "INSERT INTO used_tenant_ids (id) VALUES (?) ON CONFLICT DO NOTHING",
            [id.as_str()],
        )?;
        if new == 0 {
            return Ok(Added::refused(exists(connection, id)?));
        }
        execute(
            connection,
            "INSERT INTO tenants (id, disabled_at, version, access_token, app_secret, document) VALUES (?, ?, 1, ?, ?, ?)",
            params![
                id.as_str(),
                record.disabled_at.map(millis),
                record.access_token,
                record.app_secret,
                record.document,
            ],
        )?;
        execute(
            connection,
            "INSERT INTO feeds (tenant, last_position) VALUES (?, 0)",
            [id.as_str()],
        )?;
        Ok(Added::Done)
    }
}

impl Write for SaveTenant {
    type Answer = Saved;

    fn run(&self, connection: &Connection) -> Result<Saved, Error> {
        let Self(record) = self;
        let updated = execute(
            connection,
            "UPDATE tenants SET disabled_at = ?, version = version + 1, access_token = ?, app_secret = ?, document = ?
             WHERE id = ? AND version = ?",
            params![
                record.disabled_at.map(millis),
                record.access_token,
                record.app_secret,
                record.document,
                record.id.as_str(),
                count(record.version),
            ],
        )?;
        if updated == 0 {
            return Ok(Saved::Conflict);
        }
        if record.disabled_at.is_none() {
            let due_at = millis(record.updated_at);
            execute(connection, RESUME, (due_at, record.id.as_str()))?;
        }
        Ok(Saved::Done {
            version: record.version.saturating_add(1),
        })
    }
}

impl Write for DeleteTenant {
    type Answer = Deleted;

    fn run(&self, connection: &Connection) -> Result<Deleted, Error> {
        let Self(id) = self;
        if *id == TenantId::default_tenant() {
            return Ok(Deleted::IsDefault);
        }
        if !exists(connection, id)? {
            return Ok(Deleted::NotFound);
        }
        let live = statement::first(connection, LIVE, [id.as_str()], |row| {
            column::<i64>(row, "live")
        })?;
        if let Some(Ok(migrations @ 1..)) = live.map(u64::try_from) {
            return Ok(Deleted::HasLive { migrations });
        }
        for statement in DELETE {
            execute(connection, statement, [id.as_str()])?;
        }
        Ok(Deleted::Done)
    }
}

/// Whether the tenant exists.
pub(super) fn exists(connection: &Connection, id: &TenantId) -> Result<bool, Error> {
    let statement = "SELECT 1 FROM tenants WHERE id = ?";
    statement::exists(connection, statement, [id.as_str()])
}

fn row(row: &Row<'_>) -> Result<TenantRow, Error> {
    Ok(TenantRow {
        id: column(row, "id")?,
        version: version(row)?,
        access_token: column(row, "access_token")?,
        app_secret: column(row, "app_secret")?,
        document: column(row, "document")?,
    })
}
