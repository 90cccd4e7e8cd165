//! Reads and writes of tenants.

use sqlx::postgres::{PgConnection, PgRow};

use super::Postgres;
use super::loan::UnitOfWork;
use super::rows::{column, count};
use super::time::Time;
use crate::store::tenant::{TenantRecord, TenantRow};
use crate::store::{Added, Deleted, Error, Notification, Saved};
use domain::TenantId;

/// Makes the suspended migrations of a tenant due.
pub(super) const RELEASE: &str = "
    UPDATE migrations SET suspended = false, due_at = $2, delayed = false
    WHERE tenant = $1 AND suspended";

/// Updates a tenant; returns also whether that released a migration.
///
/// The tenant's row comes first: it is locked then, so that a worker that suspends migrations has
/// either committed, and its suspensions are seen here, or finds the tenant enabled.
struct SaveTenant<'a>(&'a TenantRecord);

/// Deletes a tenant with everything that belongs to it.
///
/// Its row and its feed are locked first, so that it gets no migration from then on, and those
/// created before are seen. A migration's row is deleted before its events: a writer of one more
/// event finds no migration to write it to.
struct DeleteTenant<'a>(&'a TenantId);

impl Postgres {
    pub(in crate::store) async fn create_tenant(
        &self,
        record: TenantRecord,
    ) -> Result<Added, Error> {
        let create = sqlx::query(
            "WITH new AS (
                 INSERT INTO used_tenant_ids (id) VALUES ($1) ON CONFLICT DO NOTHING RETURNING id
             ), feed AS (
                 INSERT INTO feeds (tenant, last_position) SELECT id, 0 FROM new
             )
             INSERT INTO tenants (id, disabled_at, version, access_token, app_secret, document)
             SELECT id, $2, 1, $3, $4, $5 FROM new RETURNING id",
        )
        .bind(record.id.as_str())
        .bind(record.disabled_at.map(Time))
        .bind(record.access_token.as_deref())
        .bind(record.app_secret.as_deref())
        .bind(&record.document);
        let new = self.inner.calls.once(create).await?;
        if !new.is_empty() {
            return Ok(Added::Done);
        }
        let exists = || sqlx::query("SELECT 1 FROM tenants WHERE id = $1").bind(record.id.as_str());
        let found = self.inner.calls.rows(exists).await?;
        Ok(Added::refused(!found.is_empty()))
    }

    pub(in crate::store) async fn tenant(&self, id: &TenantId) -> Result<Option<TenantRow>, Error> {
        let select = || {
            sqlx::query(
                "SELECT id, version, access_token, app_secret, document
                 FROM tenants WHERE id = $1",
            )
            .bind(id.as_str())
        };
        let found = self.inner.lookups.rows(select).await?;
        found.first().map(row).transpose()
    }

    pub(in crate::store) async fn tenant_ids(
        &self,
        after: Option<&TenantId>,
        limit: u32,
    ) -> Result<Vec<TenantId>, Error> {
        // No id is empty, so every id is after it.
        let after = after.map_or("", TenantId::as_str);
        let select = || {
            let page = "SELECT id FROM tenants WHERE id > $1 ORDER BY id LIMIT $2";
            sqlx::query(page).bind(after).bind(i64::from(limit))
        };
        let found = self.inner.calls.rows(select).await?;
        let id = |row| column(row, "id").map(TenantId::from_stored);
        found.iter().map(id).collect()
    }

    pub(in crate::store) async fn save_tenant(&self, record: TenantRecord) -> Result<Saved, Error> {
        let save = SaveTenant(&record);
        let (saved, released) = self.inner.batches.transaction(&save).await?;
        self.inner
            .notifier
            .notify(released.then_some(Notification::Due));
        Ok(saved)
    }

    pub(in crate::store) async fn delete_tenant(&self, id: &TenantId) -> Result<Deleted, Error> {
        self.inner.batches.transaction(&DeleteTenant(id)).await
    }
}

impl UnitOfWork for SaveTenant<'_> {
    type Answer = (Saved, bool);

    async fn run(&self, connection: &mut PgConnection) -> Result<Self::Answer, sqlx::Error> {
        let Self(record) = self;
        let updated = sqlx::query(
            "UPDATE tenants SET disabled_at = $1, version = version + 1, access_token = $2,
                 app_secret = $3, document = $4
             WHERE id = $5 AND version = $6",
        )
        .bind(record.disabled_at.map(Time))
        .bind(record.access_token.as_deref())
        .bind(record.app_secret.as_deref())
        .bind(&record.document)
        .bind(record.id.as_str())
        .bind(count(record.version))
        .execute(&mut *connection)
        .await?;
        if updated.rows_affected() == 0 {
            return Ok((Saved::Conflict, false));
        }
        let saved = Saved::Done {
            version: record.version.saturating_add(1),
        };
        if record.disabled_at.is_some() {
            return Ok((saved, false));
        }
        let release = sqlx::query(RELEASE)
            .bind(record.id.as_str())
            .bind(Time(record.updated_at));
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
        sqlx::query("SELECT 1 FROM feeds WHERE tenant = $1 FOR UPDATE")
            .bind(id.as_str())
            .execute(&mut *connection)
            .await?;
        // The condition on the state repeats the index's word for word, so that the index is used.
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
            "DELETE FROM migrations WHERE tenant = $1",
            "DELETE FROM findings WHERE tenant = $1",
            "DELETE FROM events WHERE tenant = $1",
            "DELETE FROM labels WHERE tenant = $1",
            "DELETE FROM requests WHERE tenant = $1",
            "DELETE FROM feeds WHERE tenant = $1",
            "DELETE FROM usage WHERE tenant = $1",
            // Keys are deleted with their tenant.
            "DELETE FROM tenants WHERE id = $1",
        ] {
            let delete = sqlx::query(statement).bind(id.as_str());
            delete.execute(&mut *connection).await?;
        }
        Ok(Deleted::Done)
    }
}

fn row(row: &PgRow) -> Result<TenantRow, Error> {
    Ok(TenantRow {
        id: column(row, "id")?,
        version: u64::try_from(column::<i64>(row, "version")?).unwrap_or_default(),
        access_token: column(row, "access_token")?,
        app_secret: column(row, "app_secret")?,
        document: column(row, "document")?,
    })
}
