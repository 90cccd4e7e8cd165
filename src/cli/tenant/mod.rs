//! `tenant`: the worlds of those who call.

mod options;

use anyhow::Context as _;
use serde_json::{Value, json};

use super::args::StoreSettings;
use super::failure::Failure;
use super::{Exit, Out, directory, render};
use crate::store::{self, Added, Database, Deleted, Directory as _, Saved};
use crate::util::clock::Clock;
use domain::TenantId;
use domain::tenancy;

use options::{TenantOptions, Unset};

/// For `--help`.
pub(super) const EXAMPLES: &str = "\
Examples:
  waba-migrator tenant create acme --name 'Acme Ltd' --access-token-file /run/secrets/acme-token
  waba-migrator tenant create acme-test --sandbox
  waba-migrator tenant update acme --language pt_BR --unset access-token
  waba-migrator tenant disable acme";

/// Makes and configures tenants.
#[derive(Debug, clap::Args)]
pub(super) struct TenantArgs {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, clap::Subcommand)]
enum Action {
    /// Makes a tenant.
    Create {
        #[command(flatten)]
        named: TenantArg,
        #[command(flatten)]
        own: Box<TenantOptions>,
    },
    /// Lists the tenants.
    List(StoreSettings),
    /// Shows a tenant. Of its secrets, whether it has them.
    Show(TenantArg),
    /// Changes what a tenant has of its own. What is not named stays.
    Update {
        #[command(flatten)]
        named: TenantArg,
        #[command(flatten)]
        own: Box<TenantOptions>,
        /// Takes this away from it, so that the service's configuration says again. May be repeated.
        #[arg(long, value_enum, value_name = "WHAT")]
        unset: Vec<Unset>,
    },
    /// Disables a tenant. Nothing that it has is lost: `enable` has it go on where it stood.
    Disable(TenantArg),
    /// Enables a tenant that was disabled. What was set aside goes on at once.
    Enable(TenantArg),
    /// Removes a tenant and all that it has: its keys, its migrations, their history. Not while one of them is live.
    Delete {
        #[command(flatten)]
        named: TenantArg,
        /// Says that it is meant: nothing of it comes back.
        #[arg(long)]
        yes: bool,
    },
}

/// A tenant of a store.
#[derive(Debug, clap::Args)]
struct TenantArg {
    /// The tenant: 1 to 40 lower-case letters, digits and dashes, beginning with a letter.
    #[arg(value_name = "TENANT")]
    id: TenantId,
    #[command(flatten)]
    store: StoreSettings,
}

impl TenantArgs {
    pub(super) async fn run(self, out: &Out) -> anyhow::Result<Exit> {
        match self.action {
            Action::Create { named, own } => create(out, named, *own).await,
            Action::List(store) => list(out, &store).await,
            Action::Show(named) => {
                let id = &named.id;
                let tenant = directory::with(&named.store, async |store| found(store, id).await);
                show(out, &tenant.await?)
            }
            Action::Update { named, own, unset } => {
                let changes = own.read(&unset)?;
                if changes.is_empty() {
                    return Err(Failure::usage("say what to change: see --help").into());
                }
                change(out, named, |tenant| changes.apply(tenant)).await
            }
            Action::Disable(named) => {
                let now = Clock::default().now();
                let disable = |tenant: &mut tenancy::Tenant| {
                    tenant.disabled_at.get_or_insert(now);
                };
                change(out, named, disable).await
            }
            Action::Enable(named) => change(out, named, |tenant| tenant.disabled_at = None).await,
            Action::Delete { named, yes } => delete(out, named, yes).await,
        }
    }
}

async fn create(out: &Out, named: TenantArg, own: TenantOptions) -> anyhow::Result<Exit> {
    let changes = own.read(&[])?;
    let TenantArg { id, store } = named;
    let name = id.as_str().parse().context("an id is a name")?;
    let mut tenant = tenancy::Tenant::new(id, name, Clock::default().now());
    changes.apply(&mut tenant);
    let added = directory::with(&store, async |store| {
        Ok(store.create_tenant(&tenant).await?)
    });
    match added.await? {
        Added::Done => show(out, &tenant),
        Added::Retired => Err(Failure::refused(format!(
            "the tenant {} was deleted, and its id cannot be used again: tokens and certificates that were issued for it would act for \
             the new tenant. Choose another id",
            tenant.id
        ))
        .into()),
        Added::Taken | Added::NoTenant => {
            Err(Failure::refused(format!("there is a tenant {} already", tenant.id)).into())
        }
    }
}

