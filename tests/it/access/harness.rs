//! A service with API keys on either store, and callers with keys of their tenants.

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

/// The store of the service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StoreKind {
    Sqlite,
    Postgres,
}

/// The service, and its store as an operator opens it.
pub struct AccessHarness {
    pub service: ServiceHarness,
    pub store: Database,
    pub transport: Transport,
    /// URL of the database.
    pub url: String,
}

impl AccessHarness {
    pub async fn open(kind: StoreKind) -> Self {
        Self::with(kind, &[("auth.api_keys", "true")]).await
    }

    /// Starts the service with the tenants `acme` and `bakery`.
    pub async fn with(kind: StoreKind, settings: &[(&'static str, &str)]) -> Self {
        let mut settings = settings.to_vec();
        let database = match kind {
            StoreKind::Sqlite => None,
            StoreKind::Postgres => {
                let folder = tempfile::tempdir().unwrap().keep();
                let key_file = folder.join("store.key");
                Keyring::create(&key_file).unwrap();
                Some((cluster::empty().await, key_file))
            }
        };
        if let Some((url, key_file)) = &database {
            settings.push(("store.url", url));
            settings.push(("encryption.key_file", key_file.to_str().unwrap()));
        }
        let service = ServiceHarness::with(&settings).await;
        let (url, key_file) = database.unwrap_or_else(|| {
            let file = service.folder.path().join("migrations.db");
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
            transport: Transport::connect(service.url()).await,
            service,
            store,
            url,
        }
    }

    /// Creates the `n`th key with this tenant and role.
    pub async fn key(&self, tenant: &str, role: Role, n: u8) -> ApiKey {
        let key = ApiKey {
            role,
            ..tenants::key(&migrations::tenant(tenant), n)
        };
        assert_eq!(self.store.create_key(&key).await.unwrap(), Added::Done);
        key
    }

    /// A caller with a new key, the `n`th.
    pub async fn caller(&self, tenant: &str, role: Role, n: u8) -> Caller {
        self.key(tenant, role, n).await;
        Caller {
            transport: self.transport.clone(),
            headers: vec![bearer(n)],
        }
    }

    /// A caller that sends these headers.
    pub fn with_headers(&self, headers: &[(&'static str, String)]) -> Caller {
        Caller {
            transport: self.transport.clone(),
            headers: headers.to_vec(),
        }
    }

    /// The same caller, connected to the service after a restart.
    pub async fn reconnected(&self, caller: &Caller) -> Caller {
        Caller {
            transport: Transport::connect(self.service.url()).await,
            headers: caller.headers.clone(),
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

/// The `authorization` header of the `n`th key.
pub fn bearer(n: u8) -> (&'static str, String) {
    let key = tenants::text(n);
    ("authorization", format!("Bearer {}", key.expose()))
}

/// A client that sends the same headers with every call.
#[derive(Debug, Clone)]
pub struct Caller {
    transport: Transport,
    headers: Vec<(&'static str, String)>,
}

impl Caller {
    /// The complete answer to an RPC.
    pub async fn call(&self, rpc: &str, message: Vec<u8>) -> Answer {
        raw::call(&self.transport, rpc, message, &self.headers, 1000).await
    }

    /// The single message of a successful answer to an RPC.
    pub async fn ask<T: Message + Default>(&self, rpc: &str, message: &impl Message) -> T {
        let answer = self.call(rpc, message.encode_to_vec()).await;
        assert_eq!(answer.code, Code::Ok, "{rpc}: {answer:?}");
        T::decode(answer.messages[0].as_slice()).unwrap()
    }
}
