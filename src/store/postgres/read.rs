//! Reading one migration and its history.

use std::time::Duration;

use jiff::Timestamp;
use tokio::time::Instant;

use super::connections::Connections;
use super::rows::{self, column, count, select};
use super::time::Time;
use crate::crypto::Keyring;
use crate::store::record::EVENTS;
use crate::store::{Error, Requested};
use domain::{Event, Migration, MigrationId, RequestId, TenantId};

/// The sequence of the newest event of each of some migrations.
pub(super) const LAST_SEQUENCES: &str =
    "SELECT id, last_sequence FROM migrations WHERE id = ANY ($1)";
/// By its request.
pub(super) const REQUEST: &str = select!("WHERE m.tenant = $1 AND m.request_id = $2");

/// A migration of the tenant's.
pub(super) async fn load(
    connections: &Connections,
    keyring: &Keyring,
    tenant: &TenantId,
    id: MigrationId,
) -> Result<Option<Migration>, Error> {
    let found = connections
        .rows(|| {
            sqlx::query(select!("WHERE m.tenant = $1 AND m.id = $2"))
                .bind(tenant.as_str())
                .bind(id.uuid())
        })
        .await?;
    found
        .first()
        .map(|row| rows::whole(keyring, row))
        .transpose()
}

/// Whether the migration of a request was removed. The id is free again at the time that is given.
pub(super) const REMOVED: &str =
    "SELECT 1 FROM removed_requests WHERE tenant = $1 AND request_id = $2 AND taken_until > $3";

/// What the tenant's request of this id came to. The migration is looked for first: where it is removed between the two
/// statements, the second finds that.
pub(super) async fn requested(
    connections: &Connections,
    keyring: &Keyring,
    tenant: &TenantId,
    request_id: &RequestId,
    now: Timestamp,
) -> Result<Requested, Error> {
    let started = connections
        .rows(|| {
            sqlx::query(REQUEST)
                .bind(tenant.as_str())
                .bind(request_id.as_str())
        })
        .await?;
    if let Some(row) = started.first() {
        return rows::whole(keyring, row).map(|it| Requested::Started(Box::new(it)));
    }
    let removed = connections
        .rows(|| {
            sqlx::query(REMOVED)
                .bind(tenant.as_str())
                .bind(request_id.as_str())
                .bind(Time(now))
        })
        .await?;
    Ok(if removed.is_empty() {
        Requested::Unknown
    } else {
        Requested::Removed
    })
}

/// Events of a migration of the tenant's.
pub(super) async fn events(
    connections: &Connections,
    tenant: &TenantId,
    id: MigrationId,
    after_sequence: u64,
    limit: u32,
) -> Result<Option<Vec<Event>>, Error> {
    let found = connections
        .rows(|| {
            sqlx::query(
                "SELECT document::text AS document FROM events
                 WHERE migration = $1 AND sequence > $2 AND tenant = $3 ORDER BY sequence LIMIT $4",
            )
            .bind(id.uuid())
            .bind(count(after_sequence))
            .bind(tenant.as_str())
            .bind(i64::from(limit))
        })
        .await?;
    if found.is_empty() && !exists(connections, tenant, id).await? {
        return Ok(None);
    }
    let mut events = Vec::with_capacity(found.len());
    for row in &found {
        let document: &str = column(row, "document")?;
        let event = serde_json::from_str(document)
            .map_err(|error| Error::corrupt(EVENTS, "document", &id, error))?;
        events.push(event);
    }
    Ok(Some(events))
}

/// The newest event of each of these migrations.
pub(super) async fn last_sequences(
    connections: &Connections,
    ids: &[MigrationId],
) -> Result<Vec<(MigrationId, u64)>, Error> {
    let uuids: Vec<_> = ids.iter().map(|id| id.uuid()).collect();
    let found = connections
        .rows(|| sqlx::query(LAST_SEQUENCES).bind(uuids.clone()))
        .await?;
    let pair = |row| {
        let sequence: i64 = column(row, "last_sequence")?;
        Ok((rows::id(row)?, u64::try_from(sequence).unwrap_or_default()))
    };
    found.iter().map(pair).collect()
}

/// How long the server may take to show that it works. Less than for a call, so that its return is seen soon.
const SHOWN: Duration = Duration::from_secs(3);

/// Shows that what is written is kept: by a new version of a row that says the same.
pub(super) async fn ping(connections: &Connections) -> Result<(), Error> {
    let ping = || sqlx::query("UPDATE keyring_check SET sealed = sealed WHERE only_row = 1");
    connections
        .rows_by(Instant::now() + SHOWN, ping)
        .await
        .map(drop)
}

async fn exists(
    connections: &Connections,
    tenant: &TenantId,
    id: MigrationId,
) -> Result<bool, Error> {
    let found = connections
        .rows(|| {
            sqlx::query("SELECT 1 FROM migrations WHERE tenant = $1 AND id = $2")
                .bind(tenant.as_str())
                .bind(id.uuid())
        })
        .await?;
    Ok(!found.is_empty())
}
