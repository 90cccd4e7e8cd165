//! A service that asks for API keys, on either store, and people with keys of their tenants.

use std::path::PathBuf;

use domain::TenantId;
use domain::tenancy::{ApiKey, Role};
use prost::Message;
use tonic::Code;
use waba_migrator::crypto::Keyring;
use waba_migrator::store::{Added, Database, Directory as _};

use super::raw::{self, Answer};
use crate::store::cluster;
use crate::support::service::ServiceHarness;
use crate::support::transport::Transport;
use crate::support::{migrations, tenants};

/// Where migrations are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kept {
    OnAFile,
    OnAServer,
}

/// The service, and its store as an operator has it open beside it.
pub struct Town {
    pub stack: ServiceHarness,
    pub store: Database,
    pub transport: Transport,
    /// Where the database is.
    pub url: String,
}

impl Town {
    pub async fn open(kept: Kept) -> Self {
        Self::with(kept, &[("auth.api_keys", "true")]).await
    }

    /// With the tenants `acme` and `bakery`.
    pub async fn with(kept: Kept, settings: &[(&'static str, &str)]) -> Self {
        let mut settings = settings.to_vec();
        let place = match kept {
            Kept::OnAFile => None,
            Kept::OnAServer => {
                let folder = tempfile::tempdir().unwrap().keep();
                let key_file = folder.join("store.key");
                Keyring::create(&key_file).unwrap();
                Some((cluster::empty().await, key_file))
            }
        };
        if let Some((url, key_file)) = &place {
            settings.push(("store.url", url));
            settings.push(("encryption.key_file", key_file.to_str().unwrap()));
        }
        let stack = ServiceHarness::with(&settings).await;
        let (url, key_file) = place.unwrap_or_else(|| {
            let file = stack.folder.path().join("migrations.db");
            let key_file = PathBuf::from(format!("{}.key", file.display()));
            (format!("sqlite://{}", file.display()), key_file)
        });
        let keyring = Keyring::load(&key_file).unwrap();
        let store = Database::open(&url, keyring).await.unwrap();
        for name in ["acme", "bakery"] {
            let tenant = migrations::tenant(name);
            tenants::kept(&store, &tenant).await;
            tenants::entrusted(&store, &tenant).await;
        }
        Self {
            transport: Transport::connect(stack.url()).await,
            stack,
            store,
            url,
        }
    }

    /// The `n`th key, of this tenant and role, kept.
    pub async fn key(&self, tenant: &str, role: Role, n: u8) -> ApiKey {
        let key = ApiKey {
            role,
            ..tenants::key(&migrations::tenant(tenant), n)
        };
        assert_eq!(self.store.create_key(&key).await.unwrap(), Added::Done);
        key
    }

    /// Somebody with a new key, the `n`th.
    pub async fn person(&self, tenant: &str, role: Role, n: u8) -> Person {
        self.key(tenant, role, n).await;
        Person {
            transport: self.transport.clone(),
            headers: vec![bearer(n)],
        }
    }

    /// Somebody who shows this.
    pub fn stranger(&self, headers: &[(&'static str, String)]) -> Person {
        Person {
            transport: self.transport.clone(),
            headers: headers.to_vec(),
        }
    }

    /// Changes a tenant.
    pub async fn tenant(&self, id: &str, edit: impl FnOnce(&mut domain::tenancy::Tenant)) {
        let id: TenantId = id.parse().unwrap();
        let mut tenant = self.store.tenant(&id).await.unwrap().unwrap();
        edit(&mut tenant);
        self.store.save_tenant(&tenant).await.unwrap();
    }
}

/// The header of the `n`th key.
pub fn bearer(n: u8) -> (&'static str, String) {
    let key = tenants::text(n);
    ("authorization", format!("Bearer {}", key.expose()))
}

/// Somebody who calls.
#[derive(Debug, Clone)]
pub struct Person {
    transport: Transport,
    headers: Vec<(&'static str, String)>,
}

impl Person {
    /// All that an RPC answers.
    pub async fn call(&self, rpc: &str, message: Vec<u8>) -> Answer {
        raw::call(&self.transport, rpc, message, &self.headers, 1000).await
    }

    /// The one message that an RPC answers.
    pub async fn ask<T: Message + Default>(&self, rpc: &str, message: &impl Message) -> T {
        let answer = self.call(rpc, message.encode_to_vec()).await;
        assert_eq!(answer.code, Code::Ok, "{rpc}: {answer:?}");
        T::decode(answer.messages[0].as_slice()).unwrap()
    }
}
