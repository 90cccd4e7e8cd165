//! `key`: manages API keys.

mod new_key;

use anyhow::{Context as _, bail, ensure};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::args::{StoreSettings, one_of};
use super::failure::Failure;
use super::out::without_nulls;
use super::{Exit, Out, render, tenant};
use crate::config::parse_duration;
use crate::store::{Database, Directory as _};
use crate::util::clock::Clock;
use domain::TenantId;
use domain::tenancy::{ApiKey, ApiKeyId, KeyStatus, Name, Role};

use new_key::NewKey;

/// Examples for `--help`.
pub(super) const EXAMPLES: &str = "\
Examples:
  waba-migrator key create --tenant acme --label 'billing backend'
  waba-migrator key create --tenant acme --label dashboard --role reader --expires-after 90d
  waba-migrator key list --tenant acme
  waba-migrator key rotate --tenant acme key_01935f00000070008000000000000001 --overlap 48h";

#[derive(Debug, clap::Args)]
pub(super) struct KeyArgs {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, clap::Subcommand)]
enum Action {
    /// Create an API key and show it, once.
    Create(CreateArgs),
    /// List the API keys of a tenant, oldest first, without their texts.
    List(KeyOwner),
    /// Revoke an API key, at once and for good.
    Revoke {
        /// Id of the key, as `key list` shows it.
        id: ApiKeyId,
        #[command(flatten)]
        owner: KeyOwner,
    },
    /// Replace an API key by a new one with the same role and label. The old one stays valid for a
    /// while, so that its holder can switch.
    Rotate(RotateArgs),
}

/// The tenant of the keys.
#[derive(Debug, clap::Args)]
struct KeyOwner {
    /// Id of the tenant.
    #[arg(long, default_value_t = TenantId::default_tenant())]
    tenant: TenantId,
    #[command(flatten)]
    store: StoreSettings,
}

#[derive(Debug, clap::Args)]
struct CreateArgs {
    /// Who holds the key, and for what.
    #[arg(long)]
    label: Name,
    /// Permissions of the key: a migrator starts, steers and reads migrations and reads their PINs;
    /// a reader only reads migrations.
    #[arg(long, default_value = "migrator", value_parser = one_of(&Role::ALL, Role::as_str))]
    role: Role,
    /// Validity, for example 90d. Default: until it is revoked.
    #[arg(long, value_name = "DURATION", value_parser = parse_duration)]
    expires_after: Option<SignedDuration>,
    #[command(flatten)]
    owner: KeyOwner,
}

#[derive(Debug, clap::Args)]
struct RotateArgs {
    /// Id of the key to replace, as `key list` shows it.
    id: ApiKeyId,
    /// Remaining validity of the old key. Does not extend it.
    #[arg(long, value_name = "DURATION", value_parser = parse_duration, default_value = "24h")]
    overlap: SignedDuration,
    /// Validity of the new key, for example 90d. Required if the old key expires.
    #[arg(long, value_name = "DURATION", value_parser = parse_duration)]
    expires_after: Option<SignedDuration>,
    #[command(flatten)]
    owner: KeyOwner,
}

impl KeyArgs {
    pub(super) async fn run(self, out: &Out) -> anyhow::Result<Exit> {
        match self.action {
            Action::Create(create) => create.run(out).await,
            Action::List(owner) => list(out, &owner).await,
            Action::Revoke { id, owner } => revoke(out, id, &owner).await,
            Action::Rotate(rotate) => rotate.run(out).await,
        }
    }
}

impl CreateArgs {
    async fn run(self, out: &Out) -> anyhow::Result<Exit> {
        let now = Clock::default().now();
        let expires_at = expiry(now, self.expires_after)?;
        let KeyOwner { tenant, store } = self.owner;
        let new = NewKey::new(tenant, self.role, self.label, now, expires_at)?;
        store
            .with_store(async |store| new.store(store).await)
            .await?;
        new.show(out, None)
    }
}

