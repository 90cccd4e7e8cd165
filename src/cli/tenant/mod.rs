//! `tenant`: manages tenants.

mod options;

use anyhow::ensure;

use super::admin_client::{self, AdminClient, administer};
use super::args::StoreSettings;
use super::client::ServiceSession;
use super::failure::Failure;
use super::{Exit, render};
use crate::proto::v1;
use domain::TenantId;

use options::{TenantOptions, Unset};

/// Examples for `--help`.
pub(super) const EXAMPLES: &str = "\
Examples:
  waba-migrator tenant create acme --name 'Acme Ltd' --access-token-file /run/secrets/acme-token
  waba-migrator tenant create acme-test --sandbox
  waba-migrator tenant update acme --language pt_BR --unset access-token
  waba-migrator tenant disable acme
  waba-migrator tenant usage acme --server https://migrator.example.com --api-key-file admin.key";

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
    /// Show what a tenant has used, by calendar month (UTC).
    Usage {
        #[command(flatten)]
        tenant: TenantArg,
        /// First month, for example 2026-01. Default: eleven months before the current one.
        #[arg(long, value_name = "MONTH", default_value_t, hide_default_value = true)]
        from_month: String,
        /// Last month. Default: the current one.
        #[arg(long, value_name = "MONTH", default_value_t, hide_default_value = true)]
        to_month: String,
    },
}

/// A tenant, and the store if there is no service.
#[derive(Debug, clap::Args)]
struct TenantArg {
    /// Id of the tenant: 1 to 40 lower-case letters, digits and dashes, beginning with a letter.
    #[arg(value_name = "TENANT")]
    id: TenantId,
    #[command(flatten)]
    store: StoreSettings,
}

/// Maximum page size, tenants.
const PAGE: i32 = 200;

impl TenantArgs {
    pub(super) async fn run(self, session: ServiceSession<'_>) -> anyhow::Result<Exit> {
        match self.action {
            Action::Create { tenant, options } => {
                let request = options.read(&[])?.create(tenant.id());
                let store = &tenant.store;
                let create = administer(session.address, store, async |admin| {
                    Ok(admin.create_tenant(request).await?)
                });
                let answer = create.await?;
                show(session, &answer, answer.tenant.as_ref())
            }
            Action::List(store) => list(session, &store).await,
            Action::Show(tenant) => {
                let tenant_id = tenant.id();
                let get = administer(session.address, &tenant.store, async |admin| {
                    Ok(admin.get_tenant(v1::GetTenantRequest { tenant_id }).await?)
                });
                let answer = get.await?;
                show(session, &answer, answer.tenant.as_ref())
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
                let request = changes.update(tenant.id());
                let update = administer(session.address, &tenant.store, async |admin| {
                    Ok(admin.update_tenant(request).await?)
                });
                let answer = update.await?;
                show(session, &answer, answer.tenant.as_ref())
            }
            Action::Disable(tenant) => {
                let request = v1::DisableTenantRequest {
                    tenant_id: tenant.id(),
                };
                let disable = administer(session.address, &tenant.store, async |admin| {
                    Ok(admin.disable_tenant(request).await?)
                });
                let answer = disable.await?;
                show(session, &answer, answer.tenant.as_ref())
            }
            Action::Enable(tenant) => {
                let request = v1::EnableTenantRequest {
                    tenant_id: tenant.id(),
                };
                let enable = administer(session.address, &tenant.store, async |admin| {
                    Ok(admin.enable_tenant(request).await?)
                });
                let answer = enable.await?;
                show(session, &answer, answer.tenant.as_ref())
            }
            Action::Delete { tenant, yes } => delete(session, &tenant, yes).await,
            Action::Usage {
                tenant,
                from_month,
                to_month,
            } => {
                let request = v1::GetUsageRequest {
                    tenant_id: tenant.id(),
                    from_month,
                    to_month,
                };
                let usage = administer(session.address, &tenant.store, async |admin| {
                    Ok(admin.get_usage(request).await?)
                });
                let answer = usage.await?;
                session
                    .out
                    .message(&answer, |style| render::usage(style, &answer.months))?;
                Ok(Exit::Done)
            }
        }
    }
}

impl TenantArg {
    fn id(&self) -> String {
        self.id.as_str().to_owned()
    }
}

async fn list(session: ServiceSession<'_>, store: &StoreSettings) -> anyhow::Result<Exit> {
    let all = administer(session.address, store, async |admin: &mut AdminClient| {
        let mut all = v1::ListTenantsResponse::default();
        let mut request = v1::ListTenantsRequest {
            page_size: PAGE,
            page_token: String::new(),
        };
        loop {
            let page = admin.list_tenants(request.clone()).await?;
            all.tenants.extend(page.tenants);
            request.page_token = page.next_page_token;
            if request.page_token.is_empty() {
                return Ok(all);
            }
        }
    });
    let all = all.await?;
    session
        .out
        .message(&all, |style| render::tenants(style, &all.tenants))?;
    let unreadable = all.tenants.iter().filter(|tenant| tenant.unreadable);
    let unreadable = unreadable.count();
    ensure!(
        unreadable == 0,
        Failure::failed(format!("{unreadable} of the tenants cannot be read"))
    );
    Ok(Exit::Done)
}

async fn delete(
    session: ServiceSession<'_>,
    tenant: &TenantArg,
    yes: bool,
) -> anyhow::Result<Exit> {
    let id = &tenant.id;
    ensure!(
        yes,
        Failure::usage(format!(
            "this permanently removes the tenant {id} with its keys, its migrations and their \
             histories: confirm it with --yes"
        ))
    );
    let request = v1::DeleteTenantRequest {
        tenant_id: tenant.id(),
    };
    let delete = administer(session.address, &tenant.store, async |admin| {
        Ok(admin.delete_tenant(request).await?)
    });
    session.out.message(&delete.await?, |_| {
        format!("Removed the tenant {id} with its keys and migrations.")
    })?;
    Ok(Exit::Done)
}

/// Prints a tenant: `answer`, which holds it, for a program.
fn show(
    session: ServiceSession<'_>,
    answer: &impl prost::Name,
    tenant: Option<&v1::Tenant>,
) -> anyhow::Result<Exit> {
    let tenant = admin_client::tenant(tenant)?;
    session
        .out
        .message(answer, |style| render::tenant(style, tenant))?;
    Ok(Exit::Done)
}
