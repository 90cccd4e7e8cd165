//! Settings and lists of tenants.

use tonic::Code;
use waba_migrator::proto::v1::{
    CodeMethod, CreateTenantRequest, CreateTenantResponse, DeleteTenantRequest,
    DisableTenantRequest, GetTenantRequest, GetTenantResponse, ListTenantsRequest,
    ListTenantsResponse, Tenant, TwoStepPinSource, UpdateTenantRequest, UpdateTenantResponse,
};

use super::harness::{Caller, StoreKind, create, open, refusal};

/// A tenant with every setting.
fn whole() -> CreateTenantRequest {
    CreateTenantRequest {
        tenant_id: "cafe".to_owned(),
        name: "Café do Porto".to_owned(),
        sandbox: true,
        code_method: CodeMethod::Voice.into(),
        language: "pt_BR".to_owned(),
        two_step_pin_source: TwoStepPinSource::Generated.into(),
        requests_per_second: 7,
        burst: 9,
        access_token: "EAABtokenOfCafe".to_owned(),
        app_id: "138483919580948".to_owned(),
        app_secret: "0123456789abcdef0123456789abcdef".to_owned(),
    }
}

async fn updated(admin: &Caller, request: UpdateTenantRequest) -> Tenant {
    let answer: UpdateTenantResponse = admin.ask("UpdateTenant", &request).await;
    let tenant = answer.tenant.unwrap();
    let get = GetTenantRequest {
        tenant_id: tenant.id.clone(),
    };
    let read: GetTenantResponse = admin.ask("GetTenant", &get).await;
    assert_eq!(read.tenant.as_ref(), Some(&tenant));
    tenant
}

#[tokio::test]
async fn a_setting_changes_only_if_it_is_sent_and_an_empty_one_is_removed() {
    let (_harness, admin) = open(StoreKind::Sqlite).await;
    let answer: CreateTenantResponse = admin.ask("CreateTenant", &whole()).await;
    let created = answer.tenant.unwrap();
    let wanted = Tenant {
        id: "cafe".to_owned(),
        name: "Café do Porto".to_owned(),
        enabled: true,
        disabled_at: None,
        sandbox: true,
        code_method: CodeMethod::Voice.into(),
        language: "pt_BR".to_owned(),
        two_step_pin_source: TwoStepPinSource::Generated.into(),
        requests_per_second: 7,
        burst: 9,
        has_access_token: true,
        app_id: "138483919580948".to_owned(),
        has_app_secret: true,
        created_at: created.created_at,
        updated_at: created.updated_at,
        unreadable: false,
    };
    assert_eq!(created, wanted);
    let nothing = UpdateTenantRequest {
        tenant_id: "cafe".to_owned(),
        ..UpdateTenantRequest::default()
    };
    assert_eq!(updated(&admin, nothing.clone()).await, wanted);
    let renamed = UpdateTenantRequest {
        name: Some("Café".to_owned()),
        ..nothing.clone()
    };
    let renamed = updated(&admin, renamed).await;
    let expected = Tenant {
        name: "Café".to_owned(),
        updated_at: renamed.updated_at,
        ..wanted.clone()
    };
    assert_eq!(renamed, expected);
    let bare = UpdateTenantRequest {
        sandbox: Some(false),
        code_method: Some(CodeMethod::Unspecified.into()),
        language: Some(String::new()),
        two_step_pin_source: Some(TwoStepPinSource::Unspecified.into()),
        requests_per_second: Some(0),
        burst: Some(0),
        access_token: Some(String::new()),
        app_id: Some(String::new()),
        app_secret: Some(String::new()),
        ..nothing
    };
    let bare = updated(&admin, bare).await;
    let expected = Tenant {
        id: "cafe".to_owned(),
        name: "Café".to_owned(),
        enabled: true,
        created_at: wanted.created_at,
        updated_at: bare.updated_at,
        ..Tenant::default()
    };
    assert_eq!(bare, expected);
}

#[tokio::test]
async fn tenants_are_listed_by_id_in_pages() {
    let (_harness, admin) = open(StoreKind::Sqlite).await;
    for id in ["zoo", "cafe"] {
        create(&admin, id).await;
    }
    let mut pages: Vec<Vec<String>> = Vec::new();
    let mut request = ListTenantsRequest {
        page_size: 2,
        page_token: String::new(),
    };
    loop {
        let page: ListTenantsResponse = admin.ask("ListTenants", &request).await;
        pages.push(page.tenants.into_iter().map(|tenant| tenant.id).collect());
        request.page_token = page.next_page_token;
        if request.page_token.is_empty() {
            break;
        }
    }
    assert_eq!(
        pages,
        [vec!["acme", "bakery"], vec!["cafe", "default"], vec!["zoo"]]
    );
}

#[tokio::test]
async fn the_operators_tenant_is_neither_deleted_nor_disabled_by_its_admin() {
    let (_harness, admin) = open(StoreKind::Sqlite).await;
    let tenant_id = "default".to_owned();
    let delete = DeleteTenantRequest {
        tenant_id: tenant_id.clone(),
    };
    let disable = DisableTenantRequest { tenant_id };
    let deleted = refusal(&admin, "DeleteTenant", &delete).await;
    let disabled = refusal(&admin, "DisableTenant", &disable).await;
    for (code, reason, _) in [deleted, disabled] {
        assert_eq!(
            (code, reason.as_str()),
            (Code::FailedPrecondition, "TENANT_IS_DEFAULT")
        );
    }
}

#[tokio::test]
async fn an_id_is_given_once() {
    let (_harness, admin) = open(StoreKind::Sqlite).await;
    let again = CreateTenantRequest {
        tenant_id: "acme".to_owned(),
        ..CreateTenantRequest::default()
    };
    let (code, reason, details) = refusal(&admin, "CreateTenant", &again).await;
    assert_eq!(
        (code, reason.as_str()),
        (Code::AlreadyExists, "TENANT_EXISTS")
    );
    assert_eq!(details.error_info().unwrap().metadata["tenant_id"], "acme");
}
