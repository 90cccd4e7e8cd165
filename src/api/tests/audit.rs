//! The audit log of refused calls.

use std::io::Write;
use std::sync::{Arc, Mutex};

use tonic::metadata::{Ascii, MetadataValue};
use tracing::subscriber::DefaultGuard;

use super::*;
use crate::proto::v1::admin_service_client::AdminServiceClient;
use domain::tenancy::{ApiKey, ApiKeyId, KeyText, Role};

/// The captured log.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Log {
    /// Captures the whole log of this thread.
    fn begin(&self) -> DefaultGuard {
        let log = self.clone();
        let subscriber = tracing_subscriber::fmt()
            .json()
            .flatten_event(true)
            .with_max_level(tracing::Level::TRACE)
            .with_writer(move || log.clone());
        tracing::subscriber::set_default(subscriber.finish())
    }

    fn whole(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }

    /// The lines about refused calls.
    fn refusals(&self) -> Vec<serde_json::Value> {
        let lines = self.whole();
        let lines = lines
            .lines()
            .map(|line| serde_json::from_str(line).unwrap());
        lines
            .filter(|line: &serde_json::Value| line["message"] == "call refused")
            .collect()
    }
}

/// The lines about executed acts of administration.
fn acts(log: &Log) -> Vec<String> {
    let whole = log.whole();
    let lines = whole
        .lines()
        .map(|line| serde_json::from_str(line).unwrap());
    let acts = lines.filter(|line: &serde_json::Value| line["message"] == "admin call");
    let text =
        |line: &serde_json::Value, field: &str| line[field].as_str().unwrap_or("-").to_owned();
    acts.map(|line| {
        assert_eq!(line["level"], "INFO");
        ["rpc.method", "principal", "tenant.id", "changed", "role"]
            .map(|field| text(&line, field))
            .join(" ")
    })
    .collect()
}

fn key(n: u8) -> KeyText {
    KeyText::from_random(&[n; KeyText::RANDOM_BYTES])
}

async fn api_with_key(role: Role) -> (ApiHarness, ApiKeyId) {
    let settings = auth::Settings {
        api_keys: true,
        ..auth::Settings::default()
    };
    let (api, store) = ApiHarness::with_auth(settings).await;
    let id = ApiKeyId::from_uuid(uuid::Uuid::from_u128(7));
    let kept = ApiKey {
        id,
        tenant: domain::TenantId::default_tenant(),
        role,
        label: "billing".parse().unwrap(),
        prefix: key(1).prefix(),
        hash: key(1).hash(),
        created_at: api.clock.now(),
        expires_at: None,
        revoked_at: None,
        last_used_at: None,
    };
    store.create_key(&kept).await.unwrap();
    (api, id)
}

fn with_key<T>(n: u8, message: T) -> tonic::Request<T> {
    let mut request = tonic::Request::new(message);
    let shown: MetadataValue<Ascii> = format!("Bearer {}", key(n).expose()).parse().unwrap();
    request.metadata_mut().insert("authorization", shown);
    request
}

fn cancel() -> v1::CancelRequest {
    v1::CancelRequest {
        migration_id: UNKNOWN_ID.to_owned(),
        wait: None,
    }
}

#[tokio::test]
async fn each_refusal_is_logged_with_principal_and_reason() {
    let (api, id) = api_with_key(Role::Migrator).await;
    let log = Log::default();
    let _logging = log.begin();
    let mut client = api.client();
    client.cancel(cancel()).await.unwrap_err();
    client.cancel(with_key(9, cancel())).await.unwrap_err();
    client.cancel(with_key(1, cancel())).await.unwrap_err();
    let status = v1::GetStatusRequest {
        migration_id: UNKNOWN_ID.to_owned(),
    };
    client.get_status(with_key(1, status)).await.unwrap_err();
    let refusals = log.refusals();
    assert!(refusals.iter().all(|line| line["level"] == "INFO"));
    let reported: Vec<(&str, &str)> = refusals
        .iter()
        .map(|line| {
            (
                line["reason"].as_str().unwrap(),
                line["rpc.method"].as_str().unwrap(),
            )
        })
        .collect();
    assert_eq!(
        reported,
        [
            ("CREDENTIALS_MISSING", "Cancel"),
            ("API_KEY_UNKNOWN", "Cancel"),
            ("MIGRATION_NOT_FOUND", "Cancel"),
            ("MIGRATION_NOT_FOUND", "GetStatus"),
        ]
    );
    assert!(refusals[1].get("principal").is_none() && refusals[1].get("tenant.id").is_none());
    assert_eq!(refusals[2]["principal"], format!("api-key:{id}"));
    assert_eq!(refusals[2]["tenant.id"], "default");
    assert_eq!(refusals[2]["migration.id"], UNKNOWN_ID);
    for n in [1, 9] {
        let key = key(n);
        let secret = &key.expose()[16..];
        assert!(!log.whole().contains(secret), "a key is in the log");
    }
}

