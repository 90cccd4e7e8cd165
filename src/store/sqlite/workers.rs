//! Workers and their leases.
//!
//! Only one service uses the file at a time, so that there is one worker, except in tests; the
//! rules are those of a database that many share.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use rusqlite::Connection;

use super::Sqlite;
use super::rows::{self, column};
use super::statement::{self, all, execute};
use super::writer::Write;
use crate::store::{Error, Renewal, WorkerId};
use crate::util::clock;
use domain::{MigrationId, TenantId};

const JOIN: &str = "INSERT INTO workers (id, alive_until) VALUES (?, ?)";
const RENEW: &str = "UPDATE workers SET alive_until = ?2 WHERE id = ?1";
const LEAVE: &str = "DELETE FROM workers WHERE id = ?";
/// Deletes the workers whose leases have ended, other than the one that looks.
pub(super) const END_EXPIRED: &str = "DELETE FROM workers WHERE alive_until <= ? AND id <> ?";
/// Workers that lease migrations and were ended. Steps over the workers by the index.
pub(super) const ENDED: &str = "
    WITH RECURSIVE holders (worker) AS (
        SELECT min(lease_worker) FROM migrations WHERE lease_worker IS NOT NULL
        UNION ALL
        SELECT (
            SELECT min(m.lease_worker) FROM migrations AS m
            WHERE m.lease_worker IS NOT NULL AND m.lease_worker > holders.worker)
        FROM holders WHERE holders.worker IS NOT NULL
    )
    SELECT worker FROM holders
    WHERE worker IS NOT NULL AND worker NOT IN (SELECT id FROM workers)";
/// Releases all migrations of a worker.
pub(super) const RELEASE_ALL: &str =
    "UPDATE migrations SET lease_worker = NULL WHERE lease_worker = ?";
/// Releases a migration of a worker.
pub(super) const RELEASE: &str = "
    UPDATE migrations SET lease_worker = NULL WHERE tenant = ? AND id = ? AND lease_worker = ?";
/// The migrations of a worker.
pub(super) const LEASED: &str = "SELECT tenant, id FROM migrations WHERE lease_worker = ?";
/// Suspends a migration of a disabled tenant. The tenant may have been enabled since the worker
/// last read it.
pub(super) const SUSPEND: &str = "
    UPDATE migrations SET lease_worker = NULL, suspended = 1, due_at = ?, delayed = 1
    WHERE tenant = ? AND id = ? AND lease_worker = ?
        AND EXISTS (SELECT 1 FROM tenants AS t WHERE t.id = migrations.tenant AND t.disabled_at IS NOT NULL)";

/// Begins a worker's lease.
struct Join(WorkerId, SignedDuration);

/// Renews a worker's lease.
struct Renew(WorkerId, SignedDuration);

/// Ends a worker, or all of them.
struct End(Option<WorkerId>);

/// Releases migrations of a worker.
struct Release {
    worker: WorkerId,
    migrations: Vec<(TenantId, MigrationId)>,
}

/// Suspends a migration.
struct Suspend {
    worker: WorkerId,
    tenant: TenantId,
    id: MigrationId,
    until: Timestamp,
}

impl Sqlite {
    pub(in crate::store) async fn join(
        &self,
        worker: WorkerId,
        lease: SignedDuration,
    ) -> Result<(), Error> {
        self.writer.write(Join(worker, lease)).await
    }

    pub(in crate::store) async fn renew(
        &self,
        worker: WorkerId,
        lease: SignedDuration,
    ) -> Result<Option<Renewal>, Error> {
        self.writer.write(Renew(worker, lease)).await
    }

    pub(in crate::store) async fn leave(&self, worker: WorkerId) -> Result<(), Error> {
        self.writer.write(End(Some(worker))).await
    }

    /// Ends all workers: those of services that used the file before.
    pub(in crate::store) async fn end_all_workers(&self) -> Result<(), Error> {
        self.writer.write(End(None)).await
    }

    pub(in crate::store) async fn leased(
        &self,
        worker: WorkerId,
    ) -> Result<Vec<(TenantId, MigrationId)>, Error> {
        let read = move |connection: &Connection| {
            all(connection, LEASED, [worker.uuid()], |row| {
                let tenant = TenantId::from_stored(column(row, "tenant")?);
                Ok((tenant, MigrationId::from_uuid(column(row, "id")?)))
            })
        };
        self.readers.read_long(read).await
    }