async fn list(out: &Out, store: &StoreSettings) -> anyhow::Result<Exit> {
    let mut tenants = Vec::new();
    directory::with(store, async |store| {
        for id in store.tenant_ids().await? {
            // One that is deleted meanwhile is left out.
            let tenant = store.tenant(&id).await.transpose();
            tenants.extend(tenant.map(|tenant| (id, tenant)));
        }
        Ok(())
    })
    .await?;
    let unreadable = tenants.iter().filter(|(_, tenant)| tenant.is_err()).count();
    out.show(
        || json!({ "tenants": tenants.iter().map(listed).collect::<Vec<_>>() }),
        |style| render::tenants(style, &tenants),
    )?;
    if unreadable > 0 {
        return Err(Failure::failed(format!("{unreadable} of them cannot be read")).into());
    }
    Ok(Exit::Done)
}

/// A tenant of a list, or why it cannot be read.
fn listed((id, tenant): &(TenantId, Result<tenancy::Tenant, store::Error>)) -> Value {
    match tenant {
        Ok(tenant) => as_json(tenant),
        Err(error) => json!({ "id": id, "error": error.to_string() }),
    }
}

/// Reads a tenant, changes it and keeps it, where that makes a difference; then shows it.
async fn change(
    out: &Out,
    named: TenantArg,
    change: impl Fn(&mut tenancy::Tenant),
) -> anyhow::Result<Exit> {
    let TenantArg { id, store } = named;
    let tenant = directory::with(&store, async |store| {
        let before = found(store, &id).await?;
        let mut tenant = before.clone();
        change(&mut tenant);
        if tenant == before {
            return Ok(tenant);
        }
        tenant.updated_at = Clock::default().now();
        match store.save_tenant(&tenant).await? {
            Saved::Done { .. } => Ok(tenant),
            Saved::Conflict => Err(Failure::refused(format!(
                "somebody else changed the tenant {id} in this moment: try again"
            ))
            .into()),
        }
    });
    show(out, &tenant.await?)
}

async fn delete(out: &Out, named: TenantArg, yes: bool) -> anyhow::Result<Exit> {
    let TenantArg { id, store } = named;
    if !yes {
        return Err(Failure::usage(format!(
            "this removes the tenant {id} with its keys, its migrations and their history, and nothing of it comes back: say --yes if \
             that is meant"
        ))
        .into());
    }
    let deleted = directory::with(&store, async |store| Ok(store.delete_tenant(&id).await?));
    match deleted.await? {
        Deleted::Done => {
            out.show(
                || json!({ "deleted": id.as_str() }),
                |_| format!("the tenant {id} is gone, with all that it had"),
            )?;
            Ok(Exit::Done)
        }
        Deleted::NotFound => Err(missing(&id).into()),
        Deleted::IsDefault => Err(Failure::refused(
            "the tenant default is always there: it can be disabled, and not deleted",
        )
        .into()),
        Deleted::HasLive { migrations } => Err(Failure::refused(format!(
            "{migrations} migrations of the tenant {id} have not ended: cancel them, or wait until they have"
        ))
        .into()),
    }
}

/// A tenant that must be there.
pub(super) async fn found(store: &Database, id: &TenantId) -> anyhow::Result<tenancy::Tenant> {
    let tenant = store.tenant(id).await?;
    Ok(tenant.ok_or_else(|| missing(id))?)
}

pub(super) fn missing(id: &TenantId) -> Failure {
    Failure::not_found(format!(
        "there is no tenant {id}: `waba-migrator tenant list` shows those there are"
    ))
}

fn show(out: &Out, tenant: &tenancy::Tenant) -> anyhow::Result<Exit> {
    out.show(|| as_json(tenant), |style| render::tenant(style, tenant))?;
    Ok(Exit::Done)
}

/// A tenant for a script. Of its secrets, whether it has them.
fn as_json(tenant: &tenancy::Tenant) -> Value {
    let (defaults, credentials) = (&tenant.defaults, &tenant.credentials);
    json!({
        "id": tenant.id,
        "name": tenant.name,
        "enabled": tenant.is_enabled(),
        "disabled_at": tenant.disabled_at,
        "sandbox": tenant.sandbox,
        "code_method": defaults.code_method,
        "language": defaults.language,
        "two_step_pin_source": defaults.pin_source,
        "requests_per_second": tenant.limits.requests_per_second,
        "burst": tenant.limits.burst,
        "has_access_token": credentials.access_token.is_some(),
        "app_id": credentials.app_id,
        "has_app_secret": credentials.app_secret.is_some(),
        "created_at": tenant.created_at,
        "updated_at": tenant.updated_at,
    })
}
