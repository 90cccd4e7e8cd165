//! What the log says of who was refused what.

use std::io::Write;
use std::sync::{Arc, Mutex};

use tonic::metadata::{Ascii, MetadataValue};
use tracing::subscriber::DefaultGuard;

use super::*;
use domain::tenancy::{ApiKey, ApiKeyId, KeyText, Role};

/// What was logged.
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
    /// Begins to log all that there is, on this thread.
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
            .filter(|line: &serde_json::Value| line["message"] == "a call was refused")
            .collect()
    }
}

fn key(n: u8) -> KeyText {
    KeyText::from_random(&[n; KeyText::RANDOM_BYTES])
}

async fn door(role: Role) -> (Door, ApiKeyId) {
    let settings = auth::Settings {
        api_keys: true,
        ..auth::Settings::default()
    };
    let (door, store) = Door::asking(settings).await;
    let id = ApiKeyId::from_uuid(uuid::Uuid::from_u128(7));
    let kept = ApiKey {
        id,
        tenant: domain::TenantId::default_tenant(),
        role,
        label: "billing".parse().unwrap(),
        prefix: key(1).prefix(),
        hash: key(1).hash(),
        created_at: door.clock.now(),
        expires_at: None,
        revoked_at: None,
        last_used_at: None,
    };
    store.create_key(&kept).await.unwrap();
    (door, id)
}

fn showing<T>(n: u8, message: T) -> tonic::Request<T> {
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
async fn each_refusal_is_a_line_that_says_who_and_what() {
    let (door, id) = door(Role::Migrator).await;
    let log = Log::default();
    let _logging = log.begin();
    let mut client = door.client();
    client.cancel(cancel()).await.unwrap_err();
    client.cancel(showing(9, cancel())).await.unwrap_err();
    client.cancel(showing(1, cancel())).await.unwrap_err();
    // What is only looked for is not said.
    let status = v1::GetStatusRequest {
        migration_id: UNKNOWN_ID.to_owned(),
    };
    client.get_status(showing(1, status)).await.unwrap_err();
    let refusals = log.refusals();
    let told: Vec<(&str, &str)> = refusals
        .iter()
        .map(|line| {
            (
                line["reason"].as_str().unwrap(),
                line["rpc.method"].as_str().unwrap(),
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            ("CREDENTIALS_MISSING", "Cancel"),
            ("API_KEY_UNKNOWN", "Cancel"),
            ("MIGRATION_NOT_FOUND", "Cancel"),
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
async fn a_reader_that_may_not_is_named() {
    let (door, id) = door(Role::Reader).await;
    let log = Log::default();
    let _logging = log.begin();
    let refused = door
        .client()
        .cancel(showing(1, cancel()))
        .await
        .unwrap_err();
    assert_reason(&refused, Reason::RoleMayNot);
    let refusals = log.refusals();
    assert_eq!(refusals.len(), 1);
    assert_eq!(refusals[0]["principal"], format!("api-key:{id}"));
}

#[tokio::test]
async fn strangers_cannot_fill_the_log_nor_hide_in_it_who_is_known() {
    let (door, _) = door(Role::Reader).await;
    let log = Log::default();
    let _logging = log.begin();
    let mut client = door.client();
    for _ in 0..300 {
        client.cancel(cancel()).await.unwrap_err();
    }
    let lines = log.refusals().len();
    assert!((100..200).contains(&lines), "{lines}");
    client.cancel(showing(1, cancel())).await.unwrap_err();
    assert_eq!(log.refusals().last().unwrap()["reason"], "ROLE_MAY_NOT");
    door.clock.advance(SignedDuration::from_mins(1));
    client.cancel(cancel()).await.unwrap_err();
    // None is forgotten: it has a line of its own, or is counted in the next.
    let of_strangers = log
        .refusals()
        .into_iter()
        .filter(|line| line.get("principal").is_none());
    let told: u64 = of_strangers
        .map(|line| 1 + line["unsaid"].as_u64().unwrap())
        .sum();
    assert_eq!(told, 301);
}