    pub(in crate::store) async fn has_leased(
        &self,
        worker: WorkerId,
        tenant: &TenantId,
        id: MigrationId,
    ) -> Result<bool, Error> {
        let statement = "SELECT 1 FROM migrations WHERE tenant = ? AND id = ? AND lease_worker = ?";
        let by = (tenant.as_str(), id.uuid(), worker.uuid());
        self.readers
            .read(|connection| statement::exists(connection, statement, by))
    }

    pub(in crate::store) async fn release(
        &self,
        worker: WorkerId,
        migrations: &[(TenantId, MigrationId)],
    ) -> Result<(), Error> {
        let migrations = migrations.to_vec();
        self.writer.write(Release { worker, migrations }).await
    }

    pub(in crate::store) async fn suspend(
        &self,
        worker: WorkerId,
        tenant: &TenantId,
        id: MigrationId,
        until: Timestamp,
    ) -> Result<bool, Error> {
        let suspend = Suspend {
            worker,
            tenant: tenant.clone(),
            id,
            until,
        };
        self.writer.write(suspend).await
    }
}

impl Write for Join {
    type Answer = ();

    fn run(&self, connection: &Connection) -> Result<(), Error> {
        let Self(worker, lease) = *self;
        execute(connection, JOIN, (worker.uuid(), end_of(lease))).map(drop)
    }
}

impl Write for Renew {
    type Answer = Option<Renewal>;

    fn run(&self, connection: &Connection) -> Result<Option<Renewal>, Error> {
        let Self(worker, lease) = *self;
        let renewed = execute(connection, RENEW, (worker.uuid(), end_of(lease)))?;
        Ok((renewed == 1).then_some(Renewal { server_time: None }))
    }
}

impl Write for End {
    type Answer = ();

    fn run(&self, connection: &Connection) -> Result<(), Error> {
        match self.0 {
            Some(worker) => execute(connection, LEAVE, [worker.uuid()]),
            None => execute(connection, "DELETE FROM workers", ()),
        }?;
        release_of_ended(connection)
    }
}

impl Write for Release {
    type Answer = ();

    fn run(&self, connection: &Connection) -> Result<(), Error> {
        for (tenant, id) in &self.migrations {
            let by = (tenant.as_str(), id.uuid(), self.worker.uuid());
            execute(connection, RELEASE, by)?;
        }
        Ok(())
    }
}

impl Write for Suspend {
    type Answer = bool;

    fn run(&self, connection: &Connection) -> Result<bool, Error> {
        let by = (
            rows::millis(self.until),
            self.tenant.as_str(),
            self.id.uuid(),
            self.worker.uuid(),
        );
        Ok(execute(connection, SUSPEND, by)? == 1)
    }
}

/// Ends the workers whose leases have ended, except `worker` itself, and releases what they had
/// leased.
pub(super) fn end_expired(connection: &Connection, worker: WorkerId) -> Result<(), Error> {
    let now = millis(clock::since_boot());
    execute(connection, END_EXPIRED, (now, worker.uuid()))?;
    release_of_ended(connection)
}

/// Whether the worker was not ended.
pub(super) fn exists(connection: &Connection, worker: WorkerId) -> Result<bool, Error> {
    let statement = "SELECT 1 FROM workers WHERE id = ?";
    statement::exists(connection, statement, [worker.uuid()])
}

/// A time since boot, or a part of it, as it is stored.
pub(super) fn millis(time: Duration) -> i64 {
    i64::try_from(time.as_millis()).unwrap_or(i64::MAX)
}

fn release_of_ended(connection: &Connection) -> Result<(), Error> {
    let worker = |row: &rusqlite::Row<'_>| column::<Vec<u8>>(row, "worker");
    for worker in all(connection, ENDED, (), worker)? {
        execute(connection, RELEASE_ALL, [worker])?;
    }
    Ok(())
}

/// The end of a lease that begins now.
fn end_of(lease: SignedDuration) -> i64 {
    let lease = i64::try_from(lease.as_millis()).unwrap_or(i64::MAX);
    millis(clock::since_boot()).saturating_add(lease)
}
