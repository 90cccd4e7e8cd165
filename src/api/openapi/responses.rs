//! What comes back.

use axum::http::{Method, StatusCode};
use serde_json::{Map, Value as Json, json};

use super::schema::Schemas;
use crate::api::contract::{Contract, Rpc};
use crate::api::openapi::reasons;
use crate::api::rest::http_of;
use crate::api::{DOMAIN, Reason, status};

/// The form of every error.
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
                    "description": "Always an `ErrorInfo`; with it a `BadRequest` for fields, a `PreconditionFailure` for a state \
                                    that forbids it, a `QuotaFailure` and a `RetryInfo` for limits, a `ResourceInfo` for what it \
                                    is about.",
                    "minItems": 1,
                    "items": {
                        "type": "object",
                        "required": ["@type"],
                        "properties": {
                            "@type": { "type": "string" },
                            "reason": { "type": "string", "description": "Of an `ErrorInfo`: the stable name.", "enum": reasons },
                            "retryDelay": { "type": "string", "description": "Of a `RetryInfo`: how long to wait." },
                        },
                    },
                },
            },
        }},
    })
}

/// The answers of an RPC, by status.
pub(super) fn of(
    contract: &Contract,
    rpc: &Rpc,
    reasons: &[Reason],
    schemas: &mut Schemas,
) -> Json {
    let mut responses = Map::new();
    let answer = schemas.answer(&rpc.method.output());
    if rpc.streams() {
        responses.insert("200".to_owned(), stream(&answer));
        let none = "There is no more to come: `Last-Event-ID` was the last event, and the migration has ended.";
        responses.insert("204".to_owned(), json!({ "description": none }));
    } else {
        responses.insert("200".to_owned(), whole(contract, rpc, &answer));
        if rpc.verb == Method::GET {
            let unchanged = "What is held has not changed.";
            responses.insert(
                "304".to_owned(),
                json!({ "description": unchanged, "headers": etag() }),
            );
        }
    }
    for (status, reasons) in reasons::by_status(reasons) {
        responses.insert(status.as_u16().to_string(), error(status, &reasons));
    }
    responses.into()
}

fn whole(contract: &Contract, rpc: &Rpc, answer: &Json) -> Json {
    let mut headers = Map::new();
    if rpc.verb == Method::GET {
        headers = etag();
    }
    if rpc.method.input().get_field_by_name("wait").is_some() {
        let applied = "What was made of the header `Prefer`.";
        headers.insert("Preference-Applied".to_owned(), header(applied));
    }
    json!({
        "description": "What was asked for.",
        "headers": headers,
        "content": { "application/json": { "schema": answer } },
        "links": links(contract, rpc),
    })
}

/// What can be done next with what was started here.
fn links(contract: &Contract, rpc: &Rpc) -> Map<String, Json> {
    let has_migration = rpc.method.output().get_field_by_name("migration").is_some();
    let starts = has_migration && rpc.in_path().next().is_none();
    let about_one = contract
        .rpcs
        .iter()
        .filter(|other| starts && other.in_path().next().is_some());
    about_one
        .map(|other| {
            let name = other.method.name().to_owned();
            let parameters = json!({ "migration_id": "$response.body#/migration/id" });
            let link = json!({ "operationId": name, "parameters": parameters });
            (name, link)
        })
        .collect()
}

fn stream(message: &Json) -> Json {
    let description = "Server-sent events. Each has the event's sequence as its `id` and a `WatchResponse` as its `data`. The stream \
                       ends after an event named `end`. Where it breaks off, an event named `status` holds the error, and the \
                       stream may be taken up again after the last `id`. A comment comes every 15 seconds.";
    json!({
        "description": description,
        "content": { "text/event-stream": { "schema": {
            "type": "object",
            "description": "One event of the stream.",
            "required": ["data"],
            "properties": {
                "data": { "type": "string", "contentMediaType": "application/json", "contentSchema": message },
                "id": { "type": "string", "description": "The event's sequence." },
                "event": { "type": "string", "enum": ["message", "end", "status"] },
                "retry": { "type": "integer", "description": "Milliseconds until the stream may be taken up again." },
            },
        }}},
    })
}

fn error(status: StatusCode, reasons: &[Reason]) -> Json {
    let names: Vec<_> = reasons
        .iter()
        .map(|it| format!("`{}`", it.as_str()))
        .collect();
    let description = format!("Refused. The reason is one of: {}.", names.join(", "));
    let mut all = Map::new();
    for reason in reasons {
        let name = reason.as_str();
        let example = json!({ "$ref": format!("#/components/examples/{name}") });
        all.insert(name.to_owned(), example);
    }
    let mut headers = Map::new();
    if matches!(
        status,
        StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE
    ) {
        let seconds = json!({ "description": "Seconds until it may be asked again.", "schema": { "type": "integer" } });
        headers.insert("Retry-After".to_owned(), seconds);
    }
    if status == StatusCode::UNAUTHORIZED {
        headers.insert("WWW-Authenticate".to_owned(), header("`Bearer`."));
    }
    json!({
        "description": description,
        "headers": headers,
        "content": { "application/json": {
            "schema": { "$ref": "#/components/schemas/Error" },
            "examples": all,
        }},
    })
}

/// An error for each reason, which says what it means.
pub(super) fn examples() -> Json {
    let named = Reason::ALL.iter().map(|reason| {
        let example = json!({ "summary": reason.sentence(), "value": example(*reason) });
        (reason.as_str().to_owned(), example)
    });
    named.collect::<Map<_, _>>().into()
}

/// An error as it may come, its metadata and further details left out.
fn example(reason: Reason) -> Json {
    json!({ "error": {
        "code": http_of(reason).as_u16(),
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
    let tag = "The tag of this answer, for `If-None-Match`.";
    Map::from_iter([("ETag".to_owned(), header(tag))])
}

fn header(description: &str) -> Json {
    json!({ "description": description, "schema": { "type": "string" } })
}
