//! Reads and writes of API keys.

use sqlx::postgres::PgRow;

use super::Postgres;
use super::rows::column;
use super::time::Time;
use crate::store::api_key::{KeyChange, KeyRow};
use crate::store::{Added, Error};
use domain::TenantId;
use domain::tenancy::{ApiKey, ApiKeyId, KeyPrefix};

/// Inserts a key. The tenant's row is locked, so that it is not deleted meanwhile.
const CREATE: &str = "
    WITH owner AS (
        SELECT id FROM tenants WHERE id = $2 FOR KEY SHARE
    ), new AS (
        INSERT INTO api_keys (id, tenant, prefix, hash, role, label, created_at, expires_at,
            revoked_at, last_used_at)
        SELECT $1, owner.id, $3, $4, $5, $6, $7, $8, $9, $10 FROM owner
        ON CONFLICT DO NOTHING RETURNING id
    )
    SELECT EXISTS (SELECT 1 FROM owner) AS owned, EXISTS (SELECT 1 FROM new) AS kept";

impl Postgres {
    pub(in crate::store) async fn create_key(&self, key: &ApiKey) -> Result<Added, Error> {
        let create = sqlx::query(CREATE)
            .bind(key.id.uuid())
            .bind(key.tenant.as_str())
            .bind(key.prefix.as_str())
            .bind(key.hash.as_bytes().as_slice())
            .bind(key.role.as_str())
            .bind(key.label.as_str())
            .bind(Time(key.created_at))
            .bind(key.expires_at.map(Time))
            .bind(key.revoked_at.map(Time))
            .bind(key.last_used_at.map(Time));
        let rows = self.inner.calls.once(create).await?;
        let row = rows
            .first()
            .ok_or(Error::Inconsistent("a write has no answer"))?;
        Ok(match (column(row, "owned")?, column(row, "kept")?) {
            (false, _) => Added::NoTenant,
            (true, false) => Added::Taken,
            (true, true) => Added::Done,
        })
    }

    /// The ids of keys sort by the time of their creation.
    pub(in crate::store) async fn keys(&self, tenant: &TenantId) -> Result<Vec<ApiKey>, Error> {
        let select = || {
            sqlx::query("SELECT * FROM api_keys WHERE tenant = $1 ORDER BY id")
                .bind(tenant.as_str())
        };
        let found = self.inner.calls.rows(select).await?;
        found.iter().map(key).collect()
    }

    pub(in crate::store) async fn key_by_prefix(
        &self,
        prefix: &KeyPrefix,
    ) -> Result<Option<ApiKey>, Error> {
        let select =
            || sqlx::query("SELECT * FROM api_keys WHERE prefix = $1").bind(prefix.as_str());
        let found = self.inner.lookups.rows(select).await?;
        found.first().map(key).transpose()
    }

    pub(in crate::store) async fn change_key(
        &self,
        tenant: &TenantId,
        id: ApiKeyId,
        change: KeyChange,
    ) -> Result<Option<ApiKey>, Error> {
        let (statement, at) = match change {
            KeyChange::Revoked(at) => (
                "UPDATE api_keys SET revoked_at = coalesce(revoked_at, $1)
                 WHERE tenant = $2 AND id = $3 RETURNING *",
                Some(at),
            ),
            KeyChange::Expires(at) => (
                "UPDATE api_keys SET expires_at = $1 WHERE tenant = $2 AND id = $3 RETURNING *",
                at,
            ),
            KeyChange::Used(at) => (
                "UPDATE api_keys SET last_used_at = greatest(last_used_at, $1)
                 WHERE tenant = $2 AND id = $3 RETURNING *",
                Some(at),
            ),
        };
        // Idempotent, so that it may be repeated.
        let update = || {
            sqlx::query(statement)
                .bind(at.map(Time))
                .bind(tenant.as_str())
                .bind(id.uuid())
        };
        let changed = self.inner.calls.rows(update).await?;
        changed.first().map(key).transpose()
    }
}

fn key(row: &PgRow) -> Result<ApiKey, Error> {
    let at = |name| column::<Option<Time>>(row, name).map(|at| at.map(|Time(at)| at));
    let Time(created_at) = column(row, "created_at")?;
    let row = KeyRow {
        id: column(row, "id")?,
        tenant: column(row, "tenant")?,
        prefix: column(row, "prefix")?,
        hash: column(row, "hash")?,
        role: column(row, "role")?,
        label: column(row, "label")?,
        created_at,
        expires_at: at("expires_at")?,
        revoked_at: at("revoked_at")?,
        last_used_at: at("last_used_at")?,
    };
    row.into_key()
}
