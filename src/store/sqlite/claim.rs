//! Claims of due migrations, and their leases.

use jiff::Timestamp;
use rusqlite::Connection;
use uuid::Uuid;

use super::error::classified;
use super::rows::{count, millis, timestamp};
use super::writer::Write;
use super::{Sqlite, read};
use crate::store::record::AnyRow;
use crate::store::{ClaimQuotas, ClaimRequest, Error, WorkerId};
use domain::{MigrationId, TenantId, WabaId};

/// Sorts after every tenant id and every WABA id.
const AFTER_ALL: &str = "~";

/// Migrations whose time has run out while they wait for a person or for Meta.
pub(super) const TIMERS: &str = "
    SELECT id FROM migrations WHERE state <> 'RUNNING' AND claimable_at <= ?
    ORDER BY claimable_at, id LIMIT ?";
/// The next tenant with work, now or later.
pub(super) const NEXT_TENANT: &str = "
    SELECT min(tenant) FROM migrations WHERE state = 'RUNNING' AND claimable_at IS NOT NULL AND tenant > ?";
/// Due work of a tenant: a few migrations of each destination between two bounds, without the
/// destinations to skip. The recursion steps from one destination to the next by the index, no
/// further than the limit needs.
pub(super) const WORK: &str = "
    WITH RECURSIVE share (destination) AS (
        SELECT min(destination) FROM migrations
        WHERE state = 'RUNNING' AND claimable_at IS NOT NULL AND tenant = ?1 AND destination > ?2
        UNION ALL
        SELECT (
            SELECT min(m.destination) FROM migrations AS m
            WHERE m.state = 'RUNNING' AND m.claimable_at IS NOT NULL AND m.tenant = ?1
                AND m.destination > share.destination)
        FROM share WHERE share.destination < ?3
    )
    SELECT id FROM (
        SELECT work.destination, work.claimable_at, work.id
        FROM share CROSS JOIN migrations AS work ON work.id IN (
            SELECT m.id FROM migrations AS m
            WHERE m.state = 'RUNNING' AND m.claimable_at <= ?4 AND m.tenant = ?1 AND m.destination = share.destination
            ORDER BY m.claimable_at, m.id LIMIT ?5)
        WHERE share.destination <= ?3 AND share.destination NOT IN (SELECT value FROM json_each(?6))
        LIMIT ?7)
    ORDER BY destination, claimable_at, id";
/// The earliest time at which something can be claimed.
pub(super) const NEXT: &str = "
    SELECT min(at) FROM (
        SELECT min(claimable_at) AS at FROM migrations WHERE claimable_at IS NOT NULL AND state = 'RUNNING'
        UNION ALL
        SELECT min(claimable_at) FROM migrations WHERE claimable_at IS NOT NULL AND state <> 'RUNNING')";

/// Renews a lease.
pub(super) const RENEW: &str =
    "UPDATE migrations SET lease_until = ? WHERE id = ? AND lease_worker = ?";
/// Suspends a migration of a disabled tenant. The tenant may have been enabled since the worker
/// last read it.
pub(super) const SUSPEND: &str = "
    UPDATE migrations SET lease_worker = x'00000000000000000000000000000000', lease_until = ?
    WHERE id = ? AND lease_worker = ?
        AND EXISTS (SELECT 1 FROM tenants AS t WHERE t.id = migrations.tenant AND t.disabled_at IS NOT NULL)";

/// Changes leases of the worker, by [`RENEW`] or [`SUSPEND`]; returns those that it changed.
struct ChangeLeases {
    statement: &'static str,
    worker: WorkerId,
    ids: Vec<MigrationId>,
    until: Timestamp,
}

impl Sqlite {
    pub(in crate::store) async fn claim(&self, claim: ClaimRequest) -> Result<Vec<AnyRow>, Error> {
        let claimed = self.writer.write(claim).await?;
        let read = move |connection: &_| read::all(connection, &claimed);
        self.readers.read_long(read).await
    }

    pub(in crate::store) async fn next_due(&self) -> Result<Option<Timestamp>, Error> {
        self.readers.read(|connection| {
            let next: Option<i64> = connection
                .prepare_cached(NEXT)
                .and_then(|mut statement| statement.query_one((), |row| row.get(0)))
                .map_err(classified)?;
            Ok(next.map(timestamp))
        })
    }

    pub(in crate::store) async fn renew(
        &self,
        worker: WorkerId,
        ids: &[MigrationId],
        until: Timestamp,
    ) -> Result<Vec<MigrationId>, Error> {
        self.change_leases(RENEW, worker, ids, until).await
    }

