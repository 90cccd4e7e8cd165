//! Tenants: create, read, list, change, disable, enable, delete.

use super::changes::{self, SettingChanges};
use super::{Administration, Error};
use crate::store::{self, Added, Deleted, Directory, Saved};
use domain::TenantId;
use domain::tenancy::{Name, Tenant};

/// A page of tenants, in the order of their ids.
#[derive(Debug)]
pub struct TenantPage {
    /// The tenants.
    pub tenants: Vec<ListedTenant>,
    /// The last id of the page, if there are more tenants.
    pub next: Option<TenantId>,
}

/// A tenant in a list.
#[derive(Debug)]
pub struct ListedTenant {
    /// Its id.
    pub id: TenantId,
    /// The tenant, or why its row cannot be read: mostly, no key decrypts its secrets.
    pub tenant: Result<Box<Tenant>, store::Error>,
}

/// A tenant, and what an act has changed.
#[derive(Debug)]
pub struct Changed {
    /// The tenant as it is now.
    pub tenant: Tenant,
    /// The names of the changed settings, as the contract names them.
    pub names: Vec<&'static str>,
}

impl<D: Directory> Administration<D> {
    /// Creates a tenant with these settings. Its name is its id unless they contain one.
    pub async fn create_tenant(
        &self,
        id: TenantId,
        settings: SettingChanges,
    ) -> Result<Changed, Error> {
        let name = Name::from_stored(id.as_str().to_owned());
        let bare = Tenant::new(id, name, self.clock.now());
        let mut tenant = bare.clone();
        settings.apply(&mut tenant);
        match self.directory.create_tenant(&tenant).await? {
            Added::Done => Ok(Changed {
                names: changes::names(&bare, &tenant),
                tenant,
            }),
            Added::Retired => Err(Error::TenantIdRetired(tenant.id)),
            Added::Taken | Added::NoTenant => Err(Error::TenantExists(tenant.id)),
        }
    }

    /// A tenant.
    pub async fn tenant(&self, id: &TenantId) -> Result<Tenant, Error> {
        let found = self.directory.tenant(id).await?;
        found.ok_or_else(|| Error::TenantNotFound(id.clone()))
    }

    /// At most `size` tenants after this id. A tenant that cannot be read is listed with the error,
    /// so that it does not hide the others.
    pub async fn tenants(&self, after: Option<&TenantId>, size: u32) -> Result<TenantPage, Error> {
        let size = size.max(1);
        // One more than was asked for, to know whether there is one more.
        let mut ids = self.directory.tenant_ids(after, size + 1).await?;
        let more = ids.len() > size as usize;
        ids.truncate(size as usize);
        let next = ids.last().cloned().filter(|_| more);
        let mut tenants = Vec::with_capacity(ids.len());
        for id in ids {
            // `None` if it was deleted meanwhile.
            let tenant = match self.directory.tenant(&id).await.transpose() {
                Some(Err(error)) if !is_of_one_row(&error) => return Err(error.into()),
                found => found.map(|found| found.map(Box::new)),
            };
            tenants.extend(tenant.map(|tenant| ListedTenant { id, tenant }));
        }
        Ok(TenantPage { tenants, next })
    }

    /// Changes the settings of a tenant.
    pub async fn update_tenant(
        &self,
        id: &TenantId,
        changes: SettingChanges,
    ) -> Result<Changed, Error> {
        self.change(id, |tenant| changes.apply(tenant)).await
    }

    /// Disables a tenant: its callers are refused, and its migrations are suspended.
    pub async fn disable_tenant(&self, id: &TenantId) -> Result<Changed, Error> {
        let now = self.clock.now();
        let disable = |tenant: &mut Tenant| {
            tenant.disabled_at.get_or_insert(now);
        };
        self.change(id, disable).await
    }

    /// Enables a tenant. Its suspended migrations are due at once.
    pub async fn enable_tenant(&self, id: &TenantId) -> Result<Changed, Error> {
        self.change(id, |tenant| tenant.disabled_at = None).await
    }

    /// Deletes a tenant with its keys and its migrations, all of which must have ended.
    pub async fn delete_tenant(&self, id: &TenantId) -> Result<(), Error> {
        let id = id.clone();
        match self.directory.delete_tenant(&id).await? {
            Deleted::Done => Ok(()),
            Deleted::NotFound => Err(Error::TenantNotFound(id)),
            Deleted::IsDefault => Err(Error::DefaultNotDeleted(id)),
            Deleted::HasLive { migrations } => Err(Error::TenantHasMigrations { id, migrations }),
        }
    }

    /// Changes a tenant, and saves it if it is different.
    async fn change(
        &self,
        id: &TenantId,
        change: impl FnOnce(&mut Tenant) + Send,
    ) -> Result<Changed, Error> {
        let before = self.tenant(id).await?;
        let mut tenant = before.clone();
        change(&mut tenant);
        let names = changes::names(&before, &tenant);
        if tenant == before {
            return Ok(Changed { tenant, names });
        }
        tenant.updated_at = self.clock.now();
        match self.directory.save_tenant(&tenant).await? {
            Saved::Done { .. } => Ok(Changed { tenant, names }),
            Saved::Conflict => Err(Error::TenantChanged(tenant.id)),
        }
    }
}

/// Whether an error concerns the row that was read, and not the whole store.
const fn is_of_one_row(error: &store::Error) -> bool {
    matches!(
        error,
        store::Error::Corrupt { .. } | store::Error::Sealed { .. }
    )
}
