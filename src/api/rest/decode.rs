//! Decodes a REST request into the request message of its RPC: from the body or the query, the path
//! and the headers.

mod object;
mod query;

use std::sync::OnceLock;

use axum::body::{Body, BodyDataStream, Bytes};
use axum::extract::Query;
use axum::http::{HeaderMap, Uri, header};
use futures_util::StreamExt as _;
use prost::Message as _;
use prost_reflect::{DynamicMessage, Value};
use serde_json::{Map, Value as Json};
use tonic::Status;

use super::field_names::FieldNames;
use super::headers;
use crate::api::contract::Rpc;
use crate::api::fields::Fields;
use crate::api::status::StatusBuilder;
use crate::api::{ApiLimits, Reason, transport};

/// The field that the header `Idempotency-Key` stands for.
const REQUEST_ID: &str = "request_id";

/// The parts of a REST request.
#[derive(Debug)]
pub(super) struct RestRequest {
    /// The fields in the path, by name.
    pub(super) path: Vec<(String, String)>,
    /// The URI, for its query.
    pub(super) uri: Uri,
    /// The headers.
    pub(super) headers: HeaderMap,
    /// The body, which may not have arrived yet.
    pub(super) body: Body,
}

/// The encoded request message. Sets `names` to how the caller wrote its fields.
pub(super) async fn message(
    rpc: &Rpc,
    request: RestRequest,
    limits: ApiLimits,
    names: &OnceLock<FieldNames>,
) -> Result<Vec<u8>, Status> {
    let RestRequest {
        path,
        uri,
        headers,
        body,
    } = request;
    // Kept until the message is complete: while it exists, its bytes count as being received.
    let mut body = body.into_data_stream();
    let body = if rpc.has_body {
        let body = collected(&mut body, limits).await?;
        parsed(&headers, &body)?
    } else {
        Map::new()
    };
    let mut written = FieldNames::default();
    let message = Fields::collect(|fields| {
        let mut message = DynamicMessage::new(rpc.method.input());
        let query = from_query(fields, &mut written, rpc, &uri);
        object::read(fields, &mut written, "", body, &mut message);
        object::read(fields, &mut written, "", query, &mut message);
        for (name, text) in path {
            let conflict = "differs from the value in the path: leave it out";
            set(fields, &mut message, &name, Value::String(text), conflict);
        }
        from_headers(fields, &mut written, rpc, &headers, &mut message);
        Some(message)
    });
    // A request is decoded once.
    let _ = names.set(written);
    Ok(message?.encode_to_vec())
}

/// The whole body, up to the maximum size.
async fn collected(pieces: &mut BodyDataStream, limits: ApiLimits) -> Result<Vec<u8>, Status> {
    let mut whole = Vec::new();
    while let Some(piece) = pieces.next().await {
        let piece: Bytes = piece.map_err(|error| {
            transport::status_of(error).unwrap_or_else(|| {
                StatusBuilder::new(Reason::MalformedJson)
                    .message("The body was not sent completely.")
                    .build()
            })
        })?;
        if whole.len() + piece.len() > limits.max_message_bytes {
            return Err(StatusBuilder::new(Reason::MessageTooLarge)
                .metadata("max_message_bytes", &limits.max_message_bytes)
                .build());
        }
        whole.extend_from_slice(&piece);
    }
    Ok(whole)
}

/// The body as a JSON object. An empty body is an object without fields.
fn parsed(headers: &HeaderMap, body: &[u8]) -> Result<Map<String, Json>, Status> {
    if body.is_empty() {
        return Ok(Map::new());
    }
    if !is_json(headers) {
        return Err(StatusBuilder::new(Reason::ContentTypeUnsupported).build());
    }
    let status = match serde_json::from_slice(body) {
        Ok(Json::Object(object)) => return Ok(object),
        Ok(_) => {
            StatusBuilder::new(Reason::MalformedJson).message("The body must be a JSON object.")
        }
        // serde_json has no category for this error.
        Err(error) if error.to_string().starts_with("recursion limit exceeded") => {
            StatusBuilder::new(Reason::JsonTooDeep)
        }
        // The error names the position, never the content.
        Err(error) => StatusBuilder::new(Reason::MalformedJson)
            .message(format!("The body is not JSON: {error}.")),
    };
    Err(status.build())
}

