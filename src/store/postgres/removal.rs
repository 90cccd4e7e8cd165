//! Removal of ended migrations and of what outlives them.

use jiff::Timestamp;
use sqlx::postgres::{PgConnection, PgRow};
use uuid::Uuid;

use super::Postgres;
use super::loan::UnitOfWork;
use super::rows::{self, column, count, select};
use super::time::Time;
use crate::store::record::AnyRow;
use crate::store::{Error, Expired, Oldest, calls_expired_by};
use domain::{MigrationId, TenantId};

/// Locks a migration that has ended, if it still has this version.
pub(super) const LOCK_ONE: &str = "
    SELECT id FROM migrations
    WHERE id = $1 AND tenant = $2 AND version = $3 AND ended_at IS NOT NULL FOR UPDATE";
/// Locks the migrations that ended first. Rows that another process has locked are skipped.
pub(super) const LOCK_FIRST: &str = "
    SELECT id FROM migrations WHERE ended_at <= $1
    ORDER BY ended_at LIMIT $2 FOR UPDATE SKIP LOCKED";
/// Removes locked migrations with everything that belongs to them, except their request ids and the
/// calls that count. `= ANY (ARRAY[…])` rather than `=`, so that each row is found by its key
/// whatever the server estimates of the table's size.
pub(super) const REMOVE: &str = "
    WITH gone AS (
        DELETE FROM migrations WHERE id = ANY ($1) RETURNING id, tenant, request_id
    ), history AS (
        DELETE FROM events WHERE migration = ANY ($1) RETURNING tenant, phone_number, call_sent, at
    ), call AS (
        INSERT INTO removed_calls (tenant, phone_number, call_sent, at)
        SELECT tenant, phone_number, call_sent, at FROM history WHERE call_sent IS NOT NULL AND at > $3
    ), label AS (
        DELETE FROM labels WHERE migration = ANY ($1)
    ), request AS (
        DELETE FROM requests AS r USING gone
        WHERE r.tenant = ANY (ARRAY[gone.tenant]) AND r.id = ANY (ARRAY[gone.id])
    )
    INSERT INTO removed_requests (tenant, request_id, taken_until)
    SELECT tenant, request_id, $2 FROM gone
    ON CONFLICT (tenant, request_id) DO UPDATE SET taken_until = excluded.taken_until";

/// Of the migrations with a PIN, those that ended first.
pub(super) const WITH_PIN: &str =
    select!("WHERE m.ended_with_pin_at <= $1 ORDER BY m.ended_with_pin_at LIMIT $2");
/// Frees request ids in the order of their expiry, and removes calls that no longer count, the
/// oldest first.
pub(super) const EXPIRE: &str = "
    WITH request AS (
        DELETE FROM removed_requests WHERE ctid = ANY (ARRAY(
            SELECT ctid FROM removed_requests WHERE taken_until <= $1
            ORDER BY taken_until LIMIT $3 FOR UPDATE SKIP LOCKED))
        RETURNING 1
    ), call AS (
        DELETE FROM removed_calls WHERE ctid = ANY (ARRAY(
            SELECT ctid FROM removed_calls WHERE at <= $2
            ORDER BY at LIMIT $3 FOR UPDATE SKIP LOCKED))
        RETURNING 1
    )
    SELECT (SELECT count(*) FROM request) AS request_ids,
        (SELECT count(*) FROM call) AS calls";
/// The oldest row of each kind.
pub(super) const OLDEST: &str = "
    SELECT (SELECT min(ended_at) FROM migrations WHERE ended_at IS NOT NULL) AS migration,
        (SELECT min(ended_with_pin_at) FROM migrations WHERE ended_with_pin_at IS NOT NULL) AS with_pin,
        (SELECT min(taken_until) FROM removed_requests) AS request_id,
        (SELECT min(at) FROM removed_calls) AS call";

/// Removes one migration.
struct Remove<'a> {
    tenant: &'a TenantId,
    id: MigrationId,
    version: u64,
    now: Timestamp,
    taken_until: Timestamp,
}

/// Removes the migrations that ended first.
struct Purge {
    ended_by: Timestamp,
    now: Timestamp,
    taken_until: Timestamp,
    limit: u32,
}

