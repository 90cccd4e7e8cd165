//! Tenants.

use sqlx::postgres::{PgConnection, PgRow};

use super::connections::Connections;
use super::loan::UnitOfWork;
use super::rows::{column, count};
use super::time::Time;
use crate::crypto::Keyring;
use crate::store::tenant::{TenantRecord, TenantRow};
use crate::store::{Added, Deleted, Error, Saved};
use domain::TenantId;
use domain::tenancy::Tenant;

/// What is read of a tenant.
macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT id, version, access_token, app_secret, document::text AS document FROM tenants ",
            $rest
        )
    };
}

/// Frees what stands still. The condition on the lease is the index's, word for word, so that the index is used.
pub(super) const RELEASE: &str = "
    UPDATE migrations SET lease_worker = NULL, lease_until = NULL
    WHERE tenant = $1 AND lease_worker = '00000000-0000-0000-0000-000000000000'";

/// Keeps what became of a tenant; says also whether anything was freed by it.
///
/// The tenant's row comes first: it is locked then, so that whoever sets migrations aside has either done so, and they are seen
/// here, or finds the tenant enabled.
pub(super) struct Save<'a>(pub(super) &'a TenantRecord);

/// Removes a tenant with all that it has.
///
/// Its row is locked first, so that no migration of it is made from then on, and what was made before is seen. A migration's row
/// goes before its events: whoever would write one more finds nothing to write it to.
pub(super) struct DeleteTenant<'a>(pub(super) &'a TenantId);

/// Keeps a new tenant.
pub(super) async fn create(
    connections: &Connections,
    record: &TenantRecord,
) -> Result<Added, Error> {
    let create = sqlx::query(
        "WITH new AS (INSERT INTO used_tenant_ids (id) VALUES ($1) ON CONFLICT DO NOTHING RETURNING id)
         INSERT INTO tenants (id, disabled_at, version, access_token, app_secret, document)
         SELECT id, $2, 1, $3, $4, $5::json FROM new RETURNING id",
    )
    .bind(record.tenant.id.as_str())
    .bind(record.tenant.disabled_at.map(Time))
    .bind(record.access_token.as_deref())
    .bind(record.app_secret.as_deref())
    .bind(&record.document);
    let new = connections.once(create).await?;
    if !new.is_empty() {
        return Ok(Added::Done);
    }
    let exists =
        || sqlx::query("SELECT 1 FROM tenants WHERE id = $1").bind(record.tenant.id.as_str());
    let found = connections.rows(exists).await?;
    Ok(Added::refused(!found.is_empty()))
}

impl UnitOfWork for Save<'_> {
    type Answer = (Saved, bool);

    async fn run(&self, connection: &mut PgConnection) -> Result<Self::Answer, sqlx::Error> {
        let Self(record) = self;
        let tenant = &record.tenant;
        let updated = sqlx::query(
            "UPDATE tenants SET disabled_at = $1, version = version + 1, access_token = $2, app_secret = $3,
                 document = $4::json
             WHERE id = $5 AND version = $6",
        )
        .bind(tenant.disabled_at.map(Time))
        .bind(record.access_token.as_deref())
        .bind(record.app_secret.as_deref())
        .bind(&record.document)
        .bind(tenant.id.as_str())
        .bind(count(tenant.version))
        .execute(&mut *connection)
        .await?;
        if updated.rows_affected() == 0 {
            return Ok((Saved::Conflict, false));
        }
        let saved = Saved::Done {
            version: tenant.version.saturating_add(1),
        };
        if !tenant.is_enabled() {
            return Ok((saved, false));
        }
        let release = sqlx::query(RELEASE).bind(tenant.id.as_str());
        let released = release.execute(connection).await?;
        Ok((saved, released.rows_affected() > 0))
    }
}

impl UnitOfWork for DeleteTenant<'_> {
    type Answer = Deleted;

    async fn run(&self, connection: &mut PgConnection) -> Result<Deleted, sqlx::Error> {
        let Self(id) = self;
        if **id == TenantId::default_tenant() {
            return Ok(Deleted::IsDefault);
        }
        let found = sqlx::query("SELECT 1 FROM tenants WHERE id = $1 FOR UPDATE")
            .bind(id.as_str())
            .fetch_optional(&mut *connection)
            .await?;
        if found.is_none() {
            return Ok(Deleted::NotFound);
        }
        // The condition on the state is the index's, word for word, so that the index is used.
        let live: i64 = sqlx::query_scalar(
            "SELECT count(*) FROM migrations
             WHERE tenant = $1 AND state NOT IN ('SUCCEEDED', 'FAILED', 'CANCELED', 'EXPIRED')",
        )
        .bind(id.as_str())
        .fetch_one(&mut *connection)
        .await?;
        if let Ok(migrations @ 1..) = u64::try_from(live) {
            return Ok(Deleted::HasLive { migrations });
        }
        for statement in [
            "DELETE FROM migrations WHERE id IN (SELECT id FROM requests WHERE tenant = $1)",
            "DELETE FROM events WHERE migration IN (SELECT id FROM requests WHERE tenant = $1)",
            "DELETE FROM labels WHERE tenant = $1",
            "DELETE FROM requests WHERE tenant = $1",
            // Keys go with their tenant.
            "DELETE FROM tenants WHERE id = $1",
        ] {
            let delete = sqlx::query(statement).bind(id.as_str());
            delete.execute(&mut *connection).await?;
        }
        Ok(Deleted::Done)
    }
}

/// A tenant.
pub(super) async fn load(
    connections: &Connections,
    keyring: &Keyring,
    id: &TenantId,
) -> Result<Option<Tenant>, Error> {
    let found = connections
        .rows(|| sqlx::query(select!("WHERE id = $1")).bind(id.as_str()))
        .await?;
    let tenant = found.first().map(|row| opened(keyring, row));
    tenant.transpose()
}

/// The ids of all.
pub(super) async fn ids(connections: &Connections) -> Result<Vec<TenantId>, Error> {
    let found = connections
        .rows(|| sqlx::query("SELECT id FROM tenants ORDER BY id"))
        .await?;
    let id = |row| column(row, "id").map(TenantId::from_stored);
    found.iter().map(id).collect()
}

fn opened(keyring: &Keyring, row: &PgRow) -> Result<Tenant, Error> {
    let row = TenantRow {
        id: column(row, "id")?,
        version: u64::try_from(column::<i64>(row, "version")?).unwrap_or_default(),
        access_token: column(row, "access_token")?,
        app_secret: column(row, "app_secret")?,
        document: column(row, "document")?,
    };
    row.open(keyring)
}
