//! Reads and writes of API keys.

use rusqlite::{Connection, Row, params};

use super::rows::{column, millis, timestamp};
use super::writer::Write;
use super::{Sqlite, statement, tenants};
use crate::store::api_key::{KeyChange, KeyRow};
use crate::store::{Added, Error};
use domain::TenantId;
use domain::tenancy::{ApiKey, ApiKeyId, KeyPrefix};

/// Inserts a key.
struct CreateKey(ApiKey);

/// Changes a key; returns it as it is afterwards.
struct ChangeKey {
    tenant: TenantId,
    id: ApiKeyId,
    change: KeyChange,
}

impl Sqlite {
    pub(in crate::store) async fn create_key(&self, key: &ApiKey) -> Result<Added, Error> {
        self.writer.write(CreateKey(key.clone())).await
    }

    /// The ids of keys sort by the time of their creation.
    pub(in crate::store) async fn keys(&self, tenant: &TenantId) -> Result<Vec<ApiKey>, Error> {
        let tenant = tenant.clone();
        let read = move |connection: &Connection| {
            let statement = "SELECT * FROM api_keys WHERE tenant = ? ORDER BY id";
            statement::all(connection, statement, [tenant.as_str()], key)
        };
        self.readers.read_long(read).await
    }

    pub(in crate::store) async fn key_by_prefix(
        &self,
        prefix: &KeyPrefix,
    ) -> Result<Option<ApiKey>, Error> {
        let statement = "SELECT * FROM api_keys WHERE prefix = ?";
        self.readers
            .read(|connection| statement::first(connection, statement, [prefix.as_str()], key))
    }

    pub(in crate::store) async fn change_key(
        &self,
        tenant: &TenantId,
        id: ApiKeyId,
        change: KeyChange,
    ) -> Result<Option<ApiKey>, Error> {
        let tenant = tenant.clone();
        self.writer.write(ChangeKey { tenant, id, change }).await
    }
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
