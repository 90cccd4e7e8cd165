//! A new API key: generated, stored, and shown once.

use anyhow::{Context as _, bail};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::as_json;
use crate::cli::failure::Failure;
use crate::cli::out::note;
use crate::cli::{Exit, Out, render, tenant};
use crate::store::{Added, Database, Directory as _};
use crate::util::{clock, random};
use domain::TenantId;
use domain::tenancy::{ApiKey, ApiKeyId, KeyText, Name, Role};

/// A new key and its text.
pub(super) struct NewKey {
    pub(super) key: ApiKey,
    text: KeyText,
}

impl NewKey {
    /// Generates a key from the system's random source.
    pub(super) fn new(
        tenant: TenantId,
        role: Role,
        label: Name,
        now: Timestamp,
        expires_at: Option<Timestamp>,
    ) -> anyhow::Result<Self> {
        let random = random::bytes().context("no key was created")?;
        let text = KeyText::from_random(&random);
        let key = ApiKey {
            id: ApiKeyId::from_uuid(clock::new_id()),
            tenant,
            role,
            label,
            prefix: text.prefix(),
            hash: text.hash(),
            created_at: now,
            expires_at,
            revoked_at: None,
            last_used_at: None,
        };
        Ok(Self { key, text })
    }

    /// Stores the key, without its text.
    pub(super) async fn store(&self, store: &Database) -> anyhow::Result<()> {
        match store.create_key(&self.key).await? {
            Added::Done => Ok(()),
            Added::NoTenant => bail!(tenant::missing(&self.key.tenant)),
            // One in 10^15.
            Added::Taken | Added::Retired => bail!(Failure::failed(
                "no key was created: its prefix is already in use; try again"
            )),
        }
    }

    /// Shows the key. Its text cannot be shown again.
    pub(super) fn show(&self, out: &Out, replaces: Option<&ApiKey>) -> anyhow::Result<Exit> {
        let now = self.key.created_at;
        note("This key is shown once: the store keeps only its hash. Save it like a password.");
        out.show(
            || {
                let mut json = as_json(&self.key, now);
                if let Value::Object(fields) = &mut json {
                    fields.insert("key".to_owned(), json!(self.text.expose()));
                    if let Some(old) = replaces {
                        fields.insert("replaces".to_owned(), as_json(old, now));
                    }
                }
                json
            },
            |style| render::key(style, &self.key, &self.text, replaces),
        )?;
        Ok(Exit::Done)
    }
}
