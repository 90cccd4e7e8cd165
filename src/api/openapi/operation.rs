//! The operation of one RPC.

use axum::http::Method;
use prost_reflect::FieldDescriptor;
use serde_json::{Value as Json, json};

use super::comments::Comment;
use super::schema::{Schemas, is_required};
use super::{examples, reasons, responses, set, tags};
use crate::api::contract::{Contract, Rpc};

/// How to read a stream over REST.
const STREAM: &str = "Over REST these are server-sent events, which few generated clients can read: \
they wait for the end of the stream and return its text, or run into their timeout. Read the stream \
with an `EventSource`, with `fetch`, or with `requests.get(url, stream=True)`; or call ListEvents \
with the last sequence received.";

/// The operation.
pub(super) fn of(contract: &Contract, rpc: &Rpc, schemas: &mut Schemas) -> Json {
    let comment = Comment::of_rpc(rpc);
    let reasons = reasons::of(rpc, &comment);
    let mut description = comment.text();
    if rpc.streams() {
        description.push_str("\n\n");
        description.push_str(STREAM);
    }
    let mut operation = json!({
        "operationId": rpc.method.name(),
        "tags": [tags::of(rpc)],
        "summary": comment.summary(),
        "description": description,
        "parameters": parameters(rpc, schemas),
        "responses": responses::of(contract, rpc, &reasons, schemas),
    });
    if let (true, Some(operation)) = (rpc.has_body, operation.as_object_mut()) {
        operation.insert("requestBody".to_owned(), body(rpc, schemas));
    }
    operation
}

fn body(rpc: &Rpc, schemas: &mut Schemas) -> Json {
    let message = rpc.method.input();
    let required = message
        .fields()
        .any(|field| is_required(&field) && !rpc.is_in_path(field.name()));
    let schema = schemas.request(&message, &|name| rpc.is_in_path(name));
    let mut content = json!({ "schema": schema });
    if let (Some(examples), Some(content)) = (examples::of(rpc), content.as_object_mut()) {
        content.insert("examples".to_owned(), examples);
    }
    json!({ "required": required, "content": { "application/json": content } })
}

fn parameters(rpc: &Rpc, schemas: &mut Schemas) -> Vec<Json> {
    let fields = rpc.method.input().fields().collect::<Vec<_>>();
    let mut parameters: Vec<Json> = fields
        .iter()
        .filter_map(|field| parameter(rpc, field, schemas))
        .collect();
    parameters.extend(headers(rpc));
    parameters
}

fn parameter(rpc: &Rpc, field: &FieldDescriptor, schemas: &mut Schemas) -> Option<Json> {
    let is_in_path = rpc.is_in_path(field.name());
    if rpc.has_body && !is_in_path {
        return None;
    }
    let mut parameter = json!({
        "description": Comment::of_field(field).text(),
        "required": is_required(field),
        "schema": schemas.undescribed(field),
    });
    let mut set = |name, value: Json| set(&mut parameter, name, value);
    if is_in_path {
        set("name", field.name().into());
        set("in", "path".into());
        if let Some(example) = examples::path_field(field.name()) {
            set("example", example.into());
        }
    } else {
        set("name", field.json_name().into());
        set("in", "query".into());
        set("explode", true.into());
        let style = if field.is_map() { "deepObject" } else { "form" };
        set("style", style.into());
    }
    Some(parameter)
}

fn headers(rpc: &Rpc) -> Vec<Json> {
    let header = |name: &str, description: &str, schema: Json| {
        json!({
            "name": name,
            "in": "header",
            "required": false,
            "description": description,
            "schema": schema,
        })
    };
    let mut headers = Vec::new();
    if rpc.request_field("request_id").is_some() {
        headers.push(header(
            "Idempotency-Key",
            "`requestId`, if it is not in the body.",
            json!({ "type": "string", "minLength": 1, "maxLength": 64 }),
        ));
    }
    if rpc.request_field("wait").is_some() {
        headers.push(header(
            "Prefer",
            "`wait=5`: `wait` in whole seconds, if it is not in the body (RFC 7240).",
            json!({ "type": "string", "examples": ["wait=5"] }),
        ));
    }
    if rpc.streams() {
        headers.push(header(
            "Last-Event-ID",
            "The `id` of the last event received. The stream continues after it.",
            json!({ "type": "string", "pattern": "^[0-9]{1,18}$" }),
        ));
    } else if rpc.verb == Method::GET {
        headers.push(header(
            "If-None-Match",
            "The `ETag` of an earlier response. If it still matches, the response is 304 without a \
             body.",
            json!({ "type": "string" }),
        ));
    }
    headers.push(header(
        "Traceparent",
        "The trace of the request (W3C Trace Context).",
        json!({ "type": "string" }),
    ));
    headers
}
