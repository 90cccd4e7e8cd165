//! A new API key: drawn, kept, and shown this once.

use anyhow::Context as _;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::as_json;
use crate::cli::failure::Failure;
use crate::cli::out::note;
use crate::cli::{Exit, Out, render, tenant};
use crate::crypto;
use crate::store::{Added, Database, Directory as _};
use crate::util::clock;
use domain::TenantId;
use domain::tenancy::{ApiKey, ApiKeyId, KeyText, Name, Role};

/// A key that was just made, and its text.
pub(super) struct NewKey {
    pub(super) key: ApiKey,
    text: KeyText,
}

impl NewKey {
    /// A new key out of the system's random source.
    pub(super) fn new(
        tenant: TenantId,
        role: Role,
        label: Name,
        now: Timestamp,
        expires_at: Option<Timestamp>,
    ) -> anyhow::Result<Self> {
        let random = crypto::random().context("no key was made")?;
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

    pub(super) async fn keep(&self, store: &Database) -> anyhow::Result<()> {
        match store.create_key(&self.key).await? {
            Added::Done => Ok(()),
            Added::NoTenant => Err(tenant::missing(&self.key.tenant).into()),
            Added::Taken | Added::Retired => Err(Failure::failed(
                "no key was made: its prefix is another's, as one in 10^15 is; try again",
            )
            .into()),
        }
    }

    /// Shows it, this once.
    pub(super) fn show(&self, out: &Out, replaces: Option<&ApiKey>) -> anyhow::Result<Exit> {
        let now = self.key.created_at;
        note(
            "This key is shown once, now: what is kept of it is a hash. Keep it where secrets are kept.",
        );
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