    pub(in crate::store) async fn suspend(
        &self,
        worker: WorkerId,
        ids: &[MigrationId],
        until: Timestamp,
    ) -> Result<Vec<MigrationId>, Error> {
        self.change_leases(SUSPEND, worker, ids, until).await
    }

    async fn change_leases(
        &self,
        statement: &'static str,
        worker: WorkerId,
        ids: &[MigrationId],
        until: Timestamp,
    ) -> Result<Vec<MigrationId>, Error> {
        let change = ChangeLeases {
            statement,
            worker,
            ids: ids.to_vec(),
            until,
        };
        self.writer.write(change).await
    }
}

impl Write for ClaimRequest {
    type Answer = Vec<MigrationId>;

    fn run(&self, connection: &Connection) -> Result<Vec<MigrationId>, Error> {
        let due = self.due(connection).map_err(classified)?;
        let mut take = connection
            .prepare_cached("UPDATE migrations SET lease_worker = ?, lease_until = ? WHERE id = ?")
            .map_err(classified)?;
        for id in &due {
            take.execute((self.worker.uuid(), millis(self.lease_until), id))
                .map_err(classified)?;
        }
        Ok(due.into_iter().map(MigrationId::from_uuid).collect())
    }
}

impl ClaimRequest {
    fn due(&self, connection: &Connection) -> rusqlite::Result<Vec<Uuid>> {
        let mut due = connection
            .prepare_cached(TIMERS)?
            .query_map((millis(self.now), self.limit), |row| row.get(0))?
            .collect::<Result<Vec<Uuid>, _>>()?;
        let mut next = connection.prepare_cached(NEXT_TENANT)?;
        let last = self.quotas.cursor.tenant.as_ref();
        let last = last.map_or("", TenantId::as_str);
        // From the tenant after the cursor to the last, then from the first to the cursor.
        for (mut after, up_to) in [(last.to_owned(), AFTER_ALL), (String::new(), last)] {
            while self.room(&due) > 0 {
                let tenant: Option<String> = next.query_one([&after], |row| row.get(0))?;
                let Some(tenant) = tenant.filter(|tenant| tenant.as_str() <= up_to) else {
                    break;
                };
                self.work_of(connection, &tenant, &mut due)?;
                after = tenant;
            }
        }
        Ok(due)
    }

    /// Adds due migrations of a tenant, up to its quota.
    fn work_of(
        &self,
        connection: &Connection,
        tenant: &str,
        due: &mut Vec<Uuid>,
    ) -> rusqlite::Result<()> {
        let ClaimQuotas {
            cursor, exhausted, ..
        } = &self.quotas;
        let tenant = TenantId::from_stored(tenant.to_owned());
        if exhausted.tenants.contains(&tenant) {
            return Ok(());
        }
        let skipped = exhausted
            .destinations
            .iter()
            .filter(|(it, _)| *it == tenant);
        let skipped: Vec<&str> = skipped.map(|(_, waba)| waba.as_str()).collect();
        let skipped = serde_json::Value::from(skipped).to_string();
        let last = cursor.destinations.get(&tenant).map_or("", WabaId::as_str);
        let mut work = connection.prepare_cached(WORK)?;
        let mut quota = self.room(due).min(i64::from(self.quotas.per_tenant));
        for (after, up_to) in [(last, AFTER_ALL), ("", last)] {
            let bounds = (
                tenant.as_str(),
                after,
                up_to,
                millis(self.now),
                self.quotas.per_destination,
                &skipped,
                quota,
            );
            for id in work.query_map(bounds, |row| row.get(0))? {
                due.push(id?);
                quota = quota.saturating_sub(1);
            }
        }
        Ok(())
    }

    /// The number of migrations that the limit still allows.
    fn room(&self, due: &[Uuid]) -> i64 {
        i64::from(self.limit).saturating_sub(count(due.len() as u64))
    }
}

impl Write for ChangeLeases {
    type Answer = Vec<MigrationId>;

    fn run(&self, connection: &Connection) -> Result<Vec<MigrationId>, Error> {
        let mut change = connection
            .prepare_cached(self.statement)
            .map_err(classified)?;
        let mut changed = Vec::with_capacity(self.ids.len());
        for &id in &self.ids {
            let lease = (millis(self.until), id.uuid(), self.worker.uuid());
            if change.execute(lease).map_err(classified)? == 1 {
                changed.push(id);
            }
        }
        Ok(changed)
    }
}
