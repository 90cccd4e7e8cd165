//! Examples of requests and responses. A test checks that the service accepts each request.

use std::sync::LazyLock;

use prost::Message as _;
use prost_reflect::DynamicMessage;
use serde_json::{Map, Value as Json, json};

use super::{Comment, reasons, set};
use crate::api::contract::{Contract, Rpc};
use crate::api::status::{RETRY_SOON, StatusBuilder};
use crate::api::{Reason, request_info, rest};
use tonic::Code;
use tonic_types::FieldViolation;

/// The id of a migration.
pub(in crate::api) const MIGRATION_ID: &str = "mig_01935f00000070008000000000000001";
const TENANT_ID: &str = "acme";
const KEY_ID: &str = "key_01935f00000070008000000000000001";
const TRACE_ID: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
/// Migrations in several states, a check and events, as the sandbox has them: shortened, without
/// empty fields.
const RECORDED: &str = include_str!("examples/migrations.json");

static SAMPLES: LazyLock<Json> =
    LazyLock::new(|| serde_json::from_str(RECORDED).unwrap_or_default());

/// An example of a field in the path.
pub(super) fn path_field(name: &str) -> Option<&'static str> {
    match name {
        "migration_id" => Some(MIGRATION_ID),
        "tenant_id" => Some(TENANT_ID),
        "key_id" => Some(KEY_ID),
        _ => None,
    }
}

/// Example bodies for this RPC, by their summary.
pub(in crate::api) fn of(rpc: &Rpc) -> Option<Json> {
    let (destination, source) = ("215589313241560", "104996122399160");
    let examples = match rpc.method.name() {
        "Migrate" => json!({
            "a number at another provider": { "value": {
                "requestId": "order-4711",
                "phoneNumber": "+12025550100",
                "sourceWabaId": source,
                "destinationWabaId": destination,
            }},
            "with a phone call, and a stop before the cutover": { "value": {
                "requestId": "order-4712",
                "phoneNumber": "+1 202 555 0101",
                "destinationWabaId": destination,
                "codeMethod": "CODE_METHOD_VOICE",
                "language": "pt_BR",
                "cutover": { "hold": true },
                "labels": { "team": "north" },
                "wait": "0s",
            }},
        }),
        "CheckEligibility" => json!({ "a number": { "value": {
            "phoneNumber": "+12025550100",
            "sourceWabaId": source,
            "destinationWabaId": destination,
        }}}),
        "SubmitCode" => json!({ "the code from the SMS": { "value": { "code": "123-830" } } }),
        "ResendCode" => {
            json!({ "by a phone call": { "value": { "codeMethod": "CODE_METHOD_VOICE" } } })
        }
        "Resume" => json!({
            "after a remedy": { "value": {} },
            "with another token": { "value": { "accessToken": "EAAB…" } },
        }),
        "UpdateMigration" => json!({
            "a later cutover": { "value": { "cutover": { "notBefore": "2030-06-02T02:00:00Z" } } },
            "a label, and more time": { "value": {
                "labels": { "team": "south" },
                "expiresAfter": "2592000s",
            }},
        }),
        "ForgetNumber" => {
            json!({ "a number": { "value": { "phoneNumber": "+12025550100" } } })
        }
        "CreateTenant" => json!({ "a customer with a token of its own": { "value": {
            "tenantId": TENANT_ID,
            "name": "Acme Ltd",
            "codeMethod": "CODE_METHOD_SMS",
            "requestsPerSecond": 20,
            "accessToken": "EAAB…",
        }}}),
        "UpdateTenant" => json!({ "another name, and the service's limit": { "value": {
            "name": "Acme Limited",
            "requestsPerSecond": 0,
        }}}),
        "CreateApiKey" => json!({ "a key for a support desk": { "value": {
            "label": "support desk",
            "role": "ROLE_READER",
            "expiresAfter": "7776000s",
        }}}),
        "RotateApiKey" => {
            json!({ "an overlap of an hour": { "value": { "overlap": "3600s" } } })
        }
        _ if rpc.has_body => json!({ "the path says it all": { "value": {} } }),
        _ => return None,
    };
    Some(examples)
}

