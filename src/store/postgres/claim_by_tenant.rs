//! Claims tenant by tenant, for a database that is sharded by tenant.
//!
//! Such a database refuses row locks and recursive queries over several tenants. So the tenants
//! with due migrations are read first, without locks, and each statement that locks names one. It
//! claims the same as `claim.sql`, in the same order, with a few statements for each tenant.
//!
//! Statements that find migrations are planned at each use, so that a plan for a small table is
//! never used for a large one.

use std::collections::HashMap;

use jiff::Timestamp;
use sqlx::postgres::{PgArguments, PgConnection};
use sqlx::query::Query;
use uuid::Uuid;

use super::Postgres;
use super::claim::ADMITTED;
use super::loan::UnitOfWork;
use super::rows::{self, column, select};
use super::time::Time;
use crate::store::record::AnyRow;
use crate::store::{ClaimRequest, Error, WorkerId};
use domain::{MigrationId, TenantId, WabaId};

/// The next worker with leases.
pub(super) const NEXT_HOLDER: &str = "
    SELECT lease_worker FROM migrations WHERE lease_worker IS NOT NULL AND lease_worker > $1
    ORDER BY lease_worker LIMIT 1";
/// The workers, and whether their leases have ended.
const WORKERS: &str = "SELECT id, alive_until <= now() AS has_ended FROM workers";
/// The tenants whose migrations have become due, the longest due first.
pub(super) const DELAYED: &str = "
    SELECT m.tenant FROM migrations AS m
    WHERE m.state = 'RUNNING' AND m.lease_worker IS NULL AND m.due_at IS NOT NULL AND m.delayed
        AND m.due_at <= $1
    ORDER BY m.due_at, m.id LIMIT $2";
/// Admits what has become due of one tenant.
pub(super) const ADMIT: &str = "
    UPDATE migrations AS m SET delayed = false
    WHERE m.tenant = $1 AND m.id = ANY (ARRAY(
        SELECT d.id FROM migrations AS d
        WHERE d.state = 'RUNNING' AND d.lease_worker IS NULL AND d.due_at IS NOT NULL AND d.delayed
            AND d.tenant = $1 AND d.due_at <= $2
        ORDER BY d.due_at, d.id LIMIT $3
        FOR UPDATE SKIP LOCKED))";
/// The timers that have run out, the longest due first.
pub(super) const TIMERS: &str = "
    SELECT m.tenant, m.id FROM migrations AS m
    WHERE m.state <> 'RUNNING' AND m.lease_worker IS NULL AND m.due_at IS NOT NULL AND m.due_at <= $1
    ORDER BY m.due_at, m.id LIMIT $2";
/// Claims timers of one tenant.
pub(super) const CLAIM_TIMERS: &str = "
    UPDATE migrations AS m SET lease_worker = $3, suspended = false
    WHERE m.tenant = $1 AND m.id = ANY (ARRAY(
        SELECT d.id FROM migrations AS d
        WHERE d.state <> 'RUNNING' AND d.lease_worker IS NULL AND d.due_at IS NOT NULL
            AND d.due_at <= $4 AND d.tenant = $1 AND d.id = ANY ($2)
        FOR UPDATE SKIP LOCKED))
    RETURNING m.id";
/// The next tenant with running migrations that can be claimed.
pub(super) const NEXT_TENANT: &str = "
    SELECT m.tenant FROM migrations AS m
    WHERE m.state = 'RUNNING' AND m.lease_worker IS NULL AND m.due_at IS NOT NULL AND NOT m.delayed
        AND m.tenant > $1
    ORDER BY m.tenant LIMIT 1";
/// Claims running migrations of one tenant.
pub(super) const CLAIM: &str = include_str!("claim_of_tenant.sql");
/// Reads claimed migrations of one tenant.
const READ: &str = select!("WHERE m.tenant = $1 AND m.id = ANY ($2)");

/// Ends workers, and releases what they had leased.
struct EndWorkers {
    /// The worker that does so.
    by: WorkerId,
    /// Workers with leases that may have ended.
    holders: Vec<Uuid>,
}

/// Workers whose leases have ended.
struct Ended {
    /// Those with leases, ended or to be ended.
    holders: Vec<Uuid>,
    /// Whether there are others to end.
    has_more: bool,
    /// Whether the worker that asked was not ended.
    is_known: bool,
}