impl Postgres {
    pub(in crate::store) async fn remove(
        &self,
        tenant: &TenantId,
        id: MigrationId,
        version: u64,
        now: Timestamp,
        taken_until: Timestamp,
    ) -> Result<bool, Error> {
        let remove = Remove {
            tenant,
            id,
            version,
            now,
            taken_until,
        };
        self.inner.calls.transaction(&remove).await
    }

    pub(in crate::store) async fn purge(
        &self,
        ended_by: Timestamp,
        now: Timestamp,
        taken_until: Timestamp,
        limit: u32,
    ) -> Result<u64, Error> {
        let purge = Purge {
            ended_by,
            now,
            taken_until,
            limit,
        };
        self.inner.batches.transaction(&purge).await
    }

    pub(in crate::store) async fn with_pin(
        &self,
        ended_by: Timestamp,
        limit: u32,
    ) -> Result<Vec<AnyRow>, Error> {
        let with_pin = || {
            sqlx::query(WITH_PIN)
                .bind(Time(ended_by))
                .bind(i64::from(limit))
        };
        rows::each(&self.inner.batches.rows(with_pin).await?)
    }

    pub(in crate::store) async fn expire(
        &self,
        now: Timestamp,
        limit: u32,
    ) -> Result<Expired, Error> {
        let expire = || {
            sqlx::query(EXPIRE)
                .bind(Time(now))
                .bind(Time(calls_expired_by(now)))
                .bind(i64::from(limit))
        };
        let found = self.inner.batches.rows(expire).await?;
        let read = |row: &PgRow| {
            let counted = |name| column::<i64>(row, name).map(i64::unsigned_abs);
            Ok(Expired {
                request_ids: counted("request_ids")?,
                calls: counted("calls")?,
            })
        };
        found.first().map_or_else(|| Ok(Expired::default()), read)
    }

    pub(in crate::store) async fn oldest(&self) -> Result<Oldest, Error> {
        let found = self.inner.leases.rows(|| sqlx::query(OLDEST)).await?;
        let first = |row: &PgRow| {
            let at = |name| column::<Option<Time>>(row, name).map(|at| at.map(|Time(at)| at));
            Ok(Oldest {
                migration: at("migration")?,
                with_pin: at("with_pin")?,
                request_id: at("request_id")?,
                call: at("call")?,
            })
        };
        found.first().map_or_else(|| Ok(Oldest::default()), first)
    }
}

impl UnitOfWork for Remove<'_> {
    type Answer = bool;

    async fn run(&self, connection: &mut PgConnection) -> Result<bool, sqlx::Error> {
        let locked: Vec<Uuid> = sqlx::query_scalar(LOCK_ONE)
            .bind(self.id.uuid())
            .bind(self.tenant.as_str())
            .bind(count(self.version))
            .fetch_all(&mut *connection)
            .await?;
        remove(connection, &locked, self.now, self.taken_until).await?;
        Ok(!locked.is_empty())
    }
}

impl UnitOfWork for Purge {
    type Answer = u64;

    async fn run(&self, connection: &mut PgConnection) -> Result<u64, sqlx::Error> {
        let locked: Vec<Uuid> = sqlx::query_scalar(LOCK_FIRST)
            .bind(Time(self.ended_by))
            .bind(i64::from(self.limit))
            .fetch_all(&mut *connection)
            .await?;
        remove(connection, &locked, self.now, self.taken_until).await?;
        Ok(locked.len() as u64)
    }
}

/// Removes migrations whose rows are locked, in a statement of its own, which sees every event that
/// was written before the lock. A writer of a later event finds no migration to write it to.
async fn remove(
    connection: &mut PgConnection,
    locked: &[Uuid],
    now: Timestamp,
    taken_until: Timestamp,
) -> Result<(), sqlx::Error> {
    if locked.is_empty() {
        return Ok(());
    }
    let remove = sqlx::query(REMOVE)
        .bind(locked)
        .bind(Time(taken_until))
        .bind(Time(calls_expired_by(now)));
    remove.execute(connection).await.map(drop)
}
