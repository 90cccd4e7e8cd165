//! The audit log of refused calls.

use std::io::Write;
use std::sync::{Arc, Mutex};

use tonic::metadata::{Ascii, MetadataValue};
use tracing::subscriber::DefaultGuard;

use super::*;
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
