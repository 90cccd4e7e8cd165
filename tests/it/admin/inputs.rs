//! Invalid requests: each is refused with the field and the fix, and changes nothing.

use prost::Message;
use tonic::Code;
use waba_migrator::proto::v1::{
    CreateApiKeyRequest, CreateTenantRequest, GetTenantRequest, GetUsageRequest,
    ListTenantsRequest, RevokeApiKeyRequest, RotateApiKeyRequest, UpdateTenantRequest,
};

use super::harness::{StoreKind, open, refusal};

const CANARY: &str = "canary of a secret";

fn create(edit: impl FnOnce(&mut CreateTenantRequest)) -> (&'static str, Vec<u8>) {
    let mut request = CreateTenantRequest {
        tenant_id: "cafe".to_owned(),
        ..CreateTenantRequest::default()
    };
    edit(&mut request);
    ("CreateTenant", request.encode_to_vec())
}

fn update(edit: impl FnOnce(&mut UpdateTenantRequest)) -> (&'static str, Vec<u8>) {
    let mut request = UpdateTenantRequest {
        tenant_id: "acme".to_owned(),
        ..UpdateTenantRequest::default()
    };
    edit(&mut request);
    ("UpdateTenant", request.encode_to_vec())
}

fn key(edit: impl FnOnce(&mut CreateApiKeyRequest)) -> (&'static str, Vec<u8>) {
    let mut request = CreateApiKeyRequest {
        tenant_id: "acme".to_owned(),
        label: "billing".to_owned(),
        ..CreateApiKeyRequest::default()
    };
    edit(&mut request);
    ("CreateApiKey", request.encode_to_vec())
}

fn rotate(edit: impl FnOnce(&mut RotateApiKeyRequest)) -> (&'static str, Vec<u8>) {
    let mut request = RotateApiKeyRequest {
        tenant_id: "acme".to_owned(),
        key_id: "key_01935f00000070008000000000000001".to_owned(),
        ..RotateApiKeyRequest::default()
    };
    edit(&mut request);
    ("RotateApiKey", request.encode_to_vec())
}

fn usage(from: &str, to: &str) -> (&'static str, Vec<u8>) {
    let request = GetUsageRequest {
        tenant_id: "acme".to_owned(),
        from_month: from.to_owned(),
        to_month: to.to_owned(),
    };
    ("GetUsage", request.encode_to_vec())
}

