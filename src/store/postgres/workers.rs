//! Workers and their leases.

use jiff::{SignedDuration, Timestamp};
use sqlx::postgres::PgRow;

use super::Postgres;
use super::failover::timeline;
use super::rows::{self, column};
use super::time::Time;
use crate::store::{Error, Notification, Renewal, WorkerId};
use domain::{MigrationId, TenantId};

/// Begins a lease. A repetition, after its answer was lost, begins it again.
pub(super) const JOIN: &str = "
    INSERT INTO workers (id, alive_until)
    VALUES ($1, clock_timestamp() + make_interval(secs => $2))
    ON CONFLICT (id) DO UPDATE SET alive_until = excluded.alive_until";
/// Renews a lease.
macro_rules! renew {
    ($timeline:expr) => {
        concat!(
            "UPDATE workers SET alive_until = clock_timestamp() + make_interval(secs => $2)
             WHERE id = $1 RETURNING clock_timestamp() AS server_time, ",
            $timeline,
            " AS timeline"
        )
    };
}
pub(super) const RENEW: &str = renew!(timeline!());
const RENEW_WITHOUT_TIMELINE: &str = renew!("NULL::text");
/// Ends a worker and releases its migrations.
pub(super) const LEAVE: &str = "
    WITH ended AS (DELETE FROM workers WHERE id = $1)
    UPDATE migrations SET lease_worker = NULL WHERE lease_worker = $1 RETURNING 1";
/// The migrations that a worker has leased.
pub(super) const LEASED: &str = "SELECT tenant, id FROM migrations WHERE lease_worker = $1";
/// Whether a worker has leased a migration.
macro_rules! has_leased {
    ($timeline:expr) => {
        concat!(
            "SELECT EXISTS (
                SELECT 1 FROM migrations AS m
                WHERE m.tenant = $1 AND m.id = $2 AND m.lease_worker = $3) AS leased, ",
            $timeline,
            " AS timeline"
        )
    };
}
pub(super) const HAS_LEASED: &str = has_leased!(timeline!());
const HAS_LEASED_WITHOUT_TIMELINE: &str = has_leased!("NULL::text");
/// Releases migrations of a worker. `IS NOT DISTINCT FROM`, so that it does not read all that the
/// worker has leased.
pub(super) const RELEASE: &str = "
    UPDATE migrations AS m SET lease_worker = NULL
    FROM unnest($1::text[], $2::uuid[]) AS i (tenant, id)
    WHERE (m.tenant, m.id) >= (i.tenant, i.id) AND (m.tenant, m.id) <= (i.tenant, i.id)
        AND m.lease_worker IS NOT DISTINCT FROM $3
    RETURNING 1";
/// Suspends a migration of a disabled tenant. The tenant's row is locked, so that the tenant is not
/// enabled meanwhile; where it is just being enabled, this waits, reads the row again and leaves
/// the migration alone.
pub(super) const SUSPEND: &str = "
    WITH disabled AS (
        SELECT t.id FROM tenants AS t WHERE t.id = $2 AND t.disabled_at IS NOT NULL FOR SHARE
    )
    UPDATE migrations AS m SET suspended = true, lease_worker = NULL, due_at = $4, delayed = true
    WHERE m.tenant = $2 AND m.id = $3 AND m.lease_worker = $1 AND EXISTS (SELECT 1 FROM disabled)
    RETURNING 1";

impl Postgres {
    pub(in crate::store) async fn join(
        &self,
        worker: WorkerId,
        lease: SignedDuration,
    ) -> Result<(), Error> {
        let join = || {
            sqlx::query(JOIN)
                .bind(worker.uuid())
                .bind(lease.as_secs_f64())
        };
        self.inner.leases.rows(join).await.map(drop)
    }

    pub(in crate::store) async fn renew(
        &self,
        worker: WorkerId,
        lease: SignedDuration,
    ) -> Result<Option<Renewal>, Error> {
        let statement = self.with_timeline(RENEW, RENEW_WITHOUT_TIMELINE);
        let renew = || {
            sqlx::query(statement)
                .bind(worker.uuid())
                .bind(lease.as_secs_f64())
        };
        let renewed = self.inner.leases.rows(renew).await?;
        self.note_timeline(renewed.first()).await?;
        let renewal = |row: &PgRow| {
            let Time(server_time) = column(row, "server_time")?;
            Ok(Renewal {
                server_time: Some(server_time),
            })
        };
        renewed.first().map(renewal).transpose()
    }

    pub(in crate::store) async fn leave(&self, worker: WorkerId) -> Result<(), Error> {
        let leave = || sqlx::query(LEAVE).bind(worker.uuid());
        let released = self.inner.leases.rows(leave).await?;
        self.notify_released(&released);
        Ok(())
    }

    pub(in crate::store) async fn leased(
        &self,
        worker: WorkerId,
    ) -> Result<Vec<(TenantId, MigrationId)>, Error> {
        let leased = || sqlx::query(LEASED).bind(worker.uuid());
        let found = self.inner.leases.rows(leased).await?;
        let key = |row| {
            let tenant = TenantId::from_stored(column(row, "tenant")?);
            Ok((tenant, rows::id(row)?))
        };
        found.iter().map(key).collect()
    }

    pub(in crate::store) async fn has_leased(
        &self,
        worker: WorkerId,
        tenant: &TenantId,
        id: MigrationId,
    ) -> Result<bool, Error> {
        let statement = self.with_timeline(HAS_LEASED, HAS_LEASED_WITHOUT_TIMELINE);
        let has = || {
            sqlx::query(statement)
                .bind(tenant.as_str())
                .bind(id.uuid())
                .bind(worker.uuid())
        };
        let found = self.inner.leases.rows(has).await?;
        self.note_timeline(found.first()).await?;
        let leased = found.first().map(|row| column(row, "leased"));
        leased.unwrap_or(Ok(false))
    }

    pub(in crate::store) async fn release(
        &self,
        worker: WorkerId,
        migrations: &[(TenantId, MigrationId)],
    ) -> Result<(), Error> {
        let (tenants, ids) = rows::keys(migrations);
        let release = || {
            sqlx::query(RELEASE)
                .bind(tenants.clone())
                .bind(ids.clone())
                .bind(worker.uuid())
        };
        let released = self.inner.leases.rows(release).await?;
        self.notify_released(&released);
        Ok(())
    }

    pub(in crate::store) async fn suspend(
        &self,
        worker: WorkerId,
        tenant: &TenantId,
        id: MigrationId,
        until: Timestamp,
    ) -> Result<bool, Error> {
        let suspend = sqlx::query(SUSPEND)
            .bind(worker.uuid())
            .bind(tenant.as_str())
            .bind(id.uuid())
            .bind(Time(until));
        Ok(!self.inner.calls.once(suspend).await?.is_empty())
    }

    /// Notifies other processes that they can claim what was released.
    fn notify_released(&self, released: &[PgRow]) {
        let due = (!released.is_empty()).then_some(Notification::Due);
        self.inner.notifier.notify(due);
    }

    /// The statement that returns the server's timeline, or the other where the server does not
    /// show it.
    pub(super) fn with_timeline(&self, with: &'static str, without: &'static str) -> &'static str {
        if self.inner.server.failovers.is_hidden() {
            without
        } else {
            with
        }
    }
}
