//! A tenant as both databases keep it: a document, columns that statements use, and sealed secrets.
//!
//! As with migrations the document is the truth, and never holds a secret.

use jiff::Timestamp;

use super::Error;
use super::encryption::cells::Cells;
use crate::crypto::Keyring;
use domain::tenancy::{MetaCredentials, Tenant};
use domain::{AccessToken, AppSecret, TenantId};

pub(super) const TENANTS: &str = "tenants";

/// What is written of a tenant.
#[derive(Debug)]
pub(super) struct TenantRecord {
    pub(super) id: TenantId,
    /// The version that the tenant was read at.
    pub(super) version: u64,
    pub(super) disabled_at: Option<Timestamp>,
    /// When its suspended migrations become due, if it is enabled.
    pub(super) updated_at: Timestamp,
    pub(super) document: String,
    pub(super) access_token: Option<Vec<u8>>,
    pub(super) app_secret: Option<Vec<u8>>,
}

/// The row of a tenant.
#[derive(Debug)]
pub(super) struct TenantRow {
    pub(super) id: String,
    pub(super) version: u64,
    pub(super) document: String,
    pub(super) access_token: Option<Vec<u8>>,
    pub(super) app_secret: Option<Vec<u8>>,
}

impl TenantRecord {
    /// Seals the tenant's secrets.
    pub(super) fn new(keyring: &Keyring, tenant: &Tenant) -> Result<Self, Error> {
        let credentials = &tenant.credentials;
        let cells = cells(keyring, &tenant.id);
        Ok(Self {
            id: tenant.id.clone(),
            version: tenant.version,
            disabled_at: tenant.disabled_at,
            updated_at: tenant.updated_at,
            document: serde_json::to_string(tenant)
                .map_err(|error| Error::corrupt(TENANTS, "document", &tenant.id, error))?,
            access_token: cells.seal(
                "access_token",
                credentials.access_token.as_ref().map(AccessToken::expose),
            )?,
            app_secret: cells.seal(
                "app_secret",
                credentials.app_secret.as_ref().map(AppSecret::expose),
            )?,
        })
    }
}

impl TenantRow {
    /// The tenant, with its secrets.
    pub(super) fn open(self, keyring: &Keyring) -> Result<Tenant, Error> {
        let tenant: Tenant = serde_json::from_str(&self.document)
            .map_err(|error| Error::corrupt(TENANTS, "document", &self.id, error))?;
        if tenant.id.as_str() != self.id {
            return Err(Error::corrupt(
                TENANTS,
                "document",
                &self.id,
                "it is the document of another row",
            ));
        }
        let cells = cells(keyring, &tenant.id);
        let credentials = MetaCredentials {
            access_token: cells.open("access_token", self.access_token.as_deref())?,
            app_secret: cells.open("app_secret", self.app_secret.as_deref())?,
            app_id: tenant.credentials.app_id.clone(),
        };
        Ok(Tenant {
            credentials,
            version: self.version,
            ..tenant
        })
    }
}

fn cells<'a>(keyring: &'a Keyring, id: &'a TenantId) -> Cells<'a> {
    Cells {
        keyring,
        tenant: id,
        table: TENANTS,
        row: id.as_str().as_bytes(),
        name: id,
    }
}
