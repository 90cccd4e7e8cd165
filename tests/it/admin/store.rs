//! Administration of a store without a service, as the command line does it.

use domain::tenancy::KeyText;
use tonic::Request;
use waba_migrator::api::{AdminHandlers, as_command_line};
use waba_migrator::proto::v1::admin_service_server::AdminService as _;
use waba_migrator::proto::v1::{
    CreateApiKeyRequest, CreateTenantRequest, DisableTenantRequest, GetTenantRequest,
    GetUsageRequest, Role,
};
use waba_migrator::util::clock::Clock;

use crate::store::backend::Backend as _;
use crate::store::sqlite::SqliteFile;

#[tokio::test]
async fn the_rpcs_work_on_a_store_without_a_service() {
    let backend = SqliteFile::fresh().await;
    let admin = AdminHandlers::new(backend.store().clone(), Clock::default());
    let create = CreateTenantRequest {
        tenant_id: "cafe".to_owned(),
        ..CreateTenantRequest::default()
    };
    let created = admin.create_tenant(as_command_line(create)).await.unwrap();
    assert!(created.into_inner().tenant.unwrap().enabled);
    let key = CreateApiKeyRequest {
        tenant_id: "default".to_owned(),
        label: "the first admin".to_owned(),
        role: Role::Admin.into(),
        expires_after: None,
    };
    let key = admin.create_api_key(as_command_line(key)).await.unwrap();
    assert!(key.into_inner().key.parse::<KeyText>().is_ok());
    // The command line is never locked out of a store, so the operator's tenant can be disabled.
    let disable = DisableTenantRequest {
        tenant_id: "default".to_owned(),
    };
    admin
        .disable_tenant(as_command_line(disable))
        .await
        .unwrap();
    let usage = GetUsageRequest {
        tenant_id: "cafe".to_owned(),
        ..GetUsageRequest::default()
    };
    let usage = admin.get_usage(as_command_line(usage)).await.unwrap();
    assert_eq!(usage.into_inner().months.len(), 12);
}

#[tokio::test]
async fn a_request_without_authentication_is_refused() {
    let backend = SqliteFile::fresh().await;
    let admin = AdminHandlers::new(backend.store().clone(), Clock::default());
    let get = GetTenantRequest {
        tenant_id: "acme".to_owned(),
    };
    let refused = admin.get_tenant(Request::new(get)).await.unwrap_err();
    assert_eq!(refused.code(), tonic::Code::Internal);
}