/// Whether the content type is JSON in UTF-8. A web page of another origin can send a form to this
/// port, but JSON only after a CORS preflight.
fn is_json(headers: &HeaderMap) -> bool {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let mut parts = text(header::CONTENT_TYPE)
        .unwrap_or_default()
        .split(';')
        .map(|part| part.trim().to_ascii_lowercase());
    let is_json = parts.next().as_deref() == Some("application/json");
    let is_utf8 = |part: String| match part.strip_prefix("charset=") {
        Some(charset) => charset.trim_matches('"') == "utf-8",
        None => true,
    };
    let is_plain = text(header::CONTENT_ENCODING).is_none_or(|encoding| encoding == "identity");
    is_json && is_plain && parts.all(is_utf8)
}

/// The fields in the query, for an RPC without a body.
fn from_query(
    fields: &mut Fields,
    names: &mut FieldNames,
    rpc: &Rpc,
    uri: &Uri,
) -> Map<String, Json> {
    let Ok(Query(mut pairs)) = Query::<Vec<(String, String)>>::try_from_uri(uri) else {
        fields.refuse("query", "cannot be parsed");
        return Map::new();
    };
    let descriptor = rpc.method.input();
    pairs.retain(|(key, _)| {
        let field = object::find(&descriptor, key);
        let elsewhere = if rpc.has_body {
            "is in the query: move it to the body"
        } else if field.as_ref().is_some_and(|it| rpc.is_in_path(it.name())) {
            "is in the path: remove it from the query"
        } else {
            return true;
        };
        let name = field.map_or_else(|| object::shown(key), |field| field.name().to_owned());
        names.note(&name, &object::shown(key));
        fields.refuse(name, elsewhere);
        false
    });
    query::read(fields, &descriptor, pairs)
}

/// Sets the fields that headers stand for.
fn from_headers(
    fields: &mut Fields,
    names: &mut FieldNames,
    rpc: &Rpc,
    headers: &HeaderMap,
    message: &mut DynamicMessage,
) {
    let key = headers::idempotency_key(headers);
    if let (Some(key), Some(_)) = (key, rpc.request_field(REQUEST_ID)) {
        let conflict = "differs from the Idempotency-Key header: send one of them";
        if !message.has_field_by_name(REQUEST_ID) {
            names.note_header(REQUEST_ID, "Idempotency-Key");
        }
        let value = Value::String(key.to_owned());
        set(fields, message, REQUEST_ID, value, conflict);
    }
    let wait = headers::applied_wait(rpc, headers).zip(rpc.request_field("wait"));
    if let Some((wait, field)) = wait {
        let conflict = "differs from the Prefer header: send one of them";
        match object::value(&field, Json::String(format!("{}s", wait.as_secs()))) {
            Some(value) => set(fields, message, "wait", value, conflict),
            None => fields.refuse("Prefer", "must have a wait of 0 to 60 seconds"),
        }
    }
    if let (Some(id), true) = (headers.get(headers::LAST_EVENT_ID), rpc.streams()) {
        let id = id.to_str().ok().and_then(|id| id.trim().parse().ok());
        match id {
            Some(id) => message.set_field_by_name("after_sequence", Value::I64(id)),
            None => fields.refuse("Last-Event-ID", "must be the id of an event"),
        }
    }
}

/// Sets a field, unless it has a different value already.
fn set(
    fields: &mut Fields,
    message: &mut DynamicMessage,
    name: &str,
    value: Value,
    conflict: &str,
) {
    let differs = message.has_field_by_name(name)
        && message.get_field_by_name(name).as_deref() != Some(&value);
    if differs {
        fields.refuse(name, conflict);
    } else {
        message.set_field_by_name(name, value);
    }
}
