//! `key`: what a caller shows to be let in.

mod new_key;

use anyhow::Context as _;
use clap::ValueEnum;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::args::StoreSettings;
use super::failure::Failure;
use super::{Exit, Out, directory, render, tenant};
use crate::config::parse_duration;
use crate::store::{Database, Directory as _};
use crate::util::clock::Clock;
use domain::TenantId;
use domain::tenancy::{self, ApiKey, ApiKeyId, KeyStatus, Name};

use new_key::NewKey;

/// For `--help`.
pub(super) const EXAMPLES: &str = "\
Examples:
  waba-migrator key create --tenant acme --label 'billing backend'
  waba-migrator key create --tenant acme --label dashboard --role reader --expires-after 90d
  waba-migrator key list --tenant acme
  waba-migrator key rotate --tenant acme key_01935f00000070008000000000000001 --overlap 48h";

/// Makes and withdraws API keys.
#[derive(Debug, clap::Args)]
pub(super) struct KeyArgs {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, clap::Subcommand)]
enum Action {
    /// Makes an API key and shows it, once.
    Create(CreateArgs),
    /// Lists a tenant's keys, oldest first. The keys themselves are not kept, so that none is shown.
    List(KeyOwner),
    /// Withdraws an API key, at once and for good.
    Revoke {
        /// The key's id, as `key list` shows it.
        id: ApiKeyId,
        #[command(flatten)]
        of: KeyOwner,
    },
    /// Makes an API key of the same role and label as another, which opens for a while longer, so that its holder has time to
    /// change over.
    Rotate(RotateArgs),
}

/// Whose keys.
#[derive(Debug, clap::Args)]
struct KeyOwner {
    /// The tenant that the key belongs to.
    #[arg(long, default_value_t = TenantId::default_tenant())]
    tenant: TenantId,
    #[command(flatten)]
    store: StoreSettings,
}

#[derive(Debug, clap::Args)]
struct CreateArgs {
    /// Who will hold it, and for what.
    #[arg(long)]
    label: Name,
    /// What its holder may do.
    #[arg(long, value_enum, default_value_t = Role::Migrator)]
    role: Role,
    /// How long it opens, for example 90d. Default: until it is revoked.
    #[arg(long, value_name = "DURATION", value_parser = parse_duration)]
    expires_after: Option<SignedDuration>,
    #[command(flatten)]
    of: KeyOwner,
}

#[derive(Debug, clap::Args)]
struct RotateArgs {
    /// The id of the key that is to be replaced, as `key list` shows it.
    id: ApiKeyId,
    /// How long that one opens still. One that expires sooner is not prolonged.
    #[arg(long, value_name = "DURATION", value_parser = parse_duration, default_value = "24h")]
    overlap: SignedDuration,
    /// How long the new one opens, for example 90d. Must be said where the old one has an end.
    #[arg(long, value_name = "DURATION", value_parser = parse_duration)]
    expires_after: Option<SignedDuration>,
    #[command(flatten)]
    of: KeyOwner,
}

/// What the holder of a key may do.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum Role {
    /// Everything: starts migrations, moves them on, reads them and their PINs.
    Migrator,
    /// Reads migrations, and changes nothing.
    Reader,
}

impl KeyArgs {
    pub(super) async fn run(self, out: &Out) -> anyhow::Result<Exit> {
        match self.action {
            Action::Create(create) => create.run(out).await,
            Action::List(of) => list(out, &of).await,
            Action::Revoke { id, of } => revoke(out, id, &of).await,
            Action::Rotate(rotate) => rotate.run(out).await,
        }
    }
}

impl CreateArgs {
    async fn run(self, out: &Out) -> anyhow::Result<Exit> {
        let now = Clock::default().now();
        let expires_at = self
            .expires_after
            .map(|after| end(now, after))
            .transpose()?;
        let made = NewKey::new(
            self.of.tenant,
            self.role.into(),
            self.label,
            now,
            expires_at,
        )?;
        directory::with(&self.of.store, async |store| made.keep(store).await).await?;
        made.show(out, None)
    }
}