impl Postgres {
    /// Claims as [`Store::claim`](crate::store::Store::claim) describes.
    pub(super) async fn claim_by_tenant(&self, claim: &ClaimRequest) -> Result<Vec<AnyRow>, Error> {
        if !self.end_workers_by_tenant(claim.worker).await? {
            return Ok(Vec::new());
        }
        self.admit_by_tenant(claim.now).await?;
        let mut claimed = self.claim_timers(claim).await?;
        self.claim_running(claim, &mut claimed).await?;
        Ok(claimed)
    }

    /// Whether a worker that was ended, or should be, has leases.
    pub(super) async fn ended_have_leases(&self, asking: WorkerId) -> Result<bool, Error> {
        let found = self.find_ended(asking).await?;
        Ok(!found.holders.is_empty())
    }

    /// Ends the other workers whose leases have ended; returns whether this one was not ended.
    async fn end_workers_by_tenant(&self, by: WorkerId) -> Result<bool, Error> {
        let Ended {
            holders,
            has_more,
            is_known,
        } = self.find_ended(by).await?;
        if !holders.is_empty() || has_more {
            let end = EndWorkers { by, holders };
            self.inner.leases.transaction(&end).await?;
        }
        Ok(is_known)
    }

    async fn find_ended(&self, by: WorkerId) -> Result<Ended, Error> {
        let mut holders = Vec::new();
        let mut last = Uuid::nil();
        loop {
            let next = || sqlx::query(NEXT_HOLDER).bind(last).persistent(false);
            let found = self.inner.leases.rows(next).await?;
            let Some(row) = found.first() else { break };
            last = column(row, "lease_worker")?;
            holders.push(last);
        }
        let mut workers = HashMap::new();
        for row in &self.inner.leases.rows(|| sqlx::query(WORKERS)).await? {
            workers.insert(
                column::<Uuid>(row, "id")?,
                column::<bool>(row, "has_ended")?,
            );
        }
        let is_known = workers.contains_key(&by.uuid());
        workers.insert(by.uuid(), false);
        let has_ended = |worker: &Uuid| workers.get(worker).copied().unwrap_or(true);
        holders.retain(has_ended);
        Ok(Ended {
            holders,
            has_more: workers.values().any(|has_ended| *has_ended),
            is_known,
        })
    }

    async fn admit_by_tenant(&self, now: Timestamp) -> Result<(), Error> {
        let delayed = || {
            sqlx::query(DELAYED)
                .bind(Time(now))
                .bind(ADMITTED)
                .persistent(false)
        };
        let found = self.inner.leases.rows(delayed).await?;
        let mut tenants: Vec<String> = Vec::new();
        for row in &found {
            let tenant: String = column(row, "tenant")?;
            if !tenants.contains(&tenant) {
                tenants.push(tenant);
            }
        }
        for tenant in &tenants {
            let admit = || {
                sqlx::query(ADMIT)
                    .bind(tenant)
                    .bind(Time(now))
                    .bind(ADMITTED)
                    .persistent(false)
            };
            self.inner.leases.rows(admit).await?;
        }
        Ok(())
    }

    async fn claim_timers(&self, claim: &ClaimRequest) -> Result<Vec<AnyRow>, Error> {
        let timers = || {
            sqlx::query(TIMERS)
                .bind(Time(claim.now))
                .bind(i64::from(claim.limit))
                .persistent(false)
        };
        let found = self.inner.leases.rows(timers).await?;
        let mut order = HashMap::new();
        let mut by_tenant: Vec<(String, Vec<Uuid>)> = Vec::new();
        for (nth, row) in found.iter().enumerate() {
            let (tenant, id): (String, Uuid) = (column(row, "tenant")?, column(row, "id")?);
            order.insert(MigrationId::from_uuid(id), nth);
            match by_tenant.iter_mut().find(|(known, _)| *known == tenant) {
                Some((_, ids)) => ids.push(id),
                None => by_tenant.push((tenant, vec![id])),
            }
        }
        let mut claimed = Vec::new();
        for (tenant, ids) in &by_tenant {
            let take = || {
                sqlx::query(CLAIM_TIMERS)
                    .bind(tenant)
                    .bind(ids.clone())
                    .bind(claim.worker.uuid())
                    .bind(Time(claim.now))
                    .persistent(false)
            };
            claimed.extend(self.claimed(tenant, take).await?);
        }
        claimed.sort_by_key(|(id, _)| order.get(id).copied());
        Ok(claimed)
    }

