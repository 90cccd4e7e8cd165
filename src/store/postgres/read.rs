//! Reads of one migration and its history.

use std::time::Duration;

use jiff::Timestamp;
use tokio::time::Instant;

use super::Postgres;
use super::rows::{self, column, count, select};
use super::time::Time;
use crate::store::Error;
use crate::store::record::{EVENTS, MigrationRow, RequestRow};
use domain::{Event, MigrationId, RequestId, TenantId};

/// Sequences of the newest events of migrations.
pub(super) const LAST_SEQUENCES: &str = "
    SELECT m.id, m.last_sequence
    FROM unnest($1::text[], $2::uuid[]) AS i (tenant, id), migrations AS m
    WHERE (m.tenant, m.id) >= (i.tenant, i.id) AND (m.tenant, m.id) <= (i.tenant, i.id)";
/// The migration of a request.
pub(super) const REQUEST: &str = select!("WHERE m.tenant = $1 AND m.request_id = $2");
/// Whether the migration of a request was removed. The request id is taken until the given time.
pub(super) const REMOVED: &str =
    "SELECT 1 FROM removed_requests WHERE tenant = $1 AND request_id = $2 AND taken_until > $3";

/// Time limit of the check that writes are kept. Shorter than a call's, so that a recovery is
/// noticed soon.
const PING_TIMEOUT: Duration = Duration::from_secs(3);

impl Postgres {
    pub(in crate::store) async fn load(
        &self,
        tenant: &TenantId,
        id: MigrationId,
    ) -> Result<Option<MigrationRow>, Error> {
        let load = || {
            sqlx::query(select!("WHERE m.tenant = $1 AND m.id = $2"))
                .bind(tenant.as_str())
                .bind(id.uuid())
        };
        let found = self.inner.calls.rows(load).await?;
        found.first().map(rows::row).transpose()
    }

    /// Reads the migration first: if it is removed between the two statements, the second finds
    /// that.
    pub(in crate::store) async fn requested(
        &self,
        tenant: &TenantId,
        request_id: &RequestId,
        now: Timestamp,
    ) -> Result<RequestRow, Error> {
        let query = |statement| {
            sqlx::query(statement)
                .bind(tenant.as_str())
                .bind(request_id.as_str())
        };
        let started = self.inner.calls.rows(|| query(REQUEST)).await?;
        if let Some(row) = started.first() {
            return rows::row(row).map(RequestRow::Started);
        }
        let removed = || query(REMOVED).bind(Time(now));
        let removed = self.inner.calls.rows(removed).await?;
        Ok(if removed.is_empty() {
            RequestRow::Unknown
        } else {
            RequestRow::Removed
        })
    }

    pub(in crate::store) async fn events(
        &self,
        tenant: &TenantId,
        id: MigrationId,
        after_sequence: u64,
        limit: u32,
    ) -> Result<Option<Vec<Event>>, Error> {
        let events = || {
            sqlx::query(
                "SELECT document FROM events
                 WHERE tenant = $1 AND migration = $2 AND sequence > $3 ORDER BY sequence LIMIT $4",
            )
            .bind(tenant.as_str())
            .bind(id.uuid())
            .bind(count(after_sequence))
            .bind(i64::from(limit))
        };
        let found = self.inner.calls.rows(events).await?;
        if found.is_empty() && !self.exists(tenant, id).await? {
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

    pub(in crate::store) async fn last_sequences(
        &self,
        migrations: &[(TenantId, MigrationId)],
    ) -> Result<Vec<(MigrationId, u64)>, Error> {
        let (tenants, ids) = rows::keys(migrations);
        let sequences = || {
            sqlx::query(LAST_SEQUENCES)
                .bind(tenants.clone())
                .bind(ids.clone())
        };
        let found = self.inner.calls.rows(sequences).await?;
        let pair = |row| {
            let sequence: i64 = column(row, "last_sequence")?;
            Ok((rows::id(row)?, u64::try_from(sequence).unwrap_or_default()))
        };
        found.iter().map(pair).collect()
    }

    /// Shows that writes are kept, by a new version of a row with the same contents.
    pub(in crate::store) async fn ping(&self) -> Result<(), Error> {
        let ping = || sqlx::query("UPDATE number_key SET sealed = sealed WHERE only_row = 1");
        let deadline = Instant::now() + PING_TIMEOUT;
        self.inner.leases.rows_by(deadline, ping).await.map(drop)
    }

    async fn exists(&self, tenant: &TenantId, id: MigrationId) -> Result<bool, Error> {
        let exists = || {
            sqlx::query("SELECT 1 FROM migrations WHERE tenant = $1 AND id = $2")
                .bind(tenant.as_str())
                .bind(id.uuid())
        };
        let found = self.inner.calls.rows(exists).await?;
        Ok(!found.is_empty())
    }
}