impl RotateArgs {
    async fn run(self, out: &Out) -> anyhow::Result<Exit> {
        let (id, tenant) = (self.id, &self.of.tenant);
        let now = Clock::default().now();
        let expires_at = self
            .expires_after
            .map(|after| end(now, after))
            .transpose()?;
        let (made, old) = directory::with(&self.of.store, async |store| {
            let keys = keys(store, tenant).await?;
            let found = keys.into_iter().find(|key| key.id == id);
            let old = found.ok_or_else(|| missing(id, tenant))?;
            match old.status(now) {
                KeyStatus::Valid => {}
                status => {
                    let status = status.as_str();
                    return Err(Failure::refused(format!(
                        "{id} is {status} and opens nothing any more: make a new one with `waba-migrator key create`"
                    ))
                    .into());
                }
            }
            if let (Some(end), None) = (old.expires_at, expires_at) {
                return Err(Failure::usage(format!(
                    "{id} expires at {end}: say with --expires-after how long the new one opens"
                ))
                .into());
            }
            let made = NewKey::new(tenant.clone(), old.role, old.label, now, expires_at)?;
            made.keep(store).await?;
            let over = now.saturating_add(self.overlap).unwrap_or(Timestamp::MAX);
            let over = old.expires_at.map_or(over, |end| end.min(over));
            let shortened = store.set_key_expiry(tenant, id, Some(over)).await;
            let shortened = shortened.with_context(|| {
                let new = made.key.id;
                format!("{new} was made and nobody knows it, and {id} opens as before: revoke {new} and try again")
            })?;
            anyhow::Ok((made, shortened.ok_or_else(|| missing(id, tenant))?))
        })
        .await?;
        made.show(out, Some(&old))
    }
}

async fn list(out: &Out, of: &KeyOwner) -> anyhow::Result<Exit> {
    let keys = directory::with(&of.store, async |store| keys(store, &of.tenant).await).await?;
    show(out, &keys)
}

async fn revoke(out: &Out, id: ApiKeyId, of: &KeyOwner) -> anyhow::Result<Exit> {
    let now = Clock::default().now();
    let revoked = directory::with(&of.store, async |store| {
        Ok(store.revoke_key(&of.tenant, id, now).await?)
    });
    let key = revoked.await?.ok_or_else(|| missing(id, &of.tenant))?;
    out.show(
        || as_json(&key, now),
        |style| render::keys(style, std::slice::from_ref(&key), now),
    )?;
    Ok(Exit::Done)
}

/// The keys of a tenant that must be there.
async fn keys(store: &Database, id: &TenantId) -> anyhow::Result<Vec<ApiKey>> {
    tenant::found(store, id).await?;
    Ok(store.keys(id).await?)
}

fn show(out: &Out, keys: &[ApiKey]) -> anyhow::Result<Exit> {
    let now = Clock::default().now();
    let each = |key| as_json(key, now);
    out.show(
        || json!({ "keys": keys.iter().map(each).collect::<Vec<_>>() }),
        |style| render::keys(style, keys, now),
    )?;
    Ok(Exit::Done)
}

fn missing(id: ApiKeyId, tenant: &TenantId) -> Failure {
    Failure::not_found(format!(
        "the tenant {tenant} has no key {id}: `waba-migrator key list --tenant {tenant}` shows those it has"
    ))
}

/// When a key ends that opens for so long.
fn end(now: Timestamp, after: SignedDuration) -> Result<Timestamp, Failure> {
    if after.is_zero() {
        return Err(Failure::usage(
            "--expires-after 0s: such a key would open nothing",
        ));
    }
    Ok(now.saturating_add(after).unwrap_or(Timestamp::MAX))
}

/// A key for a script, without its text.
fn as_json(key: &ApiKey, now: Timestamp) -> Value {
    json!({
        "id": key.id.to_string(),
        "tenant": key.tenant,
        "role": key.role.as_str(),
        "label": key.label,
        "prefix": key.prefix.as_str(),
        "verdict": key.status(now).as_str(),
        "created_at": key.created_at,
        "expires_at": key.expires_at,
        "revoked_at": key.revoked_at,
        "last_used_at": key.last_used_at,
    })
}

impl From<Role> for tenancy::Role {
    fn from(role: Role) -> Self {
        match role {
            Role::Migrator => Self::Migrator,
            Role::Reader => Self::Reader,
        }
    }
}
