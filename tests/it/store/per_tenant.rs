//! The contract on PostgreSQL with claims tenant by tenant, as a database that is sharded by tenant
//! needs them.

use std::path::PathBuf;

use waba_migrator::store::{ClaimForm, Database, Settings};

use super::backend::Backend;
use super::postgres::PostgresDatabase;

contract!(PerTenantDatabase);

/// A database of its own, in which migrations are claimed tenant by tenant.
pub struct PerTenantDatabase(PostgresDatabase);

impl Backend for PerTenantDatabase {
    async fn fresh() -> Self {
        let settings = Settings {
            claim: ClaimForm::PerTenant,
            ..Settings::default()
        };
        Self(PostgresDatabase::with(settings).await)
    }

    fn store(&self) -> &Database {
        self.0.store()
    }

    async fn reopened(self) -> Self {
        Self(self.0.reopened().await)
    }

    fn url(&self) -> String {
        self.0.url()
    }

    fn key_file(&self) -> PathBuf {
        self.0.key_file()
    }

    async fn raw(&self) -> Vec<u8> {
        self.0.raw().await
    }
}
