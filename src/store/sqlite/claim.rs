//! Claims of due migrations.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use jiff::Timestamp;
use rusqlite::{Connection, Params, Row};
use uuid::Uuid;

use super::error::classified;
use super::rows::{column, count, millis};
use super::statement::{all, execute, first};
use super::writer::Write;
use super::{Sqlite, read, workers};
use crate::store::record::AnyRow;
use crate::store::{ClaimQuotas, ClaimRequest, Error, WorkerId};
use crate::util::clock;
use domain::{MigrationId, TenantId, WabaId};

/// Sorts after every tenant id and every WABA id.
const AFTER_ALL: &str = "~";
/// Maximum migrations that one claim notices as due now. More are due at the next one.
const PROMOTED: u32 = 512;

/// Evaluates to a statement on running migrations that are due now. The condition repeats the
/// index's word for word, so that the index is used.
macro_rules! ready {
    ($select:literal, $rest:literal) => {
        concat!(
            $select,
            " FROM migrations
             WHERE state = 'RUNNING' AND lease_worker IS NULL AND due_at IS NOT NULL AND delayed = 0 ",
            $rest
        )
    };
}

/// Evaluates to a statement on running migrations that are due later, as [`ready!`].
macro_rules! delayed {
    ($select:literal, $rest:literal) => {
        concat!(
            $select,
            " FROM migrations
             WHERE state = 'RUNNING' AND lease_worker IS NULL AND due_at IS NOT NULL AND delayed = 1 ",
            $rest
        )
    };
}

/// Evaluates to a statement on migrations that wait for a person or for Meta until a time, as
/// [`ready!`].
macro_rules! timers {
    ($select:literal, $rest:literal) => {
        concat!(
            $select,
            " FROM migrations
             WHERE state <> 'RUNNING' AND lease_worker IS NULL AND due_at IS NOT NULL ",
            $rest
        )
    };
}

/// Makes delayed migrations ready once they are due.
pub(super) const PROMOTE: &str = concat!(
    "UPDATE migrations SET delayed = 0 WHERE rowid IN (",
    delayed!("SELECT rowid", "AND due_at <= ? ORDER BY due_at LIMIT ?"),
    ")"
);
/// Migrations whose time has run out while they wait.
pub(super) const TIMERS: &str = timers!(
    "SELECT rowid, tenant, id",
    "AND due_at <= ? ORDER BY due_at, tenant, id LIMIT ?"
);
/// The next tenant with ready migrations.
pub(super) const NEXT_TENANT: &str = ready!("SELECT min(tenant) AS next", "AND tenant > ?");
/// The tenant's next destination with ready migrations.
pub(super) const NEXT_DESTINATION: &str = ready!(
    "SELECT min(destination) AS next",
    "AND tenant = ? AND destination > ?"
);
/// Ready migrations of a destination.
pub(super) const READY: &str = ready!(
    "SELECT rowid, tenant, id",
    "AND tenant = ? AND destination = ? ORDER BY due_at, id LIMIT ?"
);
/// Leases a migration. Whether its tenant is disabled is found out again.
pub(super) const LEASE: &str =
    "UPDATE migrations SET lease_worker = ?, suspended = 0 WHERE rowid = ?";
/// Whether something is ready.
pub(super) const ANY_READY: &str = ready!("SELECT 1", "LIMIT 1");
/// The first that is due later.
pub(super) const NEXT_DELAYED: &str = delayed!("SELECT min(due_at) AS next", "");
/// The first timer.
pub(super) const NEXT_TIMER: &str = timers!("SELECT min(due_at) AS next", "");
/// The first end of a lease of other workers.
pub(super) const NEXT_END: &str = "SELECT min(alive_until) AS next FROM workers WHERE id <> ?";

/// A migration to lease.
struct Due {
    rowid: i64,
    tenant: String,
    id: Uuid,
}

/// Finds migrations up to the limit and the quotas of a claim.
struct Search<'a> {
    connection: &'a Connection,
    claim: &'a ClaimRequest,
    exhausted_tenants: HashSet<&'a TenantId>,
    exhausted_destinations: HashMap<&'a TenantId, HashSet<&'a str>>,
    found: Vec<Due>,
}

impl Sqlite {
    pub(in crate::store) async fn claim(&self, claim: ClaimRequest) -> Result<Vec<AnyRow>, Error> {
        let claimed = self.writer.write(claim).await?;
        let read = move |connection: &_| read::all(connection, &claimed);
        self.readers.read_long(read).await
    }

