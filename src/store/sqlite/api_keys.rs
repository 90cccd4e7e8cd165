//! API keys.

use rusqlite::{Connection, Row, params};

use super::rows::{column, millis, timestamp};
use super::writer::Write;
use super::{statement, tenants};
use crate::store::api_key::{KeyChange, KeyRow};
use crate::store::{Added, Error};
use domain::TenantId;
use domain::tenancy::{ApiKey, ApiKeyId, KeyPrefix};

/// Keeps a new key.
pub(super) struct CreateKey(pub(super) ApiKey);

/// Changes a key; answers it as it stands then.
pub(super) struct ChangeKey {
    pub(super) tenant: TenantId,
    pub(super) id: ApiKeyId,
    pub(super) change: KeyChange,
}

impl Write for CreateKey {
    type Answer = Added;

    fn run(&self, connection: &Connection) -> Result<Added, Error> {
        let Self(key) = self;
        if !tenants::exists(connection, &key.tenant)? {
            return Ok(Added::NoTenant);
        }
        let inserted = statement::execute(
            connection,
            "INSERT INTO api_keys (id, tenant, prefix, hash, role, label, created_at, expires_at, revoked_at, last_used_at)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
            params![
                key.id.uuid(),
                key.tenant.as_str(),
                key.prefix.as_str(),
                key.hash.as_bytes(),
                key.role.as_str(),
                key.label.as_str(),
                millis(key.created_at),
                key.expires_at.map(millis),
                key.revoked_at.map(millis),
                key.last_used_at.map(millis),
            ],
        )?;
        Ok(match inserted {
            0 => Added::Taken,
            _ => Added::Done,
        })
    }
}

impl Write for ChangeKey {
    type Answer = Option<ApiKey>;

    fn run(&self, connection: &Connection) -> Result<Option<ApiKey>, Error> {
        let (statement, at) = match self.change {
            KeyChange::Revoked(at) => (
                "UPDATE api_keys SET revoked_at = coalesce(revoked_at, ?) WHERE tenant = ? AND id = ? RETURNING *",
                Some(at),
            ),
            KeyChange::Expires(at) => (
                "UPDATE api_keys SET expires_at = ? WHERE tenant = ? AND id = ? RETURNING *",
                at,
            ),
            KeyChange::Used(at) => (
                "UPDATE api_keys SET last_used_at = max(?1, coalesce(last_used_at, ?1)) WHERE tenant = ?2 AND id = ?3
                 RETURNING *",
                Some(at),
            ),
        };
        let values = (at.map(millis), self.tenant.as_str(), self.id.uuid());
        statement::first(connection, statement, values, key)
    }
}

/// The tenant's keys. Their ids sort by the time of their making.
pub(super) fn all(connection: &Connection, tenant: &TenantId) -> Result<Vec<ApiKey>, Error> {
    let statement = "SELECT * FROM api_keys WHERE tenant = ? ORDER BY id";
    statement::all(connection, statement, [tenant.as_str()], key)
}

/// The key with this prefix, whoever's it is.
pub(super) fn by_prefix(
    connection: &Connection,
    prefix: &KeyPrefix,
) -> Result<Option<ApiKey>, Error> {
    let statement = "SELECT * FROM api_keys WHERE prefix = ?";
    statement::first(connection, statement, [prefix.as_str()], key)
}

fn key(row: &Row<'_>) -> Result<ApiKey, Error> {
    let at = |name| column::<Option<i64>>(row, name).map(|at| at.map(timestamp));
    let row = KeyRow {
        id: column(row, "id")?,
        tenant: column(row, "tenant")?,
        prefix: column(row, "prefix")?,
        hash: column(row, "hash")?,
        role: column(row, "role")?,
        label: column(row, "label")?,
        created_at: timestamp(column(row, "created_at")?),
        expires_at: at("expires_at")?,
        revoked_at: at("revoked_at")?,
        last_used_at: at("last_used_at")?,
    };
    row.into_key()
}
