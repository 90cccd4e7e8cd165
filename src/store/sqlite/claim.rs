//! Leases: who works on what is due.

use jiff::Timestamp;
use sqlx::{SqliteConnection, SqlitePool};
use uuid::Uuid;

use super::error::classified;
use super::rows::{ids, millis, timestamp};
use super::writer::Write;
use crate::migration::MigrationId;
use crate::store::{Error, WorkerId};

/// What is due, that first which could have been claimed the longest.
pub(super) const DUE: &str =
    "SELECT id FROM migrations WHERE claimable_at <= ? ORDER BY claimable_at, id LIMIT ?";
/// When something is due.
pub(super) const NEXT: &str =
    "SELECT min(claimable_at) FROM migrations WHERE claimable_at IS NOT NULL";

/// Leases what is due.
pub(super) struct Claim {
    pub(super) worker: WorkerId,
    pub(super) now: Timestamp,
    pub(super) lease_until: Timestamp,
    pub(super) limit: u32,
}

/// Prolongs leases.
pub(super) struct Renew {
    pub(super) worker: WorkerId,
    pub(super) ids: Vec<MigrationId>,
    pub(super) until: Timestamp,
}

impl Write for Claim {
    type Answer = Vec<MigrationId>;

    async fn run(self, connection: &mut SqliteConnection) -> Result<Vec<MigrationId>, Error> {
        let due: Vec<Uuid> = sqlx::query_scalar(DUE)
            .bind(millis(self.now))
            .bind(self.limit)
            .fetch_all(&mut *connection)
            .await
            .map_err(classified)?;
        for id in &due {
            sqlx::query("UPDATE migrations SET lease_worker = ?, lease_until = ? WHERE id = ?")
                .bind(self.worker.uuid())
                .bind(millis(self.lease_until))
                .bind(id)
                .execute(&mut *connection)
                .await
                .map_err(classified)?;
        }
        Ok(ids(due))
    }
}

impl Write for Renew {
    type Answer = Vec<MigrationId>;

    async fn run(self, connection: &mut SqliteConnection) -> Result<Vec<MigrationId>, Error> {
        let mut held = Vec::with_capacity(self.ids.len());
        for id in self.ids {
            let renewed = sqlx::query(
                "UPDATE migrations SET lease_until = ? WHERE id = ? AND lease_worker = ?",
            )
            .bind(millis(self.until))
            .bind(id.uuid())
            .bind(self.worker.uuid())
            .execute(&mut *connection)
            .await
            .map_err(classified)?;
            if renewed.rows_affected() == 1 {
                held.push(id);
            }
        }
        Ok(held)
    }
}

/// When the next migration can be claimed.
pub(super) async fn next_due(readers: &SqlitePool) -> Result<Option<Timestamp>, Error> {
    let next: Option<i64> = sqlx::query_scalar(NEXT)
        .fetch_one(readers)
        .await
        .map_err(classified)?;
    Ok(next.map(timestamp))
}
