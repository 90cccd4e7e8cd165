//! `tenant`: manages tenants.

mod options;

use anyhow::{Context as _, bail, ensure};
use serde_json::{Value, json};

use super::args::StoreSettings;
use super::failure::Failure;
use super::out::without_nulls;
use super::{Exit, Out, render};
use crate::proto::v1;
use crate::store::{self, Added, Database, Deleted, Directory as _, Saved};
use crate::util::clock::Clock;
use domain::TenantId;
use domain::tenancy::Tenant;

use options::{TenantOptions, Unset};

/// Examples for `--help`.
pub(super) const EXAMPLES: &str = "\
Examples:
  waba-migrator tenant create acme --name 'Acme Ltd' --access-token-file /run/secrets/acme-token
  waba-migrator tenant create acme-test --sandbox
  waba-migrator tenant update acme --language pt_BR --unset access-token
  waba-migrator tenant disable acme";

#[derive(Debug, clap::Args)]
pub(super) struct TenantArgs {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, clap::Subcommand)]
enum Action {
    /// Create a tenant.
    Create {
        #[command(flatten)]
        tenant: TenantArg,
        #[command(flatten)]
        options: Box<TenantOptions>,
    },
    /// List the tenants.
    List(StoreSettings),
    /// Show a tenant, without its secrets.
    Show(TenantArg),
    /// Change the options of a tenant. Options that are not given stay unchanged.
    Update {
        #[command(flatten)]
        tenant: TenantArg,
        #[command(flatten)]
        options: Box<TenantOptions>,
        /// Remove an option, so that the service's configuration applies again. Can be repeated.
        #[arg(long, value_enum, value_name = "OPTION")]
        unset: Vec<Unset>,
    },
    /// Disable a tenant. Its migrations are suspended until it is enabled again.
    Disable(TenantArg),
    /// Enable a disabled tenant. Its migrations continue at once.
    Enable(TenantArg),
    /// Remove a tenant with its keys, its migrations and their histories. All migrations must have
    /// ended.
    Delete {
        #[command(flatten)]
        tenant: TenantArg,
        /// Confirm that it is removed for good.
        #[arg(long)]
        yes: bool,
    },
}

/// A tenant in a store.
#[derive(Debug, clap::Args)]
struct TenantArg {
    /// Id of the tenant: 1 to 40 lower-case letters, digits and dashes, beginning with a letter.
    #[arg(value_name = "TENANT")]
    id: TenantId,
    #[command(flatten)]
    store: StoreSettings,
}

impl TenantArgs {
    pub(super) async fn run(self, out: &Out) -> anyhow::Result<Exit> {
        match self.action {
            Action::Create { tenant, options } => create(out, tenant, *options).await,
            Action::List(store) => list(out, &store).await,
            Action::Show(TenantArg { id, store }) => {
                let tenant = store.with_store(async |store| existing(store, &id).await);
                show(out, &tenant.await?)
            }
            Action::Update {
                tenant,
                options,
                unset,
            } => {
                let changes = options.read(&unset)?;
                ensure!(
                    !changes.is_empty(),
                    Failure::usage("no option to change: see --help")
                );
                change(out, tenant, |tenant| changes.apply(tenant)).await
            }
            Action::Disable(tenant) => {
                let now = Clock::default().now();
                let disable = |tenant: &mut Tenant| {
                    tenant.disabled_at.get_or_insert(now);
                };
                change(out, tenant, disable).await
            }
            Action::Enable(tenant) => change(out, tenant, |it| it.disabled_at = None).await,
            Action::Delete { tenant, yes } => delete(out, tenant, yes).await,
        }
    }
}

async fn create(out: &Out, arg: TenantArg, options: TenantOptions) -> anyhow::Result<Exit> {
    let changes = options.read(&[])?;
    let TenantArg { id, store } = arg;
    let name = id.as_str().parse().context("the id is not a valid name")?;
    let mut tenant = Tenant::new(id, name, Clock::default().now());
    changes.apply(&mut tenant);
    let added = store.with_store(async |store| Ok(store.create_tenant(&tenant).await?));
    match added.await? {
        Added::Done => show(out, &tenant),
        Added::Retired => bail!(Failure::refused(format!(
            "the tenant {} was deleted, and its id cannot be used again, since tokens and \
             certificates issued for it would be valid for the new tenant: choose another id",
            tenant.id
        ))),
        Added::Taken | Added::NoTenant => bail!(Failure::refused(format!(
            "the tenant {} already exists",
            tenant.id
        ))),
    }
}