#[tokio::test]
async fn a_reader_without_permission_is_named() {
    let (api, id) = api_with_key(Role::Reader).await;
    let log = Log::default();
    let _logging = log.begin();
    let refused = api
        .client()
        .cancel(with_key(1, cancel()))
        .await
        .unwrap_err();
    assert_reason(&refused, Reason::RoleMayNot);
    let refusals = log.refusals();
    assert_eq!(refusals.len(), 1);
    assert_eq!(refusals[0]["principal"], format!("api-key:{id}"));
}

#[tokio::test]
async fn unauthenticated_clients_can_neither_fill_the_log_nor_hide_known_callers() {
    let (api, _) = api_with_key(Role::Reader).await;
    let log = Log::default();
    let _logging = log.begin();
    let mut client = api.client();
    for _ in 0..300 {
        client.cancel(cancel()).await.unwrap_err();
    }
    let lines = log.refusals().len();
    assert!((100..200).contains(&lines), "{lines}");
    client.cancel(with_key(1, cancel())).await.unwrap_err();
    assert_eq!(log.refusals().last().unwrap()["reason"], "ROLE_MAY_NOT");
    api.clock.advance(SignedDuration::from_mins(1));
    client.cancel(cancel()).await.unwrap_err();
    // Every refusal has a line, or is counted in the next line.
    let unauthenticated = log
        .refusals()
        .into_iter()
        .filter(|line| line.get("principal").is_none());
    let reported: u64 = unauthenticated
        .map(|line| 1 + line["suppressed"].as_u64().unwrap())
        .sum();
    assert_eq!(reported, 301);
}

#[tokio::test]
async fn each_act_of_administration_is_a_line_without_secrets() {
    let (api, id) = api_with_key(Role::Admin).await;
    let log = Log::default();
    let _logging = log.begin();
    let mut admin = AdminServiceClient::new(api.router.clone());
    let create = v1::CreateTenantRequest {
        tenant_id: "acme".to_owned(),
        access_token: "EAABcanaryOfTheToken".to_owned(),
        ..v1::CreateTenantRequest::default()
    };
    admin.create_tenant(with_key(1, create)).await.unwrap();
    let update = v1::UpdateTenantRequest {
        tenant_id: "acme".to_owned(),
        name: Some("Acme".to_owned()),
        app_secret: Some("canaryOfTheAppSecret".to_owned()),
        // Unchanged, so not named.
        language: Some(String::new()),
        ..v1::UpdateTenantRequest::default()
    };
    admin.update_tenant(with_key(1, update)).await.unwrap();
    let tenant_id = "acme".to_owned();
    let disable = v1::DisableTenantRequest {
        tenant_id: tenant_id.clone(),
    };
    admin.disable_tenant(with_key(1, disable)).await.unwrap();
    let create = v1::CreateApiKeyRequest {
        tenant_id: tenant_id.clone(),
        label: "billing".to_owned(),
        role: v1::Role::Reader.into(),
        expires_after: None,
    };
    let created = admin.create_api_key(with_key(1, create)).await.unwrap();
    let created = created.into_inner();
    let list = v1::ListTenantsRequest::default();
    admin.list_tenants(with_key(1, list)).await.unwrap();
    // Refused, so it is in the audit log of refused calls alone.
    let delete = v1::DeleteTenantRequest {
        tenant_id: "missing".to_owned(),
    };
    admin.delete_tenant(with_key(1, delete)).await.unwrap_err();
    let by = format!("api-key:{id}");
    assert_eq!(
        acts(&log),
        [
            format!("CreateTenant {by} acme access_token -"),
            format!("UpdateTenant {by} acme name,app_secret -"),
            format!("DisableTenant {by} acme enabled -"),
            format!("CreateApiKey {by} acme - reader"),
            format!("ListTenants {by} - - -"),
        ]
    );
    assert_eq!(log.refusals().last().unwrap()["reason"], "TENANT_NOT_FOUND");
    let whole = log.whole();
    assert!(whole.contains(&created.api_key.unwrap().id));
    for secret in ["canary", &created.key[16..]] {
        assert!(!whole.contains(secret), "a secret is in the log");
    }
}
