//! One RPC.

use axum::http::Method;
use prost_reflect::FieldDescriptor;
use serde_json::{Value as Json, json};

use super::schema::{Schemas, is_required};
use super::{examples, responses};
use crate::api::contract::{Contract, Rpc};
use crate::api::openapi::comments::Comment;
use crate::api::openapi::reasons;

/// What is said of it.
pub(super) fn of(contract: &Contract, rpc: &Rpc, schemas: &mut Schemas) -> Json {
    let file = rpc.method.parent_file();
    let comment = Comment::of(file.file_descriptor_proto(), rpc.method.path());
    let reasons = reasons::of(rpc, &comment);
    let mut operation = json!({
        "operationId": rpc.method.name(),
        "summary": comment.summary(),
        "description": comment.text(),
        "parameters": parameters(rpc, schemas),
        "responses": responses::of(contract, rpc, &reasons, schemas),
    });
    if let (true, Some(operation)) = (rpc.has_body, operation.as_object_mut()) {
        let in_path = |name: &str| rpc.in_path().any(|it| it == name);
        let message = rpc.method.input();
        let required = message
            .fields()
            .any(|field| is_required(&field) && !in_path(field.name()));
        let schema = schemas.request(&message, &in_path);
        let mut content = json!({ "schema": schema });
        if let (Some(examples), Some(content)) = (examples::of(rpc), content.as_object_mut()) {
            content.insert("examples".to_owned(), examples);
        }
        let body = json!({ "required": required, "content": { "application/json": content } });
        operation.insert("requestBody".to_owned(), body);
    }
    operation
}

fn parameters(rpc: &Rpc, schemas: &mut Schemas) -> Vec<Json> {
    let in_path = |field: &FieldDescriptor| rpc.in_path().any(|name| name == field.name());
    let message = rpc.method.input();
    let mut parameters = Vec::new();
    for field in message.fields() {
        if in_path(&field) {
            let example = examples::MIGRATION_ID;
            parameters.push(json!({
                "name": field.name(),
                "in": "path",
                "required": true,
                "schema": schemas.field(&field),
                "example": example,
            }));
        } else if !rpc.has_body {
            parameters.push(json!({
                "name": field.json_name(),
                "in": "query",
                "required": is_required(&field),
                "schema": schemas.field(&field),
                "style": if field.is_map() { "deepObject" } else { "form" },
                "explode": true,
            }));
        }
    }
    parameters.extend(headers(rpc));
    parameters
}

fn headers(rpc: &Rpc) -> Vec<Json> {
    let has = |name: &str| rpc.method.input().get_field_by_name(name).is_some();
    let header = |name: &str, description: &str, schema: Json| {
        json!({
            "name": name,
            "in": "header",
            "required": false,
            "description": description,
            "schema": schema,
        })
    };
    let text = || json!({ "type": "string" });
    let mut headers = Vec::new();
    if has("request_id") {
        let key = "`requestId`, where the body does not say it.";
        headers.push(header(
            "Idempotency-Key",
            key,
            json!({ "type": "string", "minLength": 1, "maxLength": 64 }),
        ));
    }
    if has("wait") {
        let wait = "`wait=5`: `wait` in whole seconds, where the body does not say it (RFC 7240).";
        headers.push(header(
            "Prefer",
            wait,
            json!({ "type": "string", "examples": ["wait=5"] }),
        ));
    }
    if rpc.streams() {
        let last = "The `id` of the last event that came: the stream goes on after it.";
        headers.push(header(
            "Last-Event-ID",
            last,
            json!({ "type": "string", "pattern": "^[0-9]{1,18}$" }),
        ));
    } else if rpc.verb == Method::GET {
        let tag =
            "The `ETag` of an answer that is held: where it has not changed, it is not sent again.";
        headers.push(header("If-None-Match", tag, text()));
    }
    let trace = "The trace that the call belongs to (W3C Trace Context).";
    headers.push(header("Traceparent", trace, text()));
    headers
}
