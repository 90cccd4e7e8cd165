//! `key`: manages API keys.

use jiff::SignedDuration;

use super::admin_client::{self, administer};
use super::args::{StoreSettings, one_of};
use super::client::ServiceSession;
use super::out::note;
use super::{Exit, render, time};
use crate::config::parse_duration;
use crate::proto::v1;
use domain::TenantId;
use domain::tenancy::{ApiKeyId, Name, Role};

/// Examples for `--help`.
pub(super) const EXAMPLES: &str = "\
Examples:
  waba-migrator key create --role admin --label operator
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
    /// Permissions of the key: a migrator starts, steers and reads migrations and reads their
    /// PINs; a reader reads migrations and checks eligibility; an admin also manages tenants and
    /// keys, and must belong to the tenant `default`.
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

impl KeyOwner {
    fn tenant_id(&self) -> String {
        self.tenant.as_str().to_owned()
    }
}

impl KeyArgs {
    pub(super) async fn run(self, session: ServiceSession<'_>) -> anyhow::Result<Exit> {
        match self.action {
            Action::Create(create) => create.run(session).await,
            Action::List(owner) => {
                let request = v1::ListApiKeysRequest {
                    tenant_id: owner.tenant_id(),
                };
                let list = administer(session.address, &owner.store, async |admin| {
                    Ok(admin.list_api_keys(request).await?)
                });
                let answer = list.await?;
                session
                    .out
                    .message(&answer, |style| render::keys(style, &answer.api_keys))?;
                Ok(Exit::Done)
            }
            Action::Revoke { id, owner } => {
                let request = v1::RevokeApiKeyRequest {
                    tenant_id: owner.tenant_id(),
                    key_id: id.to_string(),
                };
                let revoke = administer(session.address, &owner.store, async |admin| {
                    Ok(admin.revoke_api_key(request).await?)
                });
                let answer = revoke.await?;
                let key = admin_client::api_key(answer.api_key.as_ref())?;
                session.out.message(&answer, |style| {
                    render::keys(style, std::slice::from_ref(key))
                })?;
                Ok(Exit::Done)
            }
            Action::Rotate(rotate) => rotate.run(session).await,
        }
    }
}

impl CreateArgs {
    async fn run(self, session: ServiceSession<'_>) -> anyhow::Result<Exit> {
        let request = v1::CreateApiKeyRequest {
            tenant_id: self.owner.tenant_id(),
            label: self.label.as_str().to_owned(),
            role: v1::Role::from(self.role).into(),
            expires_after: self.expires_after.map(time::to_duration),
        };
        let create = administer(session.address, &self.owner.store, async |admin| {
            Ok(admin.create_api_key(request).await?)
        });
        let answer = create.await?;
        let key = admin_client::api_key(answer.api_key.as_ref())?;
        note(SHOWN_ONCE);
        session
            .out
            .message(&answer, |style| render::key(style, key, &answer.key, None))?;
        Ok(Exit::Done)
    }
}

impl RotateArgs {
    async fn run(self, session: ServiceSession<'_>) -> anyhow::Result<Exit> {
        let request = v1::RotateApiKeyRequest {
            tenant_id: self.owner.tenant_id(),
            key_id: self.id.to_string(),
            overlap: Some(time::to_duration(self.overlap)),
            expires_after: self.expires_after.map(time::to_duration),
        };
        let rotate = administer(session.address, &self.owner.store, async |admin| {
            Ok(admin.rotate_api_key(request).await?)
        });
        let answer = rotate.await?;
        let key = admin_client::api_key(answer.api_key.as_ref())?;
        note(SHOWN_ONCE);
        session.out.message(&answer, |style| {
            render::key(style, key, &answer.key, answer.replaced.as_ref())
        })?;
        Ok(Exit::Done)
    }
}

const SHOWN_ONCE: &str =
    "This key is shown once: the service keeps only its hash. Save it like a password.";
