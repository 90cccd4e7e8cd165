//! Claims of due migrations, and their leases.

use std::collections::HashSet;

use jiff::Timestamp;
use sqlx::postgres::PgRow;

use super::Postgres;
use super::rows::{self, column, columns};
use super::time::Time;
use crate::store::record::AnyRow;
use crate::store::{ClaimQuotas, ClaimRequest, Error, WorkerId};
use domain::{MigrationId, TenantId, WabaId};

/// Claims and reads in one statement. Rows that another process has locked are skipped.
///
/// `owner` steps from one tenant to the next by the index: from the tenant after `$5` to the last,
/// then, past a row without a tenant, from the first up to `$5`. `share` steps likewise from one
/// destination of a tenant to the next. Both go no further than the limit needs.
pub(super) const CLAIM: &str = concat!(
    "WITH RECURSIVE timer AS (
        SELECT m.id, m.claimable_at FROM migrations AS m
        WHERE m.state <> 'RUNNING' AND m.claimable_at <= $1 ORDER BY m.claimable_at, m.id LIMIT $4
        FOR UPDATE SKIP LOCKED
    ), owner (tenant, wrapped, turn) AS (
        SELECT $5::text COLLATE \"C\", false, 0
        UNION ALL
        SELECT coalesce(next.tenant, ''), owner.wrapped OR next.tenant IS NULL, owner.turn + 1
        FROM owner LEFT JOIN LATERAL (
            SELECT m.tenant FROM migrations AS m
            WHERE m.state = 'RUNNING' AND m.claimable_at IS NOT NULL AND m.tenant > owner.tenant
            ORDER BY m.tenant LIMIT 1) AS next ON true
        WHERE NOT owner.wrapped OR next.tenant <= $5
    ), work AS (
        SELECT mine.id, mine.claimable_at, owner.turn, mine.turn AS within
        FROM owner CROSS JOIN LATERAL (
            WITH RECURSIVE share (destination, last, wrapped, turn) AS (
                SELECT begin.last, begin.last, false, 0 FROM (
                    SELECT coalesce((SELECT t.last FROM unnest($8::text[], $9::text[]) AS t (tenant, last)
                        WHERE t.tenant = owner.tenant LIMIT 1), '') COLLATE \"C\" AS last) AS begin
                UNION ALL
                SELECT coalesce(next.destination, ''), share.last,
                    share.wrapped OR next.destination IS NULL, share.turn + 1
                FROM share LEFT JOIN LATERAL (
                    SELECT m.destination FROM migrations AS m
                    WHERE m.state = 'RUNNING' AND m.claimable_at IS NOT NULL
                        AND m.tenant = owner.tenant AND m.destination > share.destination
                    ORDER BY m.destination LIMIT 1) AS next ON true
                WHERE NOT share.wrapped OR next.destination <= share.last
            )
            SELECT its.id, its.claimable_at, share.turn FROM share CROSS JOIN LATERAL (
                SELECT m.id, m.claimable_at FROM migrations AS m
                WHERE m.state = 'RUNNING' AND m.claimable_at <= $1 AND m.tenant = owner.tenant
                    AND m.destination = share.destination
                ORDER BY m.claimable_at, m.id LIMIT $7
                FOR UPDATE SKIP LOCKED) AS its
            WHERE share.turn > 0
                AND (owner.tenant, share.destination) NOT IN (
                    SELECT * FROM unnest($11::text[], $12::text[]))
            LIMIT $6) AS mine
        WHERE owner.turn > 0 AND owner.tenant <> ALL ($10)
        LIMIT $4 - (SELECT count(*) FROM timer)
    ), due AS (
        SELECT id, claimable_at, 0 AS turn, 0 AS within FROM timer
        UNION ALL SELECT id, claimable_at, turn, within FROM work
    ), m AS (
        UPDATE migrations AS m SET lease_worker = $2, lease_until = $3
        WHERE m.id = ANY (ARRAY(SELECT id FROM due)) RETURNING m.*
    )
    SELECT ",
    columns!(),
    " FROM m JOIN due ON due.id = m.id ORDER BY due.turn, due.within, due.claimable_at, due.id"
);

/// The earliest time at which something can be claimed.
pub(super) const NEXT: &str = "
    SELECT least(
        (SELECT min(claimable_at) FROM migrations
         WHERE claimable_at IS NOT NULL AND state = 'RUNNING'),
        (SELECT min(claimable_at) FROM migrations
         WHERE claimable_at IS NOT NULL AND state <> 'RUNNING')) AS at";

