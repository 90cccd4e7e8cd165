//! The responses of an RPC.

use axum::http::{Method, StatusCode};
use serde_json::{Map, Value as Json, json};

use super::schema::Schemas;
use super::{examples, reasons, set};
use crate::api::Reason;
use crate::api::contract::{Contract, Creation, Rpc};

/// The header of every response.
const TRACE_ID: &str = "x-trace-id";

/// The responses of an RPC, by HTTP status.
pub(super) fn of(
    contract: &Contract,
    rpc: &Rpc,
    reasons: &[Reason],
    schemas: &mut Schemas,
) -> Json {
    let mut responses = Map::new();
    let message = schemas.response(&rpc.method.output());
    if rpc.streams() {
        responses.insert("200".to_owned(), stream(rpc, &message));
        let end = "`Last-Event-ID` was the last event: the migration has ended.";
        let end = json!({ "description": end, "headers": with_trace_id(Map::new()) });
        responses.insert("204".to_owned(), end);
    } else {
        let creation = rpc.creates.as_ref();
        if let Some(creation) = creation {
            let created = success(contract, rpc, &message, Some(creation));
            responses.insert("201".to_owned(), created);
        }
        if creation.is_none_or(|it| it.already_existed.is_some()) {
            let existing = success(contract, rpc, &message, None);
            responses.insert("200".to_owned(), existing);
        }
        if rpc.verb == Method::GET {
            let unchanged = json!({
                "description": "The `ETag` in `If-None-Match` still matches.",
                "headers": with_trace_id(etag()),
            });
            responses.insert("304".to_owned(), unchanged);
        }
    }
    for (status, reasons) in reasons::by_status(reasons) {
        responses.insert(status.as_u16().to_string(), error(status, &reasons));
    }
    responses.into()
}

/// The response of a call that succeeded, and has created a resource where there is a `creation`.
fn success(contract: &Contract, rpc: &Rpc, message: &Json, creation: Option<&Creation>) -> Json {
    let mut headers = Map::new();
    if rpc.verb == Method::GET {
        headers = etag();
    }
    if rpc.request_field("wait").is_some() {
        let applied = "The preference of the header `Prefer` that was applied.";
        headers.insert("Preference-Applied".to_owned(), header(applied));
    }
    if creation.is_some_and(|it| it.can_be_read) {
        let location = header("The path of the new resource.");
        headers.insert("Location".to_owned(), location);
    }
    let mut content = json!({ "schema": message });
    if let Some(example) = examples::response(rpc, creation.is_some()) {
        set(&mut content, "example", example);
    }
    json!({
        "description": if creation.is_some() { "Created." } else { "Success." },
        "headers": with_trace_id(headers),
        "content": { "application/json": content },
        "links": links(contract, rpc),
    })
}

/// Links from a new migration to the operations on it.
fn links(contract: &Contract, rpc: &Rpc) -> Map<String, Json> {
    let has_migration = rpc.method.output().get_field_by_name("migration").is_some();
    let starts = has_migration && rpc.path_fields().next().is_none();
    let rpcs = contract.rpcs.iter();
    rpcs.filter(|other| starts && other.is_in_path("migration_id"))
        .map(|other| {
            let name = other.method.name().to_owned();
            let parameters = json!({ "migration_id": "$response.body#/migration/id" });
            let link = json!({ "operationId": name, "parameters": parameters });
            (name, link)
        })
        .collect()
}

/// The response of a stream. Its schema is the text as received: a generated client that does not
/// know server-sent events returns it as a string.
fn stream(rpc: &Rpc, message: &Json) -> Json {
    let description = "Server-sent events. Each has the event's sequence as its `id` and a \
                       `WatchResponse` as its `data`. The stream ends after an event named `end`. An \
                       event named `status` holds an error that ended the stream: reconnect with the \
                       last `id`. A comment is sent every 15 seconds.";
    json!({
        "description": description,
        "headers": with_trace_id(Map::new()),
        "content": { "text/event-stream": {
            "schema": {
                "type": "string",
                "description": "The text of the stream. Each `data` is a `WatchResponse`.",
                "contentMediaType": "application/json",
                "contentSchema": message,
            },
            "example": examples::stream(rpc),
        }},
    })
}

fn error(status: StatusCode, reasons: &[Reason]) -> Json {
    let names = reasons.iter().map(|reason| reason.as_str());
    let listed: Vec<_> = names.clone().map(|name| format!("`{name}`")).collect();
    let examples: Map<_, _> = names
        .map(|name| {
            let example = json!({ "$ref": format!("#/components/examples/{name}") });
            (name.to_owned(), example)
        })
        .collect();
    let mut headers = Map::new();
    if matches!(
        status,
        StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE
    ) {
        let seconds = json!({
            "description": "Delay before a retry, in seconds.",
            "schema": { "type": "integer" },
        });
        headers.insert("Retry-After".to_owned(), seconds);
    }
    if status == StatusCode::UNAUTHORIZED {
        headers.insert("WWW-Authenticate".to_owned(), header("`Bearer`."));
    }
    json!({
        "description": format!("Error. The reason is one of: {}.", listed.join(", ")),
        "headers": with_trace_id(headers),
        "content": { "application/json": {
            "schema": { "$ref": "#/components/schemas/Error" },
            "examples": examples,
        }},
    })
}

/// The header of every response.
pub(super) fn headers() -> Json {
    json!({ TRACE_ID: {
        "description": "The trace id of the request, as in the log of the service. Quote it to the \
                        operator.",
        "schema": { "type": "string", "pattern": "^[0-9a-f]{32}$" },
    }})
}

/// The headers of a response, with the one that every response has.
fn with_trace_id(mut headers: Map<String, Json>) -> Map<String, Json> {
    let header = json!({ "$ref": format!("#/components/headers/{TRACE_ID}") });
    headers.insert(TRACE_ID.to_owned(), header);
    headers
}

fn etag() -> Map<String, Json> {
    let tag = "The entity tag of the response, for `If-None-Match`.";
    Map::from_iter([("ETag".to_owned(), header(tag))])
}

fn header(description: &str) -> Json {
    json!({ "description": description, "schema": { "type": "string" } })
}
