//! Those who call, and what is theirs.

use domain::tenancy::{ApiKey, KeyText};
use prost::Message;
use tonic::Code;
use waba_migrator::store::{Added, Database, Directory as _};

use super::house::{canary, random};
use super::needles::Needles;
use crate::access::raw::{self, Answer};
use crate::e2e::door::Door;
use crate::support::{migrations, tenants};

/// Somebody who calls, with an API key.
#[derive(Clone)]
pub struct Person {
    door: Door,
    key: String,
    /// What its tenant keeps here: a token and an app's secret, where it keeps any.
    kept: Option<(String, String)>,
}

/// One of a tenant that has credentials, one of a tenant that has none, and one of the tenant that the service's own serve.
pub async fn of(store: &Database, door: &Door) -> Vec<Person> {
    let mut people = Vec::new();
    for (n, name, has_credentials) in [
        (1, "acme", true),
        (2, "bakery", false),
        (3, "default", false),
    ] {
        let id = migrations::tenant(name);
        if name != "default" {
            tenants::kept(store, &id).await;
        }
        let kept = has_credentials.then(|| (canary("EAAB"), canary("app")));
        if let Some((token, app_secret)) = &kept {
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
        people.push(Person {
            door: door.clone(),
            key: text.expose().to_owned(),
            kept,
        });
    }
    people
}

/// A key that nobody has.
pub fn new_key() -> KeyText {
    KeyText::from_random(&std::array::from_fn(|_| random().to_be_bytes()[0]))
}

/// The part of a key that opens: by what stands before it, it is found.
pub fn secret_of(key: &str) -> &str {
    key.rsplit('_').next().unwrap()
}

impl Person {
    pub fn needles(&self) -> Needles {
        let mut needles = Needles::default();
        needles.text("an API key", secret_of(&self.key));
        if let Some((token, app_secret)) = &self.kept {
            needles.text("a tenant's token", token);
            needles.text("a tenant's app secret", app_secret);
        }
        needles
    }

    /// The same person with something else to show.
    pub fn showing(&self, key: &str) -> Self {
        Self {
            key: key.to_owned(),
            ..self.clone()
        }
    }

    pub async fn call(&self, rpc: &str, message: &impl Message) -> Answer {
        let shown = [("authorization", format!("Bearer {}", self.key))];
        raw::call(&self.door, rpc, message.encode_to_vec(), &shown, 1000).await
    }
}

/// All that an answer says, for the search.
pub fn said(answer: &Answer) -> Vec<u8> {
    let mut said = answer.messages.concat();
    said.extend(answer.message.bytes());
    said.extend(&answer.details);
    said
}

/// The one message of an answer that must have gone well.
pub fn read<T: Message + Default>(answer: &Answer) -> T {
    assert_eq!(answer.code, Code::Ok, "{answer:?}");
    T::decode(answer.messages[0].as_slice()).unwrap()
}
