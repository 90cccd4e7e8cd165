//! Every RPC of the contract, with a valid request of each.

use prost::Message as _;
use waba_migrator::proto::DESCRIPTORS;
use waba_migrator::proto::v1::{
    CancelRequest, CheckEligibilityRequest, CreateApiKeyRequest, CreateTenantRequest,
    DeleteMigrationRequest, DeleteTenantRequest, DisableTenantRequest, EnableTenantRequest,
    ForgetNumberRequest, GetStatusRequest, GetTenantRequest, GetUsageRequest, ListApiKeysRequest,
    ListEventsRequest, ListMigrationsRequest, ListTenantsRequest, MigrateRequest,
    ResendCodeRequest, ResumeRequest, RevealTwoStepPinRequest, RevokeApiKeyRequest,
    RotateApiKeyRequest, SubmitCodeRequest, UpdateMigrationRequest, UpdateTenantRequest,
    WatchRequest,
};

use crate::support::service::request;

/// An RPC, as the contract describes it.
#[derive(Debug)]
pub struct Rpc {
    pub name: String,
    /// Whether its request names one migration.
    pub about_one: bool,
    /// Whether it administers tenants.
    pub is_admin: bool,
}

/// The service of an RPC; that of migrations for an unknown one.
pub fn service(rpc: &str) -> &'static str {
    let is_admin = all().iter().any(|it| it.name == rpc && it.is_admin);
    if is_admin {
        "AdminService"
    } else {
        "MigrationService"
    }
}

/// Every RPC of the contract.
pub fn all() -> Vec<Rpc> {
    let set = prost_types::FileDescriptorSet::decode(DESCRIPTORS).unwrap();
    let messages: Vec<_> = set
        .file
        .iter()
        .flat_map(|file| &file.message_type)
        .collect();
    let services = set.file.iter().flat_map(|file| &file.service);
    let rpcs: Vec<Rpc> = services
        .flat_map(|service| service.method.iter().map(move |method| (service, method)))
        .map(|(service, method)| {
            let name = method.input_type().rsplit('.').next().unwrap();
            let input = messages.iter().find(|message| message.name() == name);
            let mut fields = input.unwrap().field.iter();
            Rpc {
                name: method.name().to_owned(),
                about_one: fields.any(|field| field.name() == "migration_id"),
                is_admin: service.name() == "AdminService",
            }
        })
        .collect();
    assert!(rpcs.len() >= 11);
    rpcs
}

/// A valid request of this RPC; for the migration `id` if it names one.
pub fn message(rpc: &str, id: &str) -> Vec<u8> {
    let migration_id = id.to_owned();
    let at_once = Some(prost_types::Duration::default());
    match rpc {
        "Migrate" => MigrateRequest {
            wait: at_once,
            ..request("+12025550100")
        }
        .encode_to_vec(),
        "SubmitCode" => SubmitCodeRequest {
            migration_id,
            code: "123830".to_owned(),
            wait: at_once,
        }
        .encode_to_vec(),
        "GetStatus" => GetStatusRequest { migration_id }.encode_to_vec(),
        "CheckEligibility" => CheckEligibilityRequest {
            phone_number: "+12025550100".to_owned(),
            destination_waba_id: crate::support::service::DESTINATION.to_owned(),
            ..CheckEligibilityRequest::default()
        }
        .encode_to_vec(),
        "ResendCode" => ResendCodeRequest {
            migration_id,
            wait: at_once,
            ..ResendCodeRequest::default()
        }
        .encode_to_vec(),
        "Resume" => ResumeRequest {
            migration_id,
            wait: at_once,
            ..ResumeRequest::default()
        }
        .encode_to_vec(),
        "UpdateMigration" => UpdateMigrationRequest {
            migration_id,
            reference: Some("order 8".to_owned()),
            wait: at_once,
            ..UpdateMigrationRequest::default()
        }
        .encode_to_vec(),
        "Cancel" => CancelRequest {
            migration_id,
            wait: at_once,
        }
        .encode_to_vec(),
        "RevealTwoStepPin" => RevealTwoStepPinRequest { migration_id }.encode_to_vec(),
        "ListMigrations" => ListMigrationsRequest::default().encode_to_vec(),
        "ListEvents" => ListEventsRequest {
            migration_id,
            ..ListEventsRequest::default()
        }
        .encode_to_vec(),
        "Watch" => WatchRequest {
            migration_id,
            after_sequence: 0,
        }
        .encode_to_vec(),
        "DeleteMigration" => DeleteMigrationRequest { migration_id }.encode_to_vec(),
        "ForgetNumber" => ForgetNumberRequest {
            phone_number: "+12025550100".to_owned(),
        }
        .encode_to_vec(),
        rpc => administrative(rpc),
    }
}

/// A valid request of this RPC of administration, for the tenant `acme`, which exists.
fn administrative(rpc: &str) -> Vec<u8> {
    let tenant_id = "acme".to_owned();
    let key_id = "key_01935f00000070008000000000000001".to_owned();
    match rpc {
        "CreateTenant" => CreateTenantRequest {
            tenant_id: "cafe".to_owned(),
            ..CreateTenantRequest::default()
        }
        .encode_to_vec(),
        "GetTenant" => GetTenantRequest { tenant_id }.encode_to_vec(),
        "ListTenants" => ListTenantsRequest::default().encode_to_vec(),
        "UpdateTenant" => UpdateTenantRequest {
            tenant_id,
            name: Some("Acme".to_owned()),
            ..UpdateTenantRequest::default()
        }
        .encode_to_vec(),
        "DisableTenant" => DisableTenantRequest { tenant_id }.encode_to_vec(),
        "EnableTenant" => EnableTenantRequest { tenant_id }.encode_to_vec(),
        "DeleteTenant" => DeleteTenantRequest { tenant_id }.encode_to_vec(),
        "CreateApiKey" => CreateApiKeyRequest {
            tenant_id,
            label: "billing".to_owned(),
            ..CreateApiKeyRequest::default()
        }
        .encode_to_vec(),
        "ListApiKeys" => ListApiKeysRequest { tenant_id }.encode_to_vec(),
        "RotateApiKey" => RotateApiKeyRequest {
            tenant_id,
            key_id,
            ..RotateApiKeyRequest::default()
        }
        .encode_to_vec(),
        "RevokeApiKey" => RevokeApiKeyRequest { tenant_id, key_id }.encode_to_vec(),
        "GetUsage" => GetUsageRequest {
            tenant_id,
            ..GetUsageRequest::default()
        }
        .encode_to_vec(),
        new => panic!(
            "a new RPC: add a valid request of {new} here and what it may show to `isolation`"
        ),
    }
}