/// An example of a response of this RPC. `created` is whether the call has created something, where
/// it can also have found it.
pub(super) fn response(rpc: &Rpc, created: bool) -> Option<Json> {
    let sample = |name: &str| SAMPLES.get(name).cloned().unwrap_or_default();
    let (waiting, succeeded) = (sample("waiting"), sample("succeeded"));
    let value = match rpc.method.name() {
        "Migrate" => json!({ "migration": waiting, "alreadyExisted": !created }),
        "GetStatus" | "ResendCode" | "UpdateMigration" => json!({ "migration": waiting }),
        "SubmitCode" | "Resume" => json!({ "migration": succeeded }),
        "Cancel" => json!({ "migration": sample("canceled") }),
        "CheckEligibility" => sample("eligibility"),
        "RevealTwoStepPin" => json!({ "twoStepPin": "495021" }),
        "ListMigrations" => json!({ "migrations": [succeeded] }),
        "ListEvents" => json!({ "events": sample("events"), "more": true }),
        "ForgetNumber" => json!({ "removed": 1 }),
        "CreateTenant" | "GetTenant" | "EnableTenant" => json!({ "tenant": tenant() }),
        "UpdateTenant" => json!({ "tenant": with(tenant(), "name", "Acme Limited") }),
        "DisableTenant" => {
            let disabled = with(tenant(), "disabledAt", "2026-12-01T09:30:56Z");
            json!({ "tenant": with(disabled, "enabled", false) })
        }
        "ListTenants" => json!({ "tenants": [tenant()] }),
        "CreateApiKey" => json!({ "apiKey": api_key(), "key": key() }),
        "ListApiKeys" => json!({ "apiKeys": [api_key()] }),
        "RotateApiKey" => {
            let replaced = with(api_key(), "id", "key_01935f00000070008000000000000002");
            json!({ "apiKey": api_key(), "key": key(), "replaced": replaced })
        }
        "RevokeApiKey" => {
            let revoked = with(api_key(), "revokedAt", "2026-12-01T09:30:56Z");
            json!({ "apiKey": with(revoked, "status", "API_KEY_STATUS_REVOKED") })
        }
        "GetUsage" => json!({ "months": [{
            "month": "2026-11",
            "migrationsStarted": "120",
            "migrationsSucceeded": "117",
            "graphCalls": "6042",
        }]}),
        _ => json!({}),
    };
    complete(rpc, value)
}

/// The beginning of the stream of this RPC.
pub(super) fn stream(rpc: &Rpc) -> Option<String> {
    let event = SAMPLES.pointer("/events/0")?;
    let message = complete(rpc, json!({ "event": event }))?;
    let id = message.pointer("/event/sequence")?.as_str()?;
    Some(format!("id: {id}\ndata: {message}\n\n"))
}

/// A response with its empty fields, as REST writes it.
fn complete(rpc: &Rpc, value: Json) -> Option<Json> {
    let message = DynamicMessage::deserialize(rpc.method.output(), value).ok()?;
    let (json, _) = rpc.response_json(&message.encode_to_vec())?;
    serde_json::from_slice(&json).ok()
}

fn tenant() -> Json {
    json!({
        "id": TENANT_ID,
        "name": "Acme Ltd",
        "enabled": true,
        "codeMethod": "CODE_METHOD_SMS",
        "requestsPerSecond": 20,
        "hasAccessToken": true,
        "createdAt": "2026-12-01T09:00:00Z",
        "updatedAt": "2026-12-01T09:00:00Z",
    })
}

fn api_key() -> Json {
    json!({
        "id": KEY_ID,
        "tenantId": TENANT_ID,
        "role": "ROLE_READER",
        "label": "support desk",
        "prefix": "0ExampleOf",
        "status": "API_KEY_STATUS_VALID",
        "createdAt": "2026-12-01T09:00:00Z",
        "expiresAt": "2027-03-01T09:00:00Z",
    })
}

/// The text of a key, as far as it can be shown.
fn key() -> &'static str {
    "wam_0ExampleOf…"
}

fn with(mut object: Json, key: &str, value: impl Into<Json>) -> Json {
    set(&mut object, key, value);
    object
}

/// An example of an error for each reason for which an RPC can fail over REST.
pub(super) fn errors(contract: &Contract) -> Map<String, Json> {
    let rpcs = contract.rpcs.iter();
    let used: Vec<Reason> = rpcs
        .flat_map(|rpc| reasons::of(rpc, &Comment::of_rpc(rpc)))
        .collect();
    let all = Reason::ALL.iter().filter(|reason| used.contains(reason));
    let named = all.map(|reason| {
        let example = json!({ "summary": reason.sentence(), "value": error(contract, *reason) });
        (reason.as_str().to_owned(), example)
    });
    named.collect()
}

/// An error of this reason, with the details that one of its kind has.
fn error(contract: &Contract, reason: Reason) -> Json {
    let mut status = StatusBuilder::new(reason);
    if reason == Reason::InvalidFields {
        let field = "phone_number";
        let description = "is missing; it must be in E.164, for example `+12025550123`";
        status = status
            .message(format!("`{field}` {description}."))
            .fields(vec![FieldViolation::new(field, description)]);
    }
    if reason.action().contains("`RetryInfo`") {
        status = status.retry_after(RETRY_SOON);
    }
    match reason.code() {
        Code::FailedPrecondition => {
            status = status.state(MIGRATION_ID, reason.sentence().to_owned());
        }
        Code::NotFound if reason == Reason::MigrationNotFound => {
            status = status.resource(MIGRATION_ID.parse().ok());
        }
        _ => {}
    }
    rest::error_json(contract, &request_info::add(&status.build(), TRACE_ID))
}
