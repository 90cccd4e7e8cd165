//! Leases: who works on what is due.

use jiff::Timestamp;
use sqlx::types::Json;
use sqlx::{SqliteConnection, SqlitePool};
use uuid::Uuid;

use super::error::classified;
use super::rows::{count, ids, millis, timestamp};
use super::writer::Write;
use crate::migration::{MigrationId, WabaId};
use crate::store::{Claim, Error, WorkerId};

/// Sorts after the id of every WABA, which are digits.
const AFTER_ALL: &str = "~";

/// Whose time has run out while they wait for somebody.
pub(super) const TIMERS: &str = "SELECT id FROM migrations WHERE state <> 'RUNNING' AND claimable_at <= ? ORDER BY claimable_at, id LIMIT ?";
/// Whose turn is ours: of each destination between two, but for some, a few. The recursion goes from one destination to the
/// next by the index, and no further than the limit needs.
pub(super) const WORK: &str = "
    WITH RECURSIVE share (destination) AS (
        SELECT min(destination) FROM migrations
        WHERE state = 'RUNNING' AND claimable_at IS NOT NULL AND destination > ?1
        UNION ALL
        SELECT (
            SELECT min(m.destination) FROM migrations AS m
            WHERE m.state = 'RUNNING' AND m.claimable_at IS NOT NULL AND m.destination > share.destination)
        FROM share WHERE share.destination < ?2
    )
    SELECT id FROM (
        SELECT work.destination, work.claimable_at, work.id
        FROM share CROSS JOIN migrations AS work ON work.id IN (
            SELECT m.id FROM migrations AS m
            WHERE m.state = 'RUNNING' AND m.claimable_at <= ?3 AND m.destination = share.destination
            ORDER BY m.claimable_at, m.id LIMIT ?4)
        WHERE share.destination <= ?2 AND share.destination NOT IN (SELECT value FROM json_each(?5))
        LIMIT ?6)
    ORDER BY destination, claimable_at, id";
/// When something is due.
pub(super) const NEXT: &str = "
    SELECT min(at) FROM (
        SELECT min(claimable_at) AS at FROM migrations WHERE claimable_at IS NOT NULL AND state = 'RUNNING'
        UNION ALL
        SELECT min(claimable_at) FROM migrations WHERE claimable_at IS NOT NULL AND state <> 'RUNNING')";

/// Prolongs leases.
pub(super) struct Renew {
    pub(super) worker: WorkerId,
    pub(super) ids: Vec<MigrationId>,
    pub(super) until: Timestamp,
}

impl Write for Claim {
    type Answer = Vec<MigrationId>;

    async fn run(&self, connection: &mut SqliteConnection) -> Result<Vec<MigrationId>, Error> {
        let mut due: Vec<Uuid> = sqlx::query_scalar(TIMERS)
            .bind(millis(self.now))
            .bind(self.limit)
            .fetch_all(&mut *connection)
            .await
            .map_err(classified)?;
        let shares = &self.shares;
        let last = shares.after.as_ref().map_or("", WabaId::as_str);
        // From the destination that was served last to the end, then from the beginning to there.
        for (after, up_to) in [(last, AFTER_ALL), ("", last)] {
            let room = count(u64::from(self.limit)).saturating_sub(count(due.len() as u64));
            let work = sqlx::query_scalar::<_, Uuid>(WORK)
                .bind(after)
                .bind(up_to)
                .bind(millis(self.now))
                .bind(shares.each)
                .bind(Json(&shares.pass_over))
                .bind(room);
            due.extend(work.fetch_all(&mut *connection).await.map_err(classified)?);
        }
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

    async fn run(&self, connection: &mut SqliteConnection) -> Result<Vec<MigrationId>, Error> {
        let mut held = Vec::with_capacity(self.ids.len());
        for &id in &self.ids {
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
