//! Administration of tenants and API keys: by a running service, or on its store. Both answer with
//! the contract's messages, so that a command is the same with both.

use tonic::service::interceptor::InterceptedService;
use tonic::transport::Channel;
use tonic::{Response, Status};

use super::api_key::ApiKeyHeader;
use super::args::StoreSettings;
use super::client::{self, Address};
use super::failure::Failure;
use crate::api::{AdminHandlers, as_command_line};
use crate::config::{environment, masked_url};
use crate::proto::v1;
use crate::proto::v1::admin_service_client::AdminServiceClient;
use crate::proto::v1::admin_service_server::AdminService;
use crate::store::Database;
use crate::util::clock::Clock;

/// What manages tenants and keys.
#[derive(Debug)]
pub(super) enum AdminClient {
    /// A service, through its API. Requires an API key with the role admin.
    Service(Box<Service>),
    /// A store, whether services run on it or not. Requires nothing but access to it.
    Store(Box<AdminHandlers<Database>>),
}

type Service = AdminServiceClient<InterceptedService<Channel, ApiKeyHeader>>;

/// Defines one method for each RPC.
macro_rules! rpcs {
    ($($method:ident($request:ident) -> $response:ident;)*) => {
        impl AdminClient {
            $(
                pub(super) async fn $method(
                    &mut self,
                    message: v1::$request,
                ) -> Result<v1::$response, Status> {
                    let answer = match self {
                        Self::Service(client) => client.$method(message).await,
                        Self::Store(store) => store.$method(as_command_line(message)).await,
                    };
                    answer.map(Response::into_inner)
                }
            )*
        }
    };
}

rpcs! {
    create_tenant(CreateTenantRequest) -> CreateTenantResponse;
    get_tenant(GetTenantRequest) -> GetTenantResponse;
    list_tenants(ListTenantsRequest) -> ListTenantsResponse;
    update_tenant(UpdateTenantRequest) -> UpdateTenantResponse;
    disable_tenant(DisableTenantRequest) -> DisableTenantResponse;
    enable_tenant(EnableTenantRequest) -> EnableTenantResponse;
    delete_tenant(DeleteTenantRequest) -> DeleteTenantResponse;
    create_api_key(CreateApiKeyRequest) -> CreateApiKeyResponse;
    list_api_keys(ListApiKeysRequest) -> ListApiKeysResponse;
    rotate_api_key(RotateApiKeyRequest) -> RotateApiKeyResponse;
    revoke_api_key(RevokeApiKeyRequest) -> RevokeApiKeyResponse;
    get_usage(GetUsageRequest) -> GetUsageResponse;
}

/// Does `work` with the service that `--server` names, or else on the store.
pub(super) async fn administer<T>(
    address: &Address,
    settings: &StoreSettings,
    work: impl AsyncFnOnce(&mut AdminClient) -> anyhow::Result<T>,
) -> anyhow::Result<T> {
    let Some(server) = &address.server else {
        return settings
            .with_store(async |store| {
                let store = AdminHandlers::new(store.clone(), Clock::default());
                work(&mut AdminClient::Store(Box::new(store))).await
            })
            .await;
    };
    if let Some(flag) = store_flag(settings) {
        return Err(Failure::usage(format!(
            "--server {} manages tenants and keys through the service, and {flag} on the store: use \
             one of them (--server may come from the variable WABA_MIGRATOR_SERVER)",
            masked_url(server)
        ))
        .into());
    }
    let (channel, header) = client::channel(address).await?;
    let service = AdminServiceClient::with_interceptor(channel, header);
    work(&mut AdminClient::Service(Box::new(service))).await
}

/// The flag that names the store or a setting. A configuration file that the environment names is
/// there for other commands.
fn store_flag(settings: &StoreSettings) -> Option<&'static str> {
    let config = settings.settings.config.as_ref();
    let of_environment = environment::config_file();
    if settings.store.is_some() {
        Some("--store")
    } else if !settings.settings.set.is_empty() {
        Some("--set")
    } else if config.is_some_and(|config| Some(config) != of_environment.as_ref()) {
        Some("--config")
    } else {
        None
    }
}

/// The tenant of an answer, which every correct answer has.
pub(super) fn tenant(tenant: Option<&v1::Tenant>) -> Result<&v1::Tenant, Failure> {
    tenant.ok_or_else(|| Failure::failed("the service answered without the tenant"))
}

/// The key of an answer, which every correct answer has.
pub(super) fn api_key(key: Option<&v1::ApiKey>) -> Result<&v1::ApiKey, Failure> {
    key.ok_or_else(|| Failure::failed("the service answered without the key"))
}
