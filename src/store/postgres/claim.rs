//! Claims of due migrations.

use std::time::Duration;

use jiff::Timestamp;
use sqlx::postgres::{PgArguments, PgConnection, PgRow};
use sqlx::query::Query;
use uuid::Uuid;

use super::Postgres;
use super::error::{classified, is_read_only, not_offered};
use super::failover::timeline;
use super::rows::{self, column, columns};
use super::time::Time;
use crate::store::record::AnyRow;
use crate::store::{ClaimForm, ClaimQuotas, ClaimRequest, Error, WorkerId};
use domain::{TenantId, WabaId};

/// Claims and reads in one statement.
pub(super) const CLAIM: &str = concat!(
    include_str!("claim.sql"),
    "SELECT ",
    columns!(),
    " FROM m ORDER BY m.turn, m.within, m.due_at, m.id"
);

/// What comes before a claim.
macro_rules! prepare {
    ($timeline:expr) => {
        concat!(
            include_str!("prepare_claim.sql"),
            "SELECT (SELECT count(*) FROM released) AS released, ",
            $timeline,
            " AS timeline"
        )
    };
}
pub(super) const PREPARE: &str = prepare!(timeline!());
const PREPARE_WITHOUT_TIMELINE: &str = prepare!("NULL::text");
/// Reads the server's timeline alone.
const TIMELINE: &str = concat!("SELECT ", timeline!(), " AS timeline");

/// Maximum migrations that are admitted before a claim once they are due.
pub(super) const ADMITTED: i64 = 500;

/// The milliseconds until something can be claimed: a statement, with a further interval.
///
/// Of the ready ones any is taken: they were due when they were saved, so only clocks that differ
/// make one of them not due yet.
macro_rules! next {
    ($further:literal) => {
        concat!(
            "SELECT ceil(extract(epoch FROM least(",
            $further,
            "
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
    )) * 1000)::bigint AS millis"
        )
    };
}

/// Of workers that were ended, what a late commit leased to them can be claimed at once. From each
/// worker, one index lookup steps to the next one with leases, which must be a worker, too.
pub(super) const NEXT: &str = next!(
    "(SELECT interval '0' WHERE EXISTS (
        SELECT 1 FROM (
            SELECT w.id FROM workers AS w UNION ALL SELECT '00000000-0000-0000-0000-000000000000'
        ) AS known CROSS JOIN LATERAL (
            SELECT m.lease_worker AS id FROM migrations AS m
            WHERE m.lease_worker IS NOT NULL AND m.lease_worker > known.id
            ORDER BY m.lease_worker LIMIT 1) AS holder
        WHERE NOT EXISTS (SELECT 1 FROM workers AS w WHERE w.id = holder.id))),"
);
/// The same for a database that is sharded by tenant, which is asked for ended workers apart.
pub(super) const NEXT_BUT_ENDED: &str = next!("");

/// The form of claims that is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    AllTenants,
    PerTenant,
}

/// The values of the quotas as a statement takes them.
struct QuotaColumns<'a> {
    last_tenant: &'a str,
    last_destinations: (Vec<&'a str>, Vec<&'a str>),
    full_tenants: Vec<&'a str>,
    full_destinations: (Vec<&'a str>, Vec<&'a str>),
}

impl Postgres {
    pub(in crate::store) async fn claim(&self, claim: ClaimRequest) -> Result<Vec<AnyRow>, Error> {
        if self.inner.claim == Form::PerTenant {
            if !self.inner.server.failovers.is_hidden() {
                let found = self.inner.leases.rows(|| sqlx::query(TIMELINE)).await?;
                self.note_timeline(found.first()).await?;
            }
            return self.claim_by_tenant(&claim).await;
        }
        self.prepare_claim(claim.worker, claim.now).await?;
        let quotas = QuotaColumns::of(&claim.quotas);
        let query = || claim_all_tenants(&claim, &quotas);
        rows::each(&self.inner.leases.rows(query).await?)
    }

    /// Ends workers, and admits what has become due.
    async fn prepare_claim(&self, worker: WorkerId, now: Timestamp) -> Result<(), Error> {
        let statement = self.with_timeline(PREPARE, PREPARE_WITHOUT_TIMELINE);
        loop {
            let prepare = || {
                sqlx::query(statement)
                    .bind(Time(now))
                    .bind(worker.uuid())
                    .bind(ADMITTED)
            };
            let found = self.inner.leases.rows(prepare).await?;
            self.note_timeline(found.first()).await?;
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
        let statement = match self.inner.claim {
            Form::AllTenants => NEXT,
            Form::PerTenant if self.ended_have_leases(worker).await? => {
                return Ok(Some(Duration::ZERO));
            }
            Form::PerTenant => NEXT_BUT_ENDED,
        };
        let next = || sqlx::query(statement).bind(Time(now)).bind(worker.uuid());
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

/// The form that the settings ask for, or that the server accepts.
pub(super) async fn chosen(asked: ClaimForm, connection: &mut PgConnection) -> Result<Form, Error> {
    match asked {
        ClaimForm::AllTenants => return Ok(Form::AllTenants),
        ClaimForm::PerTenant => return Ok(Form::PerTenant),
        ClaimForm::Auto => {}
    }
    // Claims nothing: no worker has this id.
    let nothing = ClaimRequest {
        worker: WorkerId::from_uuid(Uuid::nil()),
        now: Timestamp::UNIX_EPOCH,
        limit: 0,
        quotas: ClaimQuotas::of(0),
    };
    let quotas = QuotaColumns::of(&nothing.quotas);
    let tried = claim_all_tenants(&nothing, &quotas).execute(connection);
    match tried.await {
        Ok(_) => Ok(Form::AllTenants),
        Err(error) if not_offered(&error) => {
            tracing::info!(
                error = &error as &dyn std::error::Error,
                "the database claims tenant by tenant: it accepts no claim over all tenants"
            );
            Ok(Form::PerTenant)
        }
        // A standby is read-only, and may be promoted later.
        Err(error) if is_read_only(&error) => Ok(Form::AllTenants),
        Err(error) => Err(classified(error)),
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
