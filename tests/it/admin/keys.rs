//! API keys: create, rotate, revoke.

use jiff::SignedDuration;
use tonic::Code;
use waba_migrator::proto::v1::{
    ApiKey, ApiKeyStatus, CheckEligibilityRequest, CreateApiKeyRequest, ListApiKeysRequest,
    ListApiKeysResponse, ListMigrationsRequest, RevokeApiKeyRequest, RevokeApiKeyResponse, Role,
    RotateApiKeyRequest, RotateApiKeyResponse,
};

use super::harness::{Caller, StoreKind, create, create_key, holder, open, refusal};
use crate::support::service::{DESTINATION, request};

async fn listed(admin: &Caller, tenant: &str) -> Vec<ApiKey> {
    let request = ListApiKeysRequest {
        tenant_id: tenant.to_owned(),
    };
    let answer: ListApiKeysResponse = admin.ask("ListApiKeys", &request).await;
    answer.api_keys
}

fn hours(hours: i64) -> prost_types::Duration {
    prost_types::Duration {
        seconds: hours * 3600,
        nanos: 0,
    }
}

fn rotation(key: &ApiKey) -> RotateApiKeyRequest {
    RotateApiKeyRequest {
        tenant_id: key.tenant_id.clone(),
        key_id: key.id.clone(),
        overlap: None,
        expires_after: None,
    }
}

#[tokio::test]
async fn a_rotated_key_works_beside_the_new_one_for_the_overlap() {
    let (harness, admin) = open(StoreKind::Sqlite).await;
    create(&admin, "cafe").await;
    let first = create_key(&admin, "cafe", Role::Reader).await;
    let old = first.api_key.unwrap();
    assert_eq!(
        (old.status(), old.role()),
        (ApiKeyStatus::Valid, Role::Reader)
    );
    assert!(first.key.contains(&old.prefix));
    let overlap = RotateApiKeyRequest {
        overlap: Some(hours(1)),
        ..rotation(&old)
    };
    let rotated: RotateApiKeyResponse = admin.ask("RotateApiKey", &overlap).await;
    let new = rotated.api_key.unwrap();
    assert_eq!((new.role(), &new.label), (Role::Reader, &old.label));
    let replaced = rotated.replaced.unwrap();
    assert_eq!(replaced.id, old.id);
    assert!(replaced.expires_at.is_some() && new.expires_at.is_none());
    let keys = listed(&admin, "cafe").await;
    assert_eq!(keys, [replaced.clone(), new.clone()]);
    let list = ListMigrationsRequest::default();
    let holders = [&first.key, &rotated.key].map(|key| holder(&harness, key));
    let call = || prost::Message::encode_to_vec(&list);
    for caller in &holders {
        assert_eq!(caller.call("ListMigrations", call()).await.code, Code::Ok);
    }
    harness.service.clock.advance(SignedDuration::from_hours(2));
    assert_eq!(
        refusal(&holders[0], "ListMigrations", &list).await.1,
        "API_KEY_EXPIRED"
    );
    assert_eq!(
        holders[1].call("ListMigrations", call()).await.code,
        Code::Ok
    );
    // An expired key is not rotated again.
    let (code, reason, details) = refusal(&admin, "RotateApiKey", &rotation(&old)).await;
    assert_eq!(
        (code, reason.as_str()),
        (Code::FailedPrecondition, "API_KEY_NOT_VALID")
    );
    assert_eq!(details.error_info().unwrap().metadata["key_id"], old.id);
}

#[tokio::test]
async fn a_key_that_expires_is_rotated_to_one_that_expires() {
    let (_harness, admin) = open(StoreKind::Sqlite).await;
    let request = CreateApiKeyRequest {
        tenant_id: "acme".to_owned(),
        label: "billing".to_owned(),
        role: Role::Unspecified.into(),
        expires_after: Some(hours(48)),
    };
    let created: waba_migrator::proto::v1::CreateApiKeyResponse =
        admin.ask("CreateApiKey", &request).await;
    let key = created.api_key.unwrap();
    assert_eq!(key.role(), Role::Migrator);
    let (_, reason, details) = refusal(&admin, "RotateApiKey", &rotation(&key)).await;
    assert_eq!(reason, "INVALID_FIELDS");
    let violation = &details.bad_request().unwrap().field_violations[0];
    assert!(violation.field.contains("expires"), "{violation:?}");
    let longer = RotateApiKeyRequest {
        expires_after: Some(hours(96)),
        overlap: Some(hours(1000)),
        ..rotation(&key)
    };
    let rotated: RotateApiKeyResponse = admin.ask("RotateApiKey", &longer).await;
    let replaced = rotated.replaced.unwrap();
    assert_eq!(replaced.expires_at, key.expires_at, "it is not extended");
}

