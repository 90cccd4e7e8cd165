//! Claims of due migrations.

use std::time::Duration;

use jiff::Timestamp;
use sqlx::postgres::{PgArguments, PgRow};
use sqlx::query::Query;

use super::Postgres;
use super::rows::{self, column, columns};
use super::time::Time;
use crate::store::record::AnyRow;
use crate::store::{ClaimQuotas, ClaimRequest, Error, WorkerId};
use domain::{TenantId, WabaId};

/// Claims and reads in one statement.
pub(super) const CLAIM: &str = concat!(
    include_str!("claim.sql"),
    "SELECT ",
    columns!(),
    " FROM m ORDER BY m.turn, m.within, m.due_at, m.id"
);

/// What comes before a claim.
pub(super) const PREPARE: &str = concat!(
    include_str!("prepare_claim.sql"),
    "SELECT (SELECT count(*) FROM released) AS released, (SELECT count(*) FROM admitted) AS admitted"
);

/// The milliseconds until something can be claimed.
///
/// Of the ready ones any is taken: they were due when they were saved, so only clocks that differ
/// make one of them not due yet.
pub(super) const NEXT: &str = "
    SELECT ceil(extract(epoch FROM least(
        (SELECT m.due_at - $1 FROM migrations AS m
         WHERE m.state = 'RUNNING' AND m.lease_worker IS NULL AND m.due_at IS NOT NULL AND NOT m.delayed
         ORDER BY m.tenant, m.destination, m.due_at, m.id LIMIT 1),
        (SELECT m.due_at - $1 FROM migrations AS m
         WHERE m.state = 'RUNNING' AND m.lease_worker IS NULL AND m.due_at IS NOT NULL AND m.delayed
         ORDER BY m.due_at, m.id LIMIT 1),
        (SELECT m.due_at - $1 FROM migrations AS m
         WHERE m.state <> 'RUNNING' AND m.lease_worker IS NULL AND m.due_at IS NOT NULL
         ORDER BY m.due_at, m.id LIMIT 1),
        (SELECT min(w.alive_until) - clock_timestamp() FROM workers AS w WHERE w.id <> $2)
    )) * 1000)::bigint AS millis";

/// The values of the quotas as a statement takes them.
struct QuotaColumns<'a> {
    last_tenant: &'a str,
    last_destinations: (Vec<&'a str>, Vec<&'a str>),
    full_tenants: Vec<&'a str>,
    full_destinations: (Vec<&'a str>, Vec<&'a str>),
}

impl Postgres {
    pub(in crate::store) async fn claim(&self, claim: ClaimRequest) -> Result<Vec<AnyRow>, Error> {
        self.prepare_claim(claim.worker, claim.now).await?;
        let quotas = QuotaColumns::of(&claim.quotas);
        let query = || claim_all_tenants(&claim, &quotas);
        rows::each(&self.inner.leases.rows(query).await?)
    }

    /// Ends workers, and admits what has become due.
    async fn prepare_claim(&self, worker: WorkerId, now: Timestamp) -> Result<(), Error> {
        loop {
            let prepare = || sqlx::query(PREPARE).bind(Time(now)).bind(worker.uuid());
            let found = self.inner.leases.rows(prepare).await?;
            let released = |row: &PgRow| column::<i64>(row, "released");
            // What was released may have to be admitted too.
            if found.first().map(released).transpose()?.unwrap_or_default() == 0 {
                return Ok(());
            }
        }
    }

    pub(in crate::store) async fn next_due(
        &self,
        worker: WorkerId,
        now: Timestamp,
    ) -> Result<Option<Duration>, Error> {
        let next = || sqlx::query(NEXT).bind(Time(now)).bind(worker.uuid());
        let found = self.inner.leases.rows(next).await?;
        let millis = found
            .first()
            .map(|row| column::<Option<i64>>(row, "millis"));
        let millis = millis.transpose()?.flatten();
        Ok(millis.map(|millis| Duration::from_millis(u64::try_from(millis).unwrap_or_default())))
    }
}

impl<'a> QuotaColumns<'a> {
    fn of(quotas: &'a ClaimQuotas) -> Self {
        let ClaimQuotas {
            cursor, exhausted, ..
        } = quotas;
        let last = cursor.destinations.iter();
        let full = exhausted.destinations.iter();
        Self {
            last_tenant: cursor.tenant.as_ref().map_or("", TenantId::as_str),
            last_destinations: last.map(texts).unzip(),
            full_tenants: exhausted.tenants.iter().map(TenantId::as_str).collect(),
            full_destinations: full.map(|(tenant, waba)| texts((tenant, waba))).unzip(),
        }
    }
}

fn claim_all_tenants<'q>(
    claim: &ClaimRequest,
    quotas: &QuotaColumns<'q>,
) -> Query<'q, sqlx::Postgres, PgArguments> {
    sqlx::query(CLAIM)
        .bind(Time(claim.now))
        .bind(claim.worker.uuid())
        .bind(i64::from(claim.limit))
        .bind(quotas.last_tenant)
        .bind(i64::from(claim.quotas.per_tenant))
        .bind(i64::from(claim.quotas.per_destination))
        .bind(quotas.last_destinations.0.clone())
        .bind(quotas.last_destinations.1.clone())
        .bind(quotas.full_tenants.clone())
        .bind(quotas.full_destinations.0.clone())
        .bind(quotas.full_destinations.1.clone())
}

fn texts<'a>((tenant, waba): (&'a TenantId, &'a WabaId)) -> (&'a str, &'a str) {
    (tenant.as_str(), waba.as_str())
}
