//! Leases: who works on what is due.

use jiff::Timestamp;
use rusqlite::Connection;
use uuid::Uuid;

use super::error::classified;
use super::rows::{count, millis, timestamp};
use super::writer::Write;
use crate::store::{ClaimQuotas, ClaimRequest, Error, WorkerId};
use domain::{MigrationId, TenantId, WabaId};

/// Sorts after every id of a tenant and of a WABA.
const AFTER_ALL: &str = "~";

/// Whose time has run out while they wait for somebody.
pub(super) const TIMERS: &str = "SELECT id FROM migrations WHERE state <> 'RUNNING' AND claimable_at <= ? ORDER BY claimable_at, id LIMIT ?";
/// The next tenant that has work, now or later.
pub(super) const NEXT_TENANT: &str = "
    SELECT min(tenant) FROM migrations WHERE state = 'RUNNING' AND claimable_at IS NOT NULL AND tenant > ?";
/// Whose turn is ours: of each destination of a tenant between two, but for some, a few. The recursion goes from one destination
/// to the next by the index, and no further than the limit needs.
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
/// When something is due.
pub(super) const NEXT: &str = "
    SELECT min(at) FROM (
        SELECT min(claimable_at) AS at FROM migrations WHERE claimable_at IS NOT NULL AND state = 'RUNNING'
        UNION ALL
        SELECT min(claimable_at) FROM migrations WHERE claimable_at IS NOT NULL AND state <> 'RUNNING')";

/// Prolongs a lease.
pub(super) const RENEW: &str =
    "UPDATE migrations SET lease_until = ? WHERE id = ? AND lease_worker = ?";
/// Sets aside what belongs to a disabled tenant. The tenant may have been enabled since the worker last looked.
pub(super) const SUSPEND: &str = "
    UPDATE migrations SET lease_worker = x'00000000000000000000000000000000', lease_until = ?
    WHERE id = ? AND lease_worker = ?
        AND EXISTS (SELECT 1 FROM tenants AS t WHERE t.id = migrations.tenant AND t.disabled_at IS NOT NULL)";

/// Changes leases that the worker holds, by [`RENEW`] or [`SUSPEND`]; answers which were changed.
pub(super) struct ChangeLeases {
    pub(super) statement: &'static str,
    pub(super) worker: WorkerId,
    pub(super) ids: Vec<MigrationId>,
    pub(super) until: Timestamp,
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
        // From the tenant that was served last to the end, then from the beginning to there.
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

    /// Adds what is due of a tenant, up to its share.
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
        let pass_over = exhausted
            .destinations
            .iter()
            .filter(|(it, _)| *it == tenant);
        let pass_over: Vec<&str> = pass_over.map(|(_, waba)| waba.as_str()).collect();
        let pass_over = serde_json::Value::from(pass_over).to_string();
        let last = cursor.destinations.get(&tenant).map_or("", WabaId::as_str);
        let mut work = connection.prepare_cached(WORK)?;
        let mut share = self.room(due).min(i64::from(self.quotas.per_tenant));
        for (after, up_to) in [(last, AFTER_ALL), ("", last)] {
            let bounds = (
                tenant.as_str(),
                after,
                up_to,
                millis(self.now),
                self.quotas.per_destination,
                &pass_over,
                share,
            );
            for id in work.query_map(bounds, |row| row.get(0))? {
                due.push(id?);
                share = share.saturating_sub(1);
            }
        }
        Ok(())
    }

    /// How many more there may be.
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

/// When the next migration can be claimed.
pub(super) fn next_due(connection: &Connection) -> Result<Option<Timestamp>, Error> {
    let next: Option<i64> = connection
        .prepare_cached(NEXT)
        .and_then(|mut statement| statement.query_one((), |row| row.get(0)))
        .map_err(classified)?;
    Ok(next.map(timestamp))
}