#[tokio::test]
async fn a_revoked_key_is_refused() {
    let (harness, admin) = open(StoreKind::Sqlite).await;
    let created = create_key(&admin, "bakery", Role::Migrator).await;
    let key = created.api_key.unwrap();
    let revoke = |tenant: &str| RevokeApiKeyRequest {
        tenant_id: tenant.to_owned(),
        key_id: key.id.clone(),
    };
    // The key of another tenant does not exist.
    let (code, reason, details) = refusal(&admin, "RevokeApiKey", &revoke("acme")).await;
    assert_eq!(
        (code, reason.as_str()),
        (Code::NotFound, "API_KEY_NOT_FOUND")
    );
    assert_eq!(details.resource_info().unwrap().resource_name, key.id);
    let (_, reason, _) = refusal(&admin, "RevokeApiKey", &revoke("missing")).await;
    assert_eq!(reason, "TENANT_NOT_FOUND");
    let answer: RevokeApiKeyResponse = admin.ask("RevokeApiKey", &revoke("bakery")).await;
    let revoked = answer.api_key.unwrap();
    assert_eq!(revoked.status(), ApiKeyStatus::Revoked);
    let again: RevokeApiKeyResponse = admin.ask("RevokeApiKey", &revoke("bakery")).await;
    assert_eq!(again.api_key, Some(revoked), "it keeps its time");
    let bakery = holder(&harness, &created.key);
    let list = ListMigrationsRequest::default();
    assert_eq!(
        refusal(&bakery, "ListMigrations", &list).await.1,
        "API_KEY_REVOKED"
    );
}

#[tokio::test]
async fn an_admin_key_is_only_for_the_operators_tenant() {
    let (harness, admin) = open(StoreKind::Sqlite).await;
    let request = CreateApiKeyRequest {
        tenant_id: "acme".to_owned(),
        label: "platform".to_owned(),
        role: Role::Admin.into(),
        expires_after: None,
    };
    let (_, reason, details) = refusal(&admin, "CreateApiKey", &request).await;
    assert_eq!(reason, "INVALID_FIELDS");
    let violation = &details.bad_request().unwrap().field_violations[0];
    assert_eq!(violation.field, "role");
    assert!(violation.description.contains("tenant default"));
    let second = create_key(&admin, "default", Role::Admin).await;
    let second = holder(&harness, &second.key);
    assert_eq!(listed(&second, "acme").await, []);
    // It includes the role of a migrator, for its own tenant.
    let migrate = prost::Message::encode_to_vec(&request_of_a_number());
    assert_eq!(second.call("Migrate", migrate).await.code, Code::Ok);
}

fn request_of_a_number() -> waba_migrator::proto::v1::MigrateRequest {
    request("+12025550100")
}

#[tokio::test]
async fn a_reader_checks_eligibility_and_starts_nothing() {
    let (harness, admin) = open(StoreKind::Sqlite).await;
    let key = create_key(&admin, "acme", Role::Reader).await.key;
    let reader = holder(&harness, &key);
    let check = CheckEligibilityRequest {
        phone_number: "+12025550100".to_owned(),
        destination_waba_id: DESTINATION.to_owned(),
        ..CheckEligibilityRequest::default()
    };
    let checked = reader
        .call("CheckEligibility", prost::Message::encode_to_vec(&check))
        .await;
    assert_eq!(checked.code, Code::Ok, "{checked:?}");
    let (_, reason, _) = refusal(&reader, "Migrate", &request("+12025550100")).await;
    assert_eq!(reason, "ROLE_MAY_NOT");
    assert!(harness.service.sandbox.ledger().is_empty());
}
