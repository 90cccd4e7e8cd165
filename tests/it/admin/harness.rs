//! A service with API keys, and an admin.

use domain::tenancy::Role;
use prost::Message;
use tonic::{Code, Status};
use tonic_types::{ErrorDetails, StatusExt as _};
use waba_migrator::proto::v1::{
    CreateApiKeyRequest, CreateApiKeyResponse, CreateTenantRequest, CreateTenantResponse,
    Role as ProtoRole, Tenant,
};

pub use crate::access::harness::{AccessHarness, Caller, StoreKind};

/// A service whose changes of keys are effective at once, and its admin.
pub async fn open(kind: StoreKind) -> (AccessHarness, Caller) {
    let settings = [("auth.api_keys", "true"), ("auth.cache_ttl", "0s")];
    let harness = AccessHarness::with(kind, &settings).await;
    let admin = harness.caller("default", Role::Admin, 1).await;
    (harness, admin)
}

/// Creates a tenant with a token of its own.
pub async fn create(admin: &Caller, id: &str) -> Tenant {
    let request = CreateTenantRequest {
        tenant_id: id.to_owned(),
        access_token: format!("EAABtokenOf-{id}"),
        ..CreateTenantRequest::default()
    };
    let created: CreateTenantResponse = admin.ask("CreateTenant", &request).await;
    created.tenant.unwrap()
}

/// Creates a key.
pub async fn create_key(admin: &Caller, tenant: &str, role: ProtoRole) -> CreateApiKeyResponse {
    let request = CreateApiKeyRequest {
        tenant_id: tenant.to_owned(),
        label: "billing backend".to_owned(),
        role: role.into(),
        expires_after: None,
    };
    admin.ask("CreateApiKey", &request).await
}

/// A caller with this key.
pub fn holder(harness: &AccessHarness, key: &str) -> Caller {
    harness.with_headers(&[("authorization", format!("Bearer {key}"))])
}

/// The code, the reason and the details of a refused call.
pub async fn refusal(
    caller: &Caller,
    rpc: &str,
    message: &impl Message,
) -> (Code, String, ErrorDetails) {
    let answer = caller.call(rpc, message.encode_to_vec()).await;
    assert_ne!(answer.code, Code::Ok, "{rpc} succeeded");
    let details = answer.details.clone().into();
    let status = Status::with_details(answer.code, &answer.message, details);
    (answer.code, answer.reason(), status.get_error_details())
}
