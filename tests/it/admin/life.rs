//! The life of a tenant, from its creation by a platform to its deletion.

use std::time::Duration;

use tonic::Code;
use waba_migrator::proto::v1::{
    CreateTenantRequest, DeleteTenantRequest, DeleteTenantResponse, DisableTenantRequest,
    DisableTenantResponse, EnableTenantRequest, EnableTenantResponse, GetStatusRequest,
    GetStatusResponse, GetTenantRequest, ListMigrationsRequest, MigrateResponse, Migration, Role,
    State, SubmitCodeRequest, SubmitCodeResponse,
};

use super::harness::{AccessHarness, Caller, StoreKind, create, create_key, holder, open, refusal};
use crate::support::service::request;

const NUMBER: &str = "+12025550100";

pub async fn started(caller: &Caller, number: &str) -> Migration {
    let answer: MigrateResponse = caller.ask("Migrate", &request(number)).await;
    answer.migration.unwrap()
}

/// Moves a number to the end.
pub async fn moved(harness: &AccessHarness, caller: &Caller, number: &str) {
    let migration = started(caller, number).await;
    assert_eq!(migration.state(), State::WaitingForCode, "{migration:?}");
    let submit = SubmitCodeRequest {
        migration_id: migration.id.clone(),
        code: harness.service.code(number).unwrap(),
        wait: None,
    };
    let answer: SubmitCodeResponse = caller.ask("SubmitCode", &submit).await;
    let mut migration = answer.migration.unwrap();
    while migration.state() == State::Running {
        tokio::time::sleep(Duration::from_millis(10)).await;
        let status = GetStatusRequest {
            migration_id: migration.id.clone(),
        };
        let answer: GetStatusResponse = caller.ask("GetStatus", &status).await;
        migration = answer.migration.unwrap();
    }
    assert_eq!(migration.state(), State::Succeeded, "{migration:?}");
}

async fn a_tenant_lives_from_its_creation_to_its_deletion(kind: StoreKind) {
    let (harness, admin) = open(kind).await;
    let tenant = create(&admin, "cafe").await;
    assert_eq!((tenant.id.as_str(), tenant.name.as_str()), ("cafe", "cafe"));
    assert!(tenant.enabled && tenant.has_access_token && !tenant.has_app_secret);
    let created = create_key(&admin, "cafe", Role::Migrator).await;
    let cafe = holder(&harness, &created.key);
    moved(&harness, &cafe, NUMBER).await;
    let live = started(&cafe, "+12025550200").await;

    let id = "cafe".to_owned();
    let delete = DeleteTenantRequest {
        tenant_id: id.clone(),
    };
    let (code, reason, details) = refusal(&admin, "DeleteTenant", &delete).await;
    assert_eq!(
        (code, reason.as_str()),
        (Code::FailedPrecondition, "TENANT_HAS_MIGRATIONS")
    );
    let metadata = &details.error_info().unwrap().metadata;
    assert_eq!(
        (
            metadata["tenant_id"].as_str(),
            metadata["migrations"].as_str()
        ),
        ("cafe", "1")
    );

    // Its callers are refused at once, and served again at once.
    let disable = DisableTenantRequest {
        tenant_id: id.clone(),
    };
    let answer: DisableTenantResponse = admin.ask("DisableTenant", &disable).await;
    let disabled = answer.tenant.unwrap();
    assert!(!disabled.enabled && disabled.disabled_at.is_some());
    let again: DisableTenantResponse = admin.ask("DisableTenant", &disable).await;
    assert_eq!(again.tenant, Some(disabled), "it is disabled already");
    let list = ListMigrationsRequest::default();
    let (_, reason, _) = refusal(&cafe, "ListMigrations", &list).await;
    assert_eq!(reason, "TENANT_DISABLED");
    let enable = EnableTenantRequest {
        tenant_id: id.clone(),
    };
    let answer: EnableTenantResponse = admin.ask("EnableTenant", &enable).await;
    assert!(answer.tenant.unwrap().enabled);
    let canceled = cafe
        .call("Cancel", prost::Message::encode_to_vec(&cancel(&live.id)))
        .await;
    assert_eq!(canceled.code, Code::Ok, "{canceled:?}");

    let _: DeleteTenantResponse = admin.ask("DeleteTenant", &delete).await;
    let (code, reason, details) = refusal(&admin, "DeleteTenant", &delete).await;
    assert_eq!(
        (code, reason.as_str()),
        (Code::NotFound, "TENANT_NOT_FOUND")
    );
    let resource = details.resource_info().unwrap();
    assert_eq!(
        (
            resource.resource_type.as_str(),
            resource.resource_name.as_str()
        ),
        ("waba.migration.v1.Tenant", "cafe")
    );
    let get = GetTenantRequest { tenant_id: id };
    assert_eq!(
        refusal(&admin, "GetTenant", &get).await.1,
        "TENANT_NOT_FOUND"
    );
    assert_eq!(
        refusal(&cafe, "ListMigrations", &list).await.1,
        "API_KEY_UNKNOWN"
    );
    let create_again = CreateTenantRequest {
        tenant_id: "cafe".to_owned(),
        ..CreateTenantRequest::default()
    };
    let (code, reason, _) = refusal(&admin, "CreateTenant", &create_again).await;
    assert_eq!(
        (code, reason.as_str()),
        (Code::FailedPrecondition, "TENANT_ID_RETIRED")
    );
}

fn cancel(id: &str) -> waba_migrator::proto::v1::CancelRequest {
    waba_migrator::proto::v1::CancelRequest {
        migration_id: id.to_owned(),
        wait: None,
    }
}

#[tokio::test]
async fn a_tenant_lives_from_its_creation_to_its_deletion_on_sqlite() {
    a_tenant_lives_from_its_creation_to_its_deletion(StoreKind::Sqlite).await;
}

#[tokio::test]
async fn a_tenant_lives_from_its_creation_to_its_deletion_on_postgresql() {
    a_tenant_lives_from_its_creation_to_its_deletion(StoreKind::Postgres).await;
}
