//! Tenants.

use rusqlite::{Connection, Row, params};

use super::rows::{column, count, millis, version};
use super::statement::{self, execute};
use super::writer::Write;
use crate::crypto::Keyring;
use crate::store::tenant::{TenantRecord, TenantRow};
use crate::store::{Added, Deleted, Error, Saved};
use domain::TenantId;
use domain::tenancy::Tenant;

/// What is read of a tenant.
macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT id, version, access_token, app_secret, document FROM tenants ",
            $rest
        )
    };
}

/// Keeps a new tenant.
pub(super) struct CreateTenant(pub(super) TenantRecord);

/// Keeps what became of a tenant.
pub(super) struct SaveTenant(pub(super) TenantRecord);

/// Removes a tenant with all that it has.
pub(super) struct DeleteTenant(pub(super) TenantId);

/// Frees what stands still. The condition on the lease is the index's, word for word, so that the index is used.
pub(super) const RELEASE: &str = "
    UPDATE migrations SET lease_worker = NULL, lease_until = NULL
    WHERE tenant = ? AND lease_worker = x'00000000000000000000000000000000'";

impl Write for CreateTenant {
    type Answer = Added;

    fn run(&self, connection: &Connection) -> Result<Added, Error> {
        let Self(record) = self;
        let id = &record.tenant.id;
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
                record.tenant.disabled_at.map(millis),
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
        let tenant = &record.tenant;
        let updated = execute(
            connection,
            "UPDATE tenants SET disabled_at = ?, version = version + 1, access_token = ?, app_secret = ?, document = ?
             WHERE id = ? AND version = ?",
            params![
                tenant.disabled_at.map(millis),
                record.access_token,
                record.app_secret,
                record.document,
                tenant.id.as_str(),
                count(tenant.version),
            ],
        )?;
        if updated == 0 {
            return Ok(Saved::Conflict);
        }
        if tenant.is_enabled() {
            execute(connection, RELEASE, [tenant.id.as_str()])?;
        }
        Ok(Saved::Done {
            version: tenant.version.saturating_add(1),
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
        // The condition on the state is the index's, word for word, so that the index is used.
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
        // Labels and events go with their migrations, keys with their tenant.
        for statement in [
            "DELETE FROM migrations WHERE tenant = ?",
            "DELETE FROM tenants WHERE id = ?",
        ] {
            execute(connection, statement, [id.as_str()])?;
        }
        Ok(Deleted::Done)
    }
}

/// A tenant.
pub(super) fn load(
    connection: &Connection,
    keyring: &Keyring,
    id: &TenantId,
) -> Result<Option<Tenant>, Error> {
    let statement = select!("WHERE id = ?");
    statement::first(connection, statement, [id.as_str()], |row| {
        opened(keyring, row)
    })
}

/// The ids of all.
pub(super) fn ids(connection: &Connection) -> Result<Vec<TenantId>, Error> {
    statement::all(
        connection,
        "SELECT id FROM tenants ORDER BY id",
        (),
        |row| column(row, "id").map(TenantId::from_stored),
    )
}

/// Whether there is such a tenant.
pub(super) fn exists(connection: &Connection, id: &TenantId) -> Result<bool, Error> {
    let statement = "SELECT 1 FROM tenants WHERE id = ?";
    statement::exists(connection, statement, [id.as_str()])
}

fn opened(keyring: &Keyring, row: &Row<'_>) -> Result<Tenant, Error> {
    let row = TenantRow {
        id: column(row, "id")?,
        version: version(row)?,
        access_token: column(row, "access_token")?,
        app_secret: column(row, "app_secret")?,
        document: column(row, "document")?,
    };
    row.open(keyring)
}
