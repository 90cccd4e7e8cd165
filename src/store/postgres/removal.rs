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
    SELECT tenant, id FROM migrations
    WHERE tenant = $1 AND id = $2 AND version = $3 AND ended_at IS NOT NULL FOR UPDATE";
/// Locks the migrations that ended first. Rows that another process has locked are skipped.
pub(super) const LOCK_FIRST: &str = "
    SELECT tenant, id FROM migrations WHERE ended_at <= $1
    ORDER BY ended_at LIMIT $2 FOR UPDATE SKIP LOCKED";
/// Removes locked migrations with everything that belongs to them, except their request ids. Rows
/// are found by a range of keys, as in a save.
pub(super) const REMOVE: &str = "
    WITH i AS MATERIALIZED (
        SELECT * FROM unnest($1::text[], $2::uuid[]) AS i (tenant, id)
    ), gone AS (
        DELETE FROM migrations AS m USING i
        WHERE (m.tenant, m.id) >= (i.tenant, i.id) AND (m.tenant, m.id) <= (i.tenant, i.id)
        RETURNING m.tenant, m.request_id
    ), finding AS (
        DELETE FROM findings AS f USING i
        WHERE (f.tenant, f.migration) >= (i.tenant, i.id) AND (f.tenant, f.migration) <= (i.tenant, i.id)
    ), history AS (
        DELETE FROM events AS e USING i
        WHERE (e.tenant, e.migration) >= (i.tenant, i.id) AND (e.tenant, e.migration) <= (i.tenant, i.id)
    ), label AS (
        DELETE FROM labels AS l USING i
        WHERE l.migration = ANY (ARRAY[i.id]) AND l.tenant IS NOT DISTINCT FROM i.tenant
    ), request AS (
        DELETE FROM requests AS r USING i
        WHERE (r.tenant, r.id) >= (i.tenant, i.id) AND (r.tenant, r.id) <= (i.tenant, i.id)
    )
    INSERT INTO removed_requests (tenant, request_id, taken_until)
    SELECT tenant, request_id, $3 FROM gone
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
        DELETE FROM limited_calls WHERE ctid = ANY (ARRAY(
            SELECT ctid FROM limited_calls WHERE at <= $2
            ORDER BY at LIMIT $3 FOR UPDATE SKIP LOCKED))
        RETURNING 1
    )
    SELECT (SELECT count(*) FROM request) AS request_ids,
        (SELECT count(*) FROM call) AS calls";
/// The oldest row of each kind. Of the migrations that have waited longest for a person, in hours,
/// the oldest among a thousand: the exact time has no index.
pub(super) const OLDEST: &str = "
    SELECT (SELECT min(ended_at) FROM migrations WHERE ended_at IS NOT NULL) AS migration,
        (SELECT min(ended_with_pin_at) FROM migrations WHERE ended_with_pin_at IS NOT NULL) AS with_pin,
        (SELECT min(taken_until) FROM removed_requests) AS request_id,
        (SELECT min(at) FROM limited_calls) AS call,
        (SELECT min(updated_at) FROM (
            SELECT updated_at FROM migrations
            WHERE state IN ('WAITING_FOR_CODE', 'ACTION_REQUIRED') AND updated_hour = (
                SELECT min(updated_hour) FROM migrations
                WHERE state IN ('WAITING_FOR_CODE', 'ACTION_REQUIRED'))
            LIMIT 1000) AS w) AS waiting";

/// Removes one migration.
struct Remove<'a> {
    tenant: &'a TenantId,
    id: MigrationId,
    version: u64,
    taken_until: Timestamp,
}

/// Removes the migrations that ended first.
struct Purge {
    ended_by: Timestamp,
    taken_until: Timestamp,
    limit: u32,
}

impl Postgres {
    pub(in crate::store) async fn remove(
        &self,
        tenant: &TenantId,
        id: MigrationId,
        version: u64,
        taken_until: Timestamp,
    ) -> Result<bool, Error> {
        let remove = Remove {
            tenant,
            id,
            version,
            taken_until,
        };
        self.inner.calls.transaction(&remove).await
    }

    pub(in crate::store) async fn purge(
        &self,
        ended_by: Timestamp,
        taken_until: Timestamp,
        limit: u32,
    ) -> Result<u64, Error> {
        let purge = Purge {
            ended_by,
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
                waiting: at("waiting")?,
            })
        };
        found.first().map_or_else(|| Ok(Oldest::default()), first)
    }
}

impl UnitOfWork for Remove<'_> {
    type Answer = bool;

    async fn run(&self, connection: &mut PgConnection) -> Result<bool, sqlx::Error> {
        let locked: Vec<(String, Uuid)> = sqlx::query_as(LOCK_ONE)
            .bind(self.tenant.as_str())
            .bind(self.id.uuid())
            .bind(count(self.version))
            .fetch_all(&mut *connection)
            .await?;
        Ok(remove(connection, locked, self.taken_until).await? > 0)
    }
}

impl UnitOfWork for Purge {
    type Answer = u64;

    async fn run(&self, connection: &mut PgConnection) -> Result<u64, sqlx::Error> {
        let locked: Vec<(String, Uuid)> = sqlx::query_as(LOCK_FIRST)
            .bind(Time(self.ended_by))
            .bind(i64::from(self.limit))
            .fetch_all(&mut *connection)
            .await?;
        remove(connection, locked, self.taken_until).await
    }
}

/// Removes migrations whose rows are locked, in a statement of its own, which sees every event that
/// was written before the lock. A writer of a later event finds no migration to write it to.
async fn remove(
    connection: &mut PgConnection,
    locked: Vec<(String, Uuid)>,
    taken_until: Timestamp,
) -> Result<u64, sqlx::Error> {
    if locked.is_empty() {
        return Ok(0);
    }
    let (tenants, ids): (Vec<String>, Vec<Uuid>) = locked.into_iter().unzip();
    let remove = sqlx::query(REMOVE)
        .bind(tenants)
        .bind(ids)
        .bind(Time(taken_until));
    let removed = remove.execute(connection).await?;
    Ok(removed.rows_affected())
}
