//! Removal in either database.

use jiff::Timestamp;

use super::{Backend, Database, measured, readable};
use crate::store::record::MigrationRow;
use crate::store::{Error, Expired, Oldest, Removal};
use domain::{Migration, TenantId};

impl Removal for Database {
    async fn remove(
        &self,
        tenant: &TenantId,
        migration: &Migration,
        taken_until: Timestamp,
    ) -> Result<bool, Error> {
        let (id, version) = (migration.id, migration.version);
        write!(self, remove(tenant, id, version, taken_until))
    }

    async fn purge(
        &self,
        ended_by: Timestamp,
        taken_until: Timestamp,
        limit: u32,
    ) -> Result<u64, Error> {
        write!(self, purge(ended_by, taken_until, limit))
    }

    async fn with_pin(&self, ended_by: Timestamp, limit: u32) -> Result<Vec<Migration>, Error> {
        let found = read!(self, with_pin(ended_by, limit))?;
        Ok(readable(
            found,
            MigrationRow::into_migration,
            |id, error| {
                tracing::error!(
                    migration.id = %id,
                    error = error as &dyn std::error::Error,
                    "a migration whose PIN is to be removed cannot be read"
                );
            },
        ))
    }

    async fn expire(&self, now: Timestamp, limit: u32) -> Result<Expired, Error> {
        write!(self, expire(now, limit))
    }

    async fn oldest(&self) -> Result<Oldest, Error> {
        read!(self, oldest())
    }
}
