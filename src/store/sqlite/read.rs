//! Reading one migration and its history.

use sqlx::SqlitePool;
use sqlx::sqlite::SqliteRow;

use super::error::classified;
use super::rows::{self, count, select};
use crate::crypto::Keyring;
use crate::migration::{Event, Migration, MigrationId, TenantId};
use crate::store::Error;
use crate::store::record::EVENTS;

/// A migration of the tenant's.
pub(super) async fn load(
    readers: &SqlitePool,
    keyring: &Keyring,
    tenant: &TenantId,
    id: MigrationId,
) -> Result<Option<Migration>, Error> {
    let row = sqlx::query(select!("WHERE m.tenant = ? AND m.id = ?"))
        .bind(tenant.as_str())
        .bind(id.uuid())
        .fetch_optional(readers)
        .await
        .map_err(classified)?;
    row.map(|row| whole(keyring, &row)).transpose()
}

/// The migrations that were claimed. One that cannot be read must not hold up the others.
pub(super) async fn claimed(
    readers: &SqlitePool,
    keyring: &Keyring,
    ids: Vec<MigrationId>,
) -> Result<Vec<Migration>, Error> {
    let mut migrations = Vec::with_capacity(ids.len());
    for id in ids {
        let row = sqlx::query(select!("WHERE m.id = ?"))
            .bind(id.uuid())
            .fetch_optional(readers);
        let Some(row) = row.await.map_err(classified)? else {
            continue;
        };
        match whole(keyring, &row) {
            Ok(migration) => migrations.push(migration),
            Err(error) => tracing::error!(
                migration.id = %id,
                error = &error as &dyn std::error::Error,
                "a migration that is due cannot be read: it is left alone until its lease has run out"
            ),
        }
    }
    Ok(migrations)
}

/// Events of a migration of the tenant's.
pub(super) async fn events(
    readers: &SqlitePool,
    tenant: &TenantId,
    id: MigrationId,
    after_sequence: u64,
    limit: u32,
) -> Result<Option<Vec<Event>>, Error> {
    let documents: Vec<String> = sqlx::query_scalar(
        "SELECT document FROM events WHERE migration = ? AND sequence > ? AND tenant = ? ORDER BY sequence LIMIT ?",
    )
    .bind(id.uuid())
    .bind(count(after_sequence))
    .bind(tenant.as_str())
    .bind(limit)
    .fetch_all(readers)
    .await
    .map_err(classified)?;
    if documents.is_empty() && !exists(readers, tenant, id).await? {
        return Ok(None);
    }
    let event = |document: String| {
        serde_json::from_str(&document)
            .map_err(|error| Error::corrupt(EVENTS, "document", &id, error))
    };
    documents
        .into_iter()
        .map(event)
        .collect::<Result<_, _>>()
        .map(Some)
}

/// Shows that reading is possible.
pub(super) async fn ping(readers: &SqlitePool) -> Result<(), Error> {
    sqlx::query("SELECT id FROM migrations LIMIT 1")
        .fetch_optional(readers)
        .await
        .map(drop)
        .map_err(classified)
}

async fn exists(readers: &SqlitePool, tenant: &TenantId, id: MigrationId) -> Result<bool, Error> {
    let row = sqlx::query("SELECT 1 FROM migrations WHERE tenant = ? AND id = ?")
        .bind(tenant.as_str())
        .bind(id.uuid());
    row.fetch_optional(readers)
        .await
        .map(|row| row.is_some())
        .map_err(classified)
}

/// The migration in a row, with its secrets.
fn whole(keyring: &Keyring, row: &SqliteRow) -> Result<Migration, Error> {
    let sealed = rows::secrets(row)?;
    let migration = rows::row(row)?.into_migration()?;
    let secrets = sealed.open(keyring, &migration.tenant, migration.id)?;
    Ok(Migration {
        secrets,
        ..migration
    })
}