async fn list(out: &Out, store: &StoreSettings) -> anyhow::Result<Exit> {
    let mut tenants = Vec::new();
    let read = store.with_store(async |store| {
        for id in store.tenant_ids(None, u32::MAX).await? {
            // `None` if it was deleted meanwhile.
            let tenant = store.tenant(&id).await.transpose();
            tenants.extend(tenant.map(|tenant| (id, tenant)));
        }
        Ok(())
    });
    read.await?;
    let unreadable = tenants.iter().filter(|(_, tenant)| tenant.is_err()).count();
    out.show(
        || json!({ "tenants": tenants.iter().map(item_json).collect::<Vec<_>>() }),
        |style| render::tenants(style, &tenants),
    )?;
    ensure!(
        unreadable == 0,
        Failure::failed(format!("{unreadable} of the tenants cannot be read"))
    );
    Ok(Exit::Done)
}

/// A tenant in a list, or the error of reading it.
fn item_json((id, tenant): &(TenantId, Result<Tenant, store::Error>)) -> Value {
    match tenant {
        Ok(tenant) => as_json(tenant),
        Err(error) => json!({ "id": id, "error": error.to_string() }),
    }
}

/// Changes a tenant, saves it if it is different, and shows it.
async fn change(out: &Out, arg: TenantArg, change: impl Fn(&mut Tenant)) -> anyhow::Result<Exit> {
    let TenantArg { id, store } = arg;
    let tenant = store.with_store(async |store| {
        let before = existing(store, &id).await?;
        let mut tenant = before.clone();
        change(&mut tenant);
        if tenant == before {
            return Ok(tenant);
        }
        tenant.updated_at = Clock::default().now();
        match store.save_tenant(&tenant).await? {
            Saved::Done { .. } => Ok(tenant),
            Saved::Conflict => bail!(Failure::refused(format!(
                "the tenant {id} was changed concurrently: try again"
            ))),
        }
    });
    show(out, &tenant.await?)
}

async fn delete(out: &Out, arg: TenantArg, yes: bool) -> anyhow::Result<Exit> {
    let TenantArg { id, store } = arg;
    ensure!(
        yes,
        Failure::usage(format!(
            "this permanently removes the tenant {id} with its keys, its migrations and their \
             histories: confirm it with --yes"
        ))
    );
    let deleted = store.with_store(async |store| Ok(store.delete_tenant(&id).await?));
    match deleted.await? {
        Deleted::Done => {
            out.show(
                || json!({ "deleted": id.as_str() }),
                |_| format!("Removed the tenant {id} with its keys and migrations."),
            )?;
            Ok(Exit::Done)
        }
        Deleted::NotFound => bail!(missing(&id)),
        Deleted::IsDefault => bail!(Failure::refused(
            "the tenant default cannot be deleted: disable it instead"
        )),
        Deleted::HasLive { migrations } => bail!(Failure::refused(format!(
            "{migrations} migrations of the tenant {id} have not ended: cancel them or wait"
        ))),
    }
}

/// Reads a tenant that must exist.
pub(super) async fn existing(store: &Database, id: &TenantId) -> anyhow::Result<Tenant> {
    let tenant = store.tenant(id).await?;
    Ok(tenant.ok_or_else(|| missing(id))?)
}

pub(super) fn missing(id: &TenantId) -> Failure {
    Failure::not_found(format!(
        "the tenant {id} does not exist: `waba-migrator tenant list` shows the existing ones"
    ))
}

fn show(out: &Out, tenant: &Tenant) -> anyhow::Result<Exit> {
    out.show(|| as_json(tenant), |style| render::tenant(style, tenant))?;
    Ok(Exit::Done)
}

/// A tenant as JSON. Of its secrets only whether they are set.
fn as_json(tenant: &Tenant) -> Value {
    let (defaults, credentials) = (&tenant.defaults, &tenant.credentials);
    let method = defaults.code_method.map(v1::CodeMethod::from);
    let pin_source = defaults.pin_source.map(v1::TwoStepPinSource::from);
    without_nulls(json!({
        "id": tenant.id,
        "name": tenant.name,
        "enabled": tenant.is_enabled(),
        "disabledAt": tenant.disabled_at,
        "sandbox": tenant.sandbox,
        "codeMethod": method.map(|method| method.as_str_name()),
        "language": defaults.language,
        "twoStepPinSource": pin_source.map(|source| source.as_str_name()),
        "requestsPerSecond": tenant.limits.requests_per_second,
        "burst": tenant.limits.burst,
        "hasAccessToken": credentials.access_token.is_some(),
        "appId": credentials.app_id,
        "hasAppSecret": credentials.app_secret.is_some(),
        "createdAt": tenant.created_at,
        "updatedAt": tenant.updated_at,
    }))
}
