//! The responses of an RPC.

use axum::http::{Method, StatusCode};
use serde_json::{Map, Value as Json, json};

use super::reasons;
use super::schema::Schemas;
use crate::api::contract::{Contract, Creation, Rpc};
use crate::api::{DOMAIN, Reason, status};

/// The schema of every error.
pub(super) fn schema() -> Json {
    let reasons: Vec<_> = Reason::ALL.iter().map(|reason| reason.as_str()).collect();
    json!({
        "type": "object",
        "description": "An error, in the form of Google's APIs.",
        "required": ["error"],
        "properties": { "error": {
            "type": "object",
            "required": ["code", "message", "status", "details"],
            "properties": {
                "code": { "type": "integer", "description": "The HTTP status." },
                "message": { "type": "string", "description": "What is wrong, in plain English." },
                "status": { "type": "string", "description": "The gRPC status code." },
                "details": {
                    "type": "array",
                    "description": "Always contains an `ErrorInfo`. Also a `BadRequest` for invalid \
                                    fields, a `PreconditionFailure` for a state that forbids the \
                                    call, a `QuotaFailure` and a `RetryInfo` for limits, and a \
                                    `ResourceInfo` for the migration concerned.",
                    "minItems": 1,
                    "items": {
                        "type": "object",
                        "required": ["@type"],
                        "properties": {
                            "@type": { "type": "string" },
                            "reason": {
                                "type": "string",
                                "description": "In an `ErrorInfo`: the stable reason.",
                                "enum": reasons,
                            },
                            "retryDelay": {
                                "type": "string",
                                "description": "In a `RetryInfo`: the delay before a retry.",
                            },
                        },
                    },
                },
            },
        }},
    })
}

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
        responses.insert("200".to_owned(), stream(&message));
        let end = "`Last-Event-ID` was the last event: the migration has ended.";
        responses.insert("204".to_owned(), json!({ "description": end }));
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
                "headers": etag(),
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
    json!({
        "description": if creation.is_some() { "Created." } else { "Success." },
        "headers": headers,
        "content": { "application/json": { "schema": message } },
        "links": links(contract, rpc),
    })
}

/// Links from a new migration to the operations on it.
fn links(contract: &Contract, rpc: &Rpc) -> Map<String, Json> {
    let has_path_field = |rpc: &Rpc| rpc.path_fields().next().is_some();
    let has_migration = rpc.method.output().get_field_by_name("migration").is_some();
    let starts = has_migration && !has_path_field(rpc);
    let rpcs = contract.rpcs.iter();
    rpcs.filter(|other| starts && has_path_field(other))
        .map(|other| {
            let name = other.method.name().to_owned();
            let parameters = json!({ "migration_id": "$response.body#/migration/id" });
            let link = json!({ "operationId": name, "parameters": parameters });
            (name, link)
        })
        .collect()
}

fn stream(message: &Json) -> Json {
    let description = "Server-sent events. Each has the event's sequence as its `id` and a \
                       `WatchResponse` as its `data`. The stream ends after an event named `end`. An \
                       event named `status` holds an error that ended the stream: reconnect with the \
                       last `id`. A comment is sent every 15 seconds.";
    json!({
        "description": description,
        "content": { "text/event-stream": { "schema": {
            "type": "object",
            "description": "One event of the stream.",
            "required": ["data"],
            "properties": {
                "data": {
                    "type": "string",
                    "contentMediaType": "application/json",
                    "contentSchema": message,
                },
                "id": { "type": "string", "description": "The sequence of the event." },
                "event": { "type": "string", "enum": ["message", "end", "status"] },
                "retry": {
                    "type": "integer",
                    "description": "Delay before a reconnect, in milliseconds.",
                },
            },
        }}},
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
        "headers": headers,
        "content": { "application/json": {
            "schema": { "$ref": "#/components/schemas/Error" },
            "examples": examples,
        }},
    })
}

/// An example of an error for each reason.
pub(super) fn examples() -> Json {
    let named = Reason::ALL.iter().map(|reason| {
        let example = json!({ "summary": reason.sentence(), "value": example(*reason) });
        (reason.as_str().to_owned(), example)
    });
    named.collect::<Map<_, _>>().into()
}

/// An error without metadata and further details.
fn example(reason: Reason) -> Json {
    json!({ "error": {
        "code": reason.http().as_u16(),
        "message": reason.sentence(),
        "status": status::code_name(reason.code()),
        "details": [{
            "@type": "type.googleapis.com/google.rpc.ErrorInfo",
            "reason": reason.as_str(),
            "domain": DOMAIN,
            "metadata": {},
        }],
    }})
}

fn etag() -> Map<String, Json> {
    let tag = "The entity tag of the response, for `If-None-Match`.";
    Map::from_iter([("ETag".to_owned(), header(tag))])
}

fn header(description: &str) -> Json {
    json!({ "description": description, "schema": { "type": "string" } })
}