impl RotateArgs {
    async fn run(self, out: &Out) -> anyhow::Result<Exit> {
        let (id, tenant) = (self.id, &self.owner.tenant);
        let now = Clock::default().now();
        let expires_at = expiry(now, self.expires_after)?;
        let rotated = self.owner.store.with_store(async |store| {
            let keys = keys(store, tenant).await?;
            let found = keys.into_iter().find(|key| key.id == id);
            let old = found.ok_or_else(|| missing(id, tenant))?;
            let status = old.status(now);
            ensure!(
                status == KeyStatus::Valid,
                Failure::refused(format!(
                    "{id} is {}: create a new key with `waba-migrator key create`",
                    status.as_str()
                ))
            );
            if let (Some(end), None) = (old.expires_at, expires_at) {
                bail!(Failure::usage(format!(
                    "{id} expires at {end}: set the validity of the new key with --expires-after"
                )));
            }
            let new = NewKey::new(tenant.clone(), old.role, old.label, now, expires_at)?;
            new.store(store).await?;
            let end = now.saturating_add(self.overlap).unwrap_or(Timestamp::MAX);
            let end = old.expires_at.map_or(end, |before| before.min(end));
            let shortened = store.set_key_expiry(tenant, id, Some(end)).await;
            let shortened = shortened.with_context(|| {
                let new = new.key.id;
                format!(
                    "{new} was created but not shown, and the validity of {id} is unchanged: \
                     revoke {new} and try again"
                )
            })?;
            Ok((new, shortened.ok_or_else(|| missing(id, tenant))?))
        });
        let (new, old) = rotated.await?;
        new.show(out, Some(&old))
    }
}

async fn list(out: &Out, KeyOwner { tenant, store }: &KeyOwner) -> anyhow::Result<Exit> {
    let keys = store.with_store(async |store| keys(store, tenant).await);
    let keys = keys.await?;
    let now = Clock::default().now();
    let json = |key| as_json(key, now);
    out.show(
        || json!({ "keys": keys.iter().map(json).collect::<Vec<_>>() }),
        |style| render::keys(style, &keys, now),
    )?;
    Ok(Exit::Done)
}

async fn revoke(out: &Out, id: ApiKeyId, owner: &KeyOwner) -> anyhow::Result<Exit> {
    let KeyOwner { tenant, store } = owner;
    let now = Clock::default().now();
    let revoked = store.with_store(async |store| Ok(store.revoke_key(tenant, id, now).await?));
    let key = revoked.await?.ok_or_else(|| missing(id, tenant))?;
    out.show(
        || as_json(&key, now),
        |style| render::keys(style, std::slice::from_ref(&key), now),
    )?;
    Ok(Exit::Done)
}

/// The keys of a tenant that must exist.
async fn keys(store: &Database, id: &TenantId) -> anyhow::Result<Vec<ApiKey>> {
    tenant::existing(store, id).await?;
    Ok(store.keys(id).await?)
}

fn missing(id: ApiKeyId, tenant: &TenantId) -> Failure {
    Failure::not_found(format!(
        "the tenant {tenant} has no key {id}: `waba-migrator key list --tenant {tenant}` shows the \
         existing ones"
    ))
}

/// The time that a new key expires.
fn expiry(now: Timestamp, after: Option<SignedDuration>) -> Result<Option<Timestamp>, Failure> {
    if after.is_some_and(|after| after.is_zero()) {
        return Err(Failure::usage("--expires-after: must be longer than 0s"));
    }
    Ok(after.map(|after| now.saturating_add(after).unwrap_or(Timestamp::MAX)))
}

/// A key as JSON, without its text.
fn as_json(key: &ApiKey, now: Timestamp) -> Value {
    without_nulls(json!({
        "id": key.id.to_string(),
        "tenant": key.tenant,
        "role": key.role.as_str(),
        "label": key.label,
        "prefix": key.prefix.as_str(),
        "status": key.status(now).as_str(),
        "createdAt": key.created_at,
        "expiresAt": key.expires_at,
        "revokedAt": key.revoked_at,
        "lastUsedAt": key.last_used_at,
    }))
}