/// Suspends migrations of disabled tenants. The tenants' rows are locked, so that no tenant is
/// enabled while its migrations are suspended; where one is just being enabled, this waits, reads
/// the row again and leaves its migrations alone.
pub(super) const SUSPEND: &str = "
    WITH disabled AS (
        SELECT t.id FROM tenants AS t
        WHERE t.id = ANY (ARRAY(SELECT DISTINCT m.tenant FROM migrations AS m WHERE m.id = ANY ($1)))
            AND t.disabled_at IS NOT NULL
        ORDER BY t.id FOR SHARE
    )
    UPDATE migrations AS m SET lease_worker = $3, lease_until = $4 FROM disabled
    WHERE m.id = ANY ($1) AND m.lease_worker = $2 AND m.tenant = disabled.id RETURNING m.id";

impl Postgres {
    pub(in crate::store) async fn claim(&self, claim: ClaimRequest) -> Result<Vec<AnyRow>, Error> {
        let ClaimQuotas {
            per_tenant,
            per_destination,
            cursor,
            exhausted,
        } = &claim.quotas;
        let last = cursor.tenant.as_ref().map_or("", TenantId::as_str);
        let destinations = cursor.destinations.iter();
        let destinations: (Vec<_>, Vec<_>) = destinations.map(texts).unzip();
        let full_tenants: Vec<&str> = exhausted.tenants.iter().map(TenantId::as_str).collect();
        let full = exhausted.destinations.iter();
        let full: (Vec<_>, Vec<_>) = full.map(|(tenant, waba)| texts((tenant, waba))).unzip();
        let query = || {
            sqlx::query(CLAIM)
                .bind(Time(claim.now))
                .bind(claim.worker.uuid())
                .bind(Time(claim.lease_until))
                .bind(i64::from(claim.limit))
                .bind(last)
                .bind(i64::from(*per_tenant))
                .bind(i64::from(*per_destination))
                .bind(destinations.0.clone())
                .bind(destinations.1.clone())
                .bind(full_tenants.clone())
                .bind(full.0.clone())
                .bind(full.1.clone())
        };
        rows::each(&self.inner.leases.rows(query).await?)
    }

    pub(in crate::store) async fn next_due(&self) -> Result<Option<Timestamp>, Error> {
        let found = self.inner.leases.rows(|| sqlx::query(NEXT)).await?;
        let at = found.first().map(|row| column::<Option<Time>>(row, "at"));
        Ok(at.transpose()?.flatten().map(|Time(at)| at))
    }

    pub(in crate::store) async fn renew(
        &self,
        worker: WorkerId,
        ids: &[MigrationId],
        until: Timestamp,
    ) -> Result<Vec<MigrationId>, Error> {
        let uuids: Vec<_> = ids.iter().map(|id| id.uuid()).collect();
        let renew = || {
            sqlx::query(
                "UPDATE migrations SET lease_until = $3
                 WHERE id = ANY ($1) AND lease_worker = $2 RETURNING id",
            )
            .bind(uuids.clone())
            .bind(worker.uuid())
            .bind(Time(until))
        };
        among(ids, &self.inner.leases.rows(renew).await?)
    }

    pub(in crate::store) async fn suspend(
        &self,
        worker: WorkerId,
        ids: &[MigrationId],
        until: Timestamp,
    ) -> Result<Vec<MigrationId>, Error> {
        let uuids: Vec<_> = ids.iter().map(|id| id.uuid()).collect();
        let suspend = sqlx::query(SUSPEND)
            .bind(uuids)
            .bind(worker.uuid())
            .bind(WorkerId::SUSPENDED.uuid())
            .bind(Time(until));
        among(ids, &self.inner.calls.once(suspend).await?)
    }
}

fn texts<'a>((tenant, waba): (&'a TenantId, &'a WabaId)) -> (&'a str, &'a str) {
    (tenant.as_str(), waba.as_str())
}

/// Those of `ids` that are in `rows`, in their order.
fn among(ids: &[MigrationId], rows: &[PgRow]) -> Result<Vec<MigrationId>, Error> {
    let named: HashSet<MigrationId> = rows.iter().map(rows::id).collect::<Result<_, _>>()?;
    Ok(ids
        .iter()
        .copied()
        .filter(|id| named.contains(id))
        .collect())
}
