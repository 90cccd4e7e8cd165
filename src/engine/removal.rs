//! Removal of ended migrations on request.

use jiff::Timestamp;

use super::{Engine, Error};
use crate::store::{Filter, Page, Store};
use domain::{Migration, MigrationId, PhoneNumber, Principal, REQUEST_IDS_KEPT, TenantId};

/// Page size, migrations.
const PAGE: u32 = 50;

/// Some migrations of a number could not be removed.
#[derive(Debug)]
pub struct NotForgotten {
    /// Why.
    pub error: Error,
    /// The migration that could not be removed, if it is about one.
    pub id: Option<MigrationId>,
}

impl<S: Store> Engine<S> {
    /// Removes an ended migration permanently, on behalf of `by`.
    pub async fn remove(
        &self,
        tenant: &TenantId,
        by: &Principal,
        id: MigrationId,
    ) -> Result<(), Error> {
        let (engine, tenant, by) = (self.clone(), tenant.clone(), by.clone());
        self.run_detached(async move {
            engine.enabled(&tenant).await?;
            let migration = engine.load(&tenant, id).await?;
            engine.remove_current(&tenant, &by, migration).await
        })
        .await
    }

    /// Removes all migrations of a number on behalf of `by`, or none if one may not be removed.
    /// Returns the number of removed migrations.
    pub async fn forget(
        &self,
        tenant: &TenantId,
        by: &Principal,
        number: PhoneNumber,
    ) -> Result<u32, NotForgotten> {
        let (engine, tenant, by) = (self.clone(), tenant.clone(), by.clone());
        let forgotten = self.run_detached(async move {
            engine.enabled(&tenant).await?;
            Ok(engine.forget_all(&tenant, &by, number).await)
        });
        forgotten
            .await
            .unwrap_or_else(|error| Err(NotForgotten { error, id: None }))
    }

    async fn forget_all(
        &self,
        tenant: &TenantId,
        by: &Principal,
        number: PhoneNumber,
    ) -> Result<u32, NotForgotten> {
        let filter = Filter {
            phone_number: Some(number),
            ..Filter::default()
        };
        let mut after = None;
        loop {
            let listing = self.page(tenant, &filter, after).await?;
            for migration in &listing.migrations {
                self.may_remove(migration)
                    .map_err(|error| error.about(migration.id))?;
            }
            after = listing.next;
            if after.is_none() {
                break;
            }
        }
        let mut removed = 0_u32;
        loop {
            // Removed migrations are not listed any more, so the first page is always the next.
            let migrations = self.page(tenant, &filter, None).await?.migrations;
            if migrations.is_empty() {
                return Ok(removed);
            }
            for migration in migrations {
                let id = migration.id;
                match self.remove_current(tenant, by, migration).await {
                    Ok(()) => removed = removed.saturating_add(1),
                    // Another call removed it first.
                    Err(Error::NotFound) => {}
                    Err(error) => return Err(error.about(id)),
                }
            }
        }
    }

    async fn page(
        &self,
        tenant: &TenantId,
        filter: &Filter,
        after: Option<MigrationId>,
    ) -> Result<crate::store::Listing, NotForgotten> {
        let page = Page {
            size: PAGE,
            after,
            findings: false,
        };
        let listing = self.list(tenant, filter, page).await;
        listing.map_err(|error| NotForgotten { error, id: None })
    }

    /// Removes a migration, even if it has changed since it was read.
    async fn remove_current(
        &self,
        tenant: &TenantId,
        by: &Principal,
        mut migration: Migration,
    ) -> Result<(), Error> {
        let parts = &self.parts;
        loop {
            self.may_remove(&migration)?;
            let now = parts.clock.now();
            let taken_until = now.checked_add(REQUEST_IDS_KEPT).unwrap_or(Timestamp::MAX);
            let removed = parts.store.remove(tenant, &migration, taken_until);
            if removed.await? {
                let id = migration.id;
                tracing::info!(migration.id = %id, tenant.id = %tenant, principal = by.as_str(), "migration removed");
                parts.feed.missing(tenant, id);
                return Ok(());
            }
            migration = self.load(tenant, migration.id).await?;
        }
    }

    fn may_remove(&self, migration: &Migration) -> Result<(), Error> {
        let state = migration.state;
        let allowed = self.parts.machine.may_remove(migration);
        allowed.map_err(|refusal| Error::Refused { refusal, state })
    }
}

impl Error {
    fn about(self, id: MigrationId) -> NotForgotten {
        let (error, id) = (self, Some(id));
        NotForgotten { error, id }
    }
}
