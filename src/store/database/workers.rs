//! Workers and their leases in either database.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::{Backend, Database, measured};
use crate::store::{Error, Renewal, WorkerId, Workers};
use domain::{MigrationId, TenantId};

impl Workers for Database {
    async fn join(&self, worker: WorkerId, lease: SignedDuration) -> Result<(), Error> {
        write!(self, join(worker, lease))
    }

    async fn renew(
        &self,
        worker: WorkerId,
        lease: SignedDuration,
    ) -> Result<Option<Renewal>, Error> {
        write!(self, renew(worker, lease))
    }

    async fn leave(&self, worker: WorkerId) -> Result<(), Error> {
        write!(self, leave(worker))
    }

    async fn leased(&self, worker: WorkerId) -> Result<Vec<(TenantId, MigrationId)>, Error> {
        read!(self, leased(worker))
    }

    async fn has_leased(
        &self,
        worker: WorkerId,
        tenant: &TenantId,
        id: MigrationId,
    ) -> Result<bool, Error> {
        read!(self, has_leased(worker, tenant, id))
    }

    async fn release(
        &self,
        worker: WorkerId,
        migrations: &[(TenantId, MigrationId)],
    ) -> Result<(), Error> {
        write!(self, release(worker, migrations))
    }

    async fn suspend(
        &self,
        worker: WorkerId,
        tenant: &TenantId,
        id: MigrationId,
        until: Timestamp,
    ) -> Result<bool, Error> {
        write!(self, suspend(worker, tenant, id, until))
    }

    fn since_failover(&self) -> Option<Duration> {
        match &self.backend {
            Backend::Sqlite(_) => None,
            Backend::Postgres(store) => store.since_failover(),
        }
    }
}