    pub(in crate::store) async fn next_due(
        &self,
        worker: WorkerId,
        now: Timestamp,
    ) -> Result<Option<Duration>, Error> {
        self.readers.read(|connection| {
            if first(connection, ANY_READY, (), |_| Ok(()))?.is_some()
                || first(connection, workers::ENDED, (), |_| Ok(()))?.is_some()
            {
                return Ok(Some(Duration::ZERO));
            }
            let until = |at: i64, now: i64| {
                let left = at.saturating_sub(now).max(0);
                Duration::from_millis(left.unsigned_abs())
            };
            let delayed = next(connection, NEXT_DELAYED, ())?;
            let timer = next(connection, NEXT_TIMER, ())?;
            let end = next(connection, NEXT_END, [worker.uuid()])?;
            let now = millis(now);
            let since_boot = workers::millis(clock::since_boot());
            let next = [(delayed, now), (timer, now), (end, since_boot)];
            let left = next.map(|(at, now)| at.map(|at| until(at, now)));
            Ok(left.into_iter().flatten().min())
        })
    }
}

impl Write for ClaimRequest {
    type Answer = Vec<(String, MigrationId)>;

    fn run(&self, connection: &Connection) -> Result<Self::Answer, Error> {
        workers::end_expired(connection, self.worker)?;
        if !workers::exists(connection, self.worker)? {
            // It was ended: what it leased now would be released again.
            return Ok(Vec::new());
        }
        execute(connection, PROMOTE, (millis(self.now), PROMOTED))?;
        let found = Search::of(self, connection).found()?;
        for due in &found {
            execute(connection, LEASE, (self.worker.uuid(), due.rowid))?;
        }
        let key = |due: Due| (due.tenant, MigrationId::from_uuid(due.id));
        Ok(found.into_iter().map(key).collect())
    }
}

impl<'a> Search<'a> {
    fn of(claim: &'a ClaimRequest, connection: &'a Connection) -> Self {
        let exhausted = &claim.quotas.exhausted;
        let mut exhausted_destinations = HashMap::<_, HashSet<_>>::new();
        for (tenant, destination) in &exhausted.destinations {
            let of_tenant = exhausted_destinations.entry(tenant).or_default();
            of_tenant.insert(destination.as_str());
        }
        Self {
            connection,
            claim,
            exhausted_tenants: exhausted.tenants.iter().collect(),
            exhausted_destinations,
            found: Vec::new(),
        }
    }

    fn found(mut self) -> Result<Vec<Due>, Error> {
        let due = (millis(self.claim.now), self.claim.limit);
        self.found = all(self.connection, TIMERS, due, Due::of)?;
        let last = self.claim.quotas.cursor.tenant.as_ref();
        for (mut after, up_to) in round(last.map(TenantId::as_str)) {
            while self.room() > 0 {
                let next = next::<String>(self.connection, NEXT_TENANT, [&after])?;
                let Some(tenant) = next.filter(|tenant| tenant.as_str() <= up_to) else {
                    break;
                };
                self.add_of_tenant(&TenantId::from_stored(tenant.clone()))?;
                after = tenant;
            }
        }
        Ok(self.found)
    }

    /// Adds ready migrations of a tenant, up to its quota.
    fn add_of_tenant(&mut self, tenant: &TenantId) -> Result<(), Error> {
        if self.exhausted_tenants.contains(tenant) {
            return Ok(());
        }
        let ClaimQuotas {
            cursor,
            per_tenant,
            per_destination,
            ..
        } = &self.claim.quotas;
        let mut quota = self.room().min(i64::from(*per_tenant));
        let last = cursor.destinations.get(tenant).map(WabaId::as_str);
        for (mut after, up_to) in round(last) {
            while quota > 0 {
                let by = (tenant.as_str(), &after);
                let next = next::<String>(self.connection, NEXT_DESTINATION, by)?;
                let Some(destination) = next.filter(|next| next.as_str() <= up_to) else {
                    break;
                };
                let exhausted = self.exhausted_destinations.get(tenant);
                if !exhausted.is_some_and(|it| it.contains(destination.as_str())) {
                    let limit = quota.min(i64::from(*per_destination));
                    let by = (tenant.as_str(), &destination, limit);
                    let ready = all(self.connection, READY, by, Due::of)?;
                    quota = quota.saturating_sub(count(ready.len() as u64));
                    self.found.extend(ready);
                }
                after = destination;
            }
        }
        Ok(())
    }

    /// The number of migrations that the limit still allows.
    fn room(&self) -> i64 {
        i64::from(self.claim.limit).saturating_sub(count(self.found.len() as u64))
    }
}

impl Due {
    fn of(row: &Row<'_>) -> Result<Self, Error> {
        Ok(Self {
            rowid: column(row, "rowid")?,
            tenant: column(row, "tenant")?,
            id: column(row, "id")?,
        })
    }
}

/// The two parts of a round, each with the name to begin after and the last one: from the name
/// after `last` to the end, then from the first to `last`.
fn round(last: Option<&str>) -> [(String, &str); 2] {
    let last = last.unwrap_or_default();
    [(last.to_owned(), AFTER_ALL), (String::new(), last)]
}

/// The least value that a statement finds.
fn next<T: rusqlite::types::FromSql>(
    connection: &Connection,
    statement: &str,
    by: impl Params,
) -> Result<Option<T>, Error> {
    let mut statement = connection.prepare_cached(statement).map_err(classified)?;
    let next = statement.query_one(by, |row| row.get("next"));
    next.map_err(classified)
}