    /// Claims running migrations, up to the limit in all: from the tenant after the last one that
    /// was served to the last, and then from the first one on.
    async fn claim_running(
        &self,
        claim: &ClaimRequest,
        claimed: &mut Vec<AnyRow>,
    ) -> Result<(), Error> {
        let quotas = &claim.quotas;
        let limit = usize::try_from(claim.limit).unwrap_or(usize::MAX);
        let start = quotas.cursor.tenant.as_ref().map_or("", TenantId::as_str);
        let mut last = start.to_owned();
        let mut wrapped = false;
        while claimed.len() < limit {
            let next = || sqlx::query(NEXT_TENANT).bind(&last).persistent(false);
            let found = self.inner.leases.rows(next).await?;
            let tenant: Option<String> =
                found.first().map(|it| column(it, "tenant")).transpose()?;
            match tenant {
                Some(tenant) if !wrapped || tenant.as_str() <= start => last = tenant,
                None if !wrapped => {
                    wrapped = true;
                    last.clear();
                    continue;
                }
                _ => return Ok(()),
            }
            let tenant = TenantId::from_stored(last.clone());
            if quotas.exhausted.tenants.contains(&tenant) {
                continue;
            }
            let left = u32::try_from(limit.saturating_sub(claimed.len())).unwrap_or(u32::MAX);
            let destination = quotas.cursor.destinations.get(&tenant);
            let full = quotas.exhausted.destinations.iter();
            let full = full.filter(|(of, _)| *of == tenant);
            let full: Vec<&str> = full.map(|(_, waba)| waba.as_str()).collect();
            let take = || {
                sqlx::query(CLAIM)
                    .bind(tenant.as_str())
                    .bind(Time(claim.now))
                    .bind(claim.worker.uuid())
                    .bind(i64::from(left.min(quotas.per_tenant)))
                    .bind(destination.map_or("", WabaId::as_str))
                    .bind(i64::from(quotas.per_destination))
                    .bind(full.clone())
                    .persistent(false)
            };
            claimed.extend(self.claimed(tenant.as_str(), take).await?);
        }
        Ok(())
    }

    /// Claims migrations of a tenant and reads them, in the order of the claim.
    async fn claimed<'q>(
        &self,
        tenant: &str,
        take: impl Fn() -> Query<'q, sqlx::Postgres, PgArguments> + Send,
    ) -> Result<Vec<AnyRow>, Error> {
        let taken = self.inner.leases.rows(take).await?;
        let ids: Vec<Uuid> = taken
            .iter()
            .map(|row| column(row, "id"))
            .collect::<Result<_, _>>()?;
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let read = || {
            sqlx::query(READ)
                .bind(tenant.to_owned())
                .bind(ids.clone())
                .persistent(false)
        };
        let mut claimed = rows::each(&self.inner.leases.rows(read).await?)?;
        claimed.sort_by_key(|(id, _)| ids.iter().position(|taken| *taken == id.uuid()));
        Ok(claimed)
    }
}

impl UnitOfWork for EndWorkers {
    type Answer = ();

    /// Ends the workers first: one that has renewed its lease meanwhile is not ended, and so is
    /// found among the workers before its migrations would be released.
    async fn run(&self, connection: &mut PgConnection) -> Result<(), sqlx::Error> {
        sqlx::query("DELETE FROM workers WHERE alive_until <= now() AND id <> $1")
            .bind(self.by.uuid())
            .execute(&mut *connection)
            .await?;
        let alive: Vec<Uuid> = sqlx::query_scalar("SELECT id FROM workers")
            .fetch_all(&mut *connection)
            .await?;
        let holders = self.holders.iter().copied();
        let ended: Vec<Uuid> = holders.filter(|it| !alive.contains(it)).collect();
        sqlx::query("UPDATE migrations SET lease_worker = NULL WHERE lease_worker = ANY ($1)")
            .bind(ended)
            .execute(&mut *connection)
            .await
            .map(drop)
    }
}