/// An RPC, an invalid request of it, the field, and a part of the fix.
type Case = ((&'static str, Vec<u8>), &'static str, &'static str);

#[expect(clippy::too_many_lines, reason = "one table, a row an input")]
fn cases() -> Vec<Case> {
    let no_time = Some(prost_types::Duration::default());
    let negative = Some(prost_types::Duration {
        seconds: -1,
        nanos: 0,
    });
    let text = |text: &str| text.to_owned();
    vec![
        (create(|it| it.tenant_id.clear()), "tenant_id", "is missing"),
        (
            create(|it| it.tenant_id = text("Café")),
            "tenant_id",
            "1 to 40 lower-case letters",
        ),
        (
            create(|it| it.tenant_id = "a".repeat(41)),
            "tenant_id",
            "1 to 40",
        ),
        (
            create(|it| it.name = "x".repeat(101)),
            "name",
            "1 to 100 characters",
        ),
        (
            create(|it| it.name = text("two\nlines")),
            "name",
            "one line",
        ),
        (
            create(|it| it.language = text("portuguese!")),
            "language",
            "must be",
        ),
        (
            create(|it| it.requests_per_second = -1),
            "requests_per_second",
            "1 to 1000000",
        ),
        (
            create(|it| it.burst = 1_000_001),
            "burst",
            "or 0 for the service's limit",
        ),
        (create(|it| it.app_id = text("my app")), "app_id", "digits"),
        (
            create(|it| it.access_token = text(CANARY)),
            "access_token",
            "must",
        ),
        (
            create(|it| it.app_secret = text(CANARY)),
            "app_secret",
            "must",
        ),
        (
            update(|it| it.tenant_id = text("../acme")),
            "tenant_id",
            "1 to 40",
        ),
        (
            update(|it| it.name = Some(String::new())),
            "name",
            "is missing",
        ),
        (update(|it| it.burst = Some(-7)), "burst", "1 to 1000000"),
        (
            update(|it| it.access_token = Some(text(CANARY))),
            "access_token",
            "must",
        ),
        (key(|it| it.label.clear()), "label", "is missing"),
        (key(|it| it.label = "x".repeat(101)), "label", "1 to 100"),
        (
            key(|it| it.expires_after = no_time),
            "expires_after",
            "longer than 0",
        ),
        (
            key(|it| it.expires_after = negative),
            "expires_after",
            "longer than 0",
        ),
        (rotate(|it| it.key_id.clear()), "key_id", "is missing"),
        (
            rotate(|it| it.key_id = text("wam_canary")),
            "key_id",
            "key_ and 32 hexadecimal digits",
        ),
        (
            rotate(|it| it.overlap = negative),
            "overlap",
            "must not be negative",
        ),
        (usage("2026-13", ""), "from_month", "such as 2026-11"),
        (usage("", "November"), "to_month", "such as 2026-11"),
        (usage("2026-05", "2026-04"), "to_month", "2026-05 or later"),
        (usage("2020-01", "2026-04"), "to_month", "at most 36 months"),
        (
            (
                "ListTenants",
                ListTenantsRequest {
                    page_size: 201,
                    ..ListTenantsRequest::default()
                }
                .encode_to_vec(),
            ),
            "page_size",
            "1 to 200",
        ),
        (
            (
                "ListTenants",
                ListTenantsRequest {
                    page_token: text("Not a token"),
                    ..ListTenantsRequest::default()
                }
                .encode_to_vec(),
            ),
            "page_token",
            "of a response",
        ),
        (
            (
                "RevokeApiKey",
                RevokeApiKeyRequest {
                    tenant_id: text("acme"),
                    key_id: text("key_7"),
                }
                .encode_to_vec(),
            ),
            "key_id",
            "32 hexadecimal digits",
        ),
        (
            (
                "GetTenant",
                GetTenantRequest {
                    tenant_id: text("a b"),
                }
                .encode_to_vec(),
            ),
            "tenant_id",
            "lower-case letters",
        ),
    ]
}

/// A field as the transport of this run names it.
fn named(field: &str) -> String {
    if !crate::support::transport::is_rest() {
        return field.to_owned();
    }
    let mut parts = field.split('_');
    let first = parts.next().unwrap().to_owned();
    parts.fold(first, |name, part| {
        let (head, rest) = part.split_at(1);
        name + &head.to_uppercase() + rest
    })
}

#[tokio::test]
async fn an_invalid_request_is_refused_with_its_field_and_the_fix() {
    let (harness, admin) = open(StoreKind::Sqlite).await;
    for ((rpc, message), field, fix) in cases() {
        let answer = admin.call(rpc, message).await;
        assert_eq!(
            answer.code,
            Code::InvalidArgument,
            "{rpc} {field}: {answer:?}"
        );
        assert_eq!(answer.reason(), "INVALID_FIELDS");
        let details = String::from_utf8_lossy(&answer.details).into_owned();
        for part in [CANARY, "wam_canary"] {
            let shown = details.contains(part) || answer.message.contains(part);
            assert!(!shown, "{rpc} repeats a secret: {}", answer.message);
        }
        // The field is named as the caller wrote it.
        let is_named = [field.to_owned(), named(field)]
            .iter()
            .any(|name| details.contains(name.as_str()));
        assert!(is_named, "{rpc} {field}: {details}");
        assert!(details.contains(fix), "{rpc} {field}: {details}");
    }
    let get = GetTenantRequest {
        tenant_id: "cafe".to_owned(),
    };
    let (_, reason, _) = refusal(&admin, "GetTenant", &get).await;
    assert_eq!(reason, "TENANT_NOT_FOUND", "nothing was created");
    drop(harness);
}

#[tokio::test]
async fn all_wrong_fields_are_named_at_once() {
    let (_harness, admin) = open(StoreKind::Sqlite).await;
    let request = CreateTenantRequest {
        tenant_id: String::new(),
        burst: -1,
        app_id: "x".to_owned(),
        ..CreateTenantRequest::default()
    };
    let (_, _, details) = refusal(&admin, "CreateTenant", &request).await;
    assert_eq!(details.bad_request().unwrap().field_violations.len(), 3);
}
