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

/// Releases the suspended migrations of a tenant. The condition on the lease repeats the index's
/// word for word, so that the index is used.
pub(super) const RELEASE: &str = "
    UPDATE migrations SET lease_worker = NULL, lease_until = NULL
    WHERE tenant = ? AND lease_worker = x'00000000000000000000000000000000'";

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

    pub(in crate::store) async fn tenant_ids(&self) -> Result<Vec<TenantId>, Error> {
        let read = |connection: &Connection| {
            statement::all(
                connection,
                "SELECT id FROM tenants ORDER BY id",
                (),
                |row| column(row, "id").map(TenantId::from_stored),
            )
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
            execute(connection, RELEASE, [record.id.as_str()])?;
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
        // The condition on the state repeats the index's word for word, so that the index is used.
        let live = statement::first(
            connection,
            "SELECT count(*) AS live FROM migrations
             WHERE tenant = ? AND state NOT IN ('SUCCEEDED', 'FAILED', 'CANCELED', 'EXPIRED')",
            [id.as_str()],
            |row| column::<i64>(row, "live"),
        )?;
        if let Some(Ok(migrations @ 1..)) = live.map(u64::try_from) {
            return Ok(Deleted::HasLive { migrations });
        }
        // Labels and events are deleted with their migrations, keys with their tenant.
        for statement in [
            "DELETE FROM migrations WHERE tenant = ?",
            "DELETE FROM tenants WHERE id = ?",
        ] {
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
