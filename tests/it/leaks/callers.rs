//! Callers with API keys, and their secrets.

use domain::tenancy::{ApiKey, KeyText, Role};
use prost::Message;
use tonic::Code;
use waba_migrator::store::{Added, Database, Directory as _};

use super::canaries::Canaries;
use super::harness::{random, secret};
use crate::access::raw::{self, Answer};
use crate::support::transport::Transport;
use crate::support::{migrations, tenants};

/// A caller with an API key.
#[derive(Clone)]
pub struct Caller {
    transport: Transport,
    key: String,
    /// The access token and app secret of its tenant.
    credentials: Option<(String, String)>,
}

/// One caller of a tenant with credentials, one of a tenant without, and one of the default tenant.
pub async fn of(store: &Database, transport: &Transport) -> Vec<Caller> {
    let mut callers = Vec::new();
    for (n, name, has_credentials) in [
        (1, "acme", true),
        (2, "bakery", false),
        (3, "default", false),
    ] {
        let id = migrations::tenant(name);
        if name != "default" {
            tenants::kept(store, &id).await;
        }
        let credentials = has_credentials.then(|| (secret("EAAB"), secret("app")));
        if let Some((token, app_secret)) = &credentials {
            let mut tenant = store.tenant(&id).await.unwrap().unwrap();
            tenant.credentials.access_token = token.parse().ok();
            tenant.credentials.app_id = "138483919580949".parse().ok();
            tenant.credentials.app_secret = app_secret.parse().ok();
            tenants::resaved(store, tenant).await;
        }
        let text = new_key();
        let key = ApiKey {
            prefix: text.prefix(),
            hash: text.hash(),
            ..tenants::key(&id, n)
        };
        assert_eq!(store.create_key(&key).await.unwrap(), Added::Done);
        callers.push(Caller {
            transport: transport.clone(),
            key: text.expose().to_owned(),
            credentials,
        });
    }
    callers
}

/// The operator's admin.
pub async fn admin(store: &Database, transport: &Transport) -> Caller {
    let text = new_key();
    let key = ApiKey {
        role: Role::Admin,
        prefix: text.prefix(),
        hash: text.hash(),
        ..tenants::key(&migrations::tenant("default"), 4)
    };
    assert_eq!(store.create_key(&key).await.unwrap(), Added::Done);
    Caller {
        transport: transport.clone(),
        key: text.expose().to_owned(),
        credentials: None,
    }
}

/// A key that does not exist.
pub fn new_key() -> KeyText {
    KeyText::from_random(&std::array::from_fn(|_| random().to_be_bytes()[0]))
}

/// The secret part of a key.
pub fn secret_of(key: &str) -> &str {
    key.rsplit('_').next().unwrap()
}

impl Caller {
    pub fn canaries(&self) -> Canaries {
        let mut canaries = Canaries::default();
        canaries.text("an API key", secret_of(&self.key));
        if let Some((token, app_secret)) = &self.credentials {
            canaries.text("a token of a tenant", token);
            canaries.text("an app secret of a tenant", app_secret);
        }
        canaries
    }

    /// The same caller with another credential.
    pub fn with_key(&self, key: &str) -> Self {
        Self {
            key: key.to_owned(),
            ..self.clone()
        }
    }

    pub async fn call(&self, rpc: &str, message: &impl Message) -> Answer {
        let headers = [("authorization", format!("Bearer {}", self.key))];
        raw::call(
            &self.transport,
            rpc,
            message.encode_to_vec(),
            &headers,
            1000,
        )
        .await
    }
}

/// All bytes of a response.
pub fn bytes(answer: &Answer) -> Vec<u8> {
    let mut bytes = answer.messages.concat();
    bytes.extend(answer.message.bytes());
    bytes.extend(&answer.details);
    bytes
}

/// The only message of a successful response.
pub fn read<T: Message + Default>(answer: &Answer) -> T {
    assert_eq!(answer.code, Code::Ok, "{answer:?}");
    T::decode(answer.messages[0].as_slice()).unwrap()
}
