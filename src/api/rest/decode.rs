//! A REST request as the message of the contract that means the same: its body or its query, its path, its headers.

mod object;
mod query;

use axum::body::{Body, BodyDataStream, Bytes};
use axum::extract::Query;
use axum::http::{HeaderMap, Uri, header};
use futures_util::StreamExt as _;
use prost::Message as _;
use prost_reflect::{DynamicMessage, Value};
use serde_json::{Map, Value as Json};
use tonic::Status;

use super::headers as headers_of;
use crate::api::contract::Rpc;
use crate::api::fields::Fields;
use crate::api::status::StatusBuilder;
use crate::api::{Limits, Reason, transport};

/// What was asked for, and how.
#[derive(Debug)]
pub(super) struct Asked {
    /// The fields in the path, by name.
    pub(super) path: Vec<(String, String)>,
    /// The rest of the address.
    pub(super) uri: Uri,
    /// The headers.
    pub(super) headers: HeaderMap,
    /// The body, which may not have come yet.
    pub(super) body: Body,
}

/// The message, encoded.
pub(super) async fn read(rpc: &Rpc, asked: Asked, limits: Limits) -> Result<Vec<u8>, Status> {
    let Asked {
        path,
        uri,
        headers,
        body,
    } = asked;
    // It is kept until the message is made of it: so long its bytes count as those of a request that is being received.
    let mut body = body.into_data_stream();
    let body = if rpc.has_body {
        let body = collected(&mut body, limits).await?;
        parsed(&headers, &body)?
    } else {
        Map::new()
    };
    let message = Fields::collect(|fields| {
        let mut message = DynamicMessage::new(rpc.method.input());
        let query = in_query(fields, rpc, &uri);
        object::read(fields, "", body, &mut message);
        object::read(fields, "", query, &mut message);
        for (name, text) in path {
            let wrong = "is in the path, and another is here";
            one(fields, &mut message, &name, Value::String(text), wrong);
        }
        in_headers(fields, rpc, &headers, &mut message);
        Some(message)
    })?;
    Ok(message.encode_to_vec())
}

/// The whole body, where it is not too large.
async fn collected(pieces: &mut BodyDataStream, limits: Limits) -> Result<Vec<u8>, Status> {
    let mut whole = Vec::new();
    while let Some(piece) = pieces.next().await {
        let piece: Bytes = piece.map_err(|error| {
            let broken = || StatusBuilder::new(Reason::MalformedJson).message("the body broke off");
            transport::status_of(error).unwrap_or_else(|| broken().build())
        })?;
        if whole.len() + piece.len() > limits.max_message_bytes {
            let answer = StatusBuilder::new(Reason::MessageTooLarge);
            let answer = answer.metadata("max_message_bytes", &limits.max_message_bytes);
            return Err(answer.build());
        }
        whole.extend_from_slice(&piece);
    }
    Ok(whole)
}

/// The body as an object; one that is empty has no fields.
fn parsed(headers: &HeaderMap, body: &[u8]) -> Result<Map<String, Json>, Status> {
    if body.is_empty() {
        return Ok(Map::new());
    }
    if !is_json(headers) {
        return Err(StatusBuilder::new(Reason::ContentTypeUnsupported).build());
    }
    match serde_json::from_slice(body) {
        Ok(Json::Object(object)) => Ok(object),
        Ok(_) => {
            let answer = StatusBuilder::new(Reason::MalformedJson);
            Err(answer.message("the body must be a JSON object").build())
        }
        // serde_json has no other way to tell.
        Err(error) if error.to_string().starts_with("recursion limit exceeded") => {
            Err(StatusBuilder::new(Reason::JsonTooDeep).build())
        }
        // Of what it found, it tells the place alone.
        Err(error) => {
            let answer = StatusBuilder::new(Reason::MalformedJson);
            let answer = answer.message(format!("the body is not JSON: {error}"));
            Err(answer.build())
        }
    }
}

/// A web page elsewhere can send any form to this port, but not this content type without being asked first.
fn is_json(headers: &HeaderMap) -> bool {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let mut parts = text(header::CONTENT_TYPE)
        .unwrap_or_default()
        .split(';')
        .map(|part| part.trim().to_ascii_lowercase());
    let json = parts
        .next()
        .is_some_and(|media| media == "application/json");
    let readable = |part: String| match part.strip_prefix("charset=") {
        Some(charset) => charset.trim_matches('"') == "utf-8",
        None => true,
    };
    let plain = text(header::CONTENT_ENCODING).is_none_or(|encoding| encoding == "identity");
    json && plain && parts.all(readable)
}

/// What the query says, where the message comes in it.
fn in_query(fields: &mut Fields, rpc: &Rpc, uri: &Uri) -> Map<String, Json> {
    let Ok(Query(mut pairs)) = Query::<Vec<(String, String)>>::try_from_uri(uri) else {
        fields.refuse("query", "cannot be read");
        return Map::new();
    };
    let descriptor = rpc.method.input();
    pairs.retain(|(key, _)| {
        let field = object::find(&descriptor, key);
        let is_in_path = |name| field.as_ref().is_some_and(|field| field.name() == name);
        let elsewhere = if rpc.has_body {
            "is in the query: put it into the body"
        } else if rpc.in_path().any(is_in_path) {
            "is in the path, and not in the query"
        } else {
            return true;
        };
        fields.refuse(object::shown(key), elsewhere);
        false
    });
    query::read(fields, &descriptor, pairs)
}

/// What headers say of the message.
fn in_headers(fields: &mut Fields, rpc: &Rpc, headers: &HeaderMap, message: &mut DynamicMessage) {
    if let (Some(key), true) = (headers_of::idempotency_key(headers), rpc.takes_request_id()) {
        let wrong = "is another than that of the header Idempotency-Key";
        let value = Value::String(key.to_owned());
        one(fields, message, "request_id", value, wrong);
    }
    if let Some(wait) = rpc.applied_wait(headers) {
        let wrong = "is another than that of the header Prefer";
        let text = Json::String(format!("{}s", wait.as_secs()));
        let read =
            object::find(&rpc.method.input(), "wait").and_then(|field| object::whole(&field, text));
        match read {
            Some(value) => one(fields, message, "wait", value, wrong),
            None => fields.refuse("Prefer", "must ask to wait for 0 to 60 seconds"),
        }
    }
    if let (Some(id), true) = (headers.get(headers_of::LAST_EVENT_ID), rpc.streams()) {
        let id = id.to_str().ok().and_then(|id| id.trim().parse().ok());
        match id {
            Some(id) => message.set_field_by_name("after_sequence", Value::I64(id)),
            None => fields.refuse("Last-Event-ID", "must be the id of an event"),
        }
    }
}

/// Sets a field that must not say something else already.
fn one(fields: &mut Fields, message: &mut DynamicMessage, name: &str, value: Value, wrong: &str) {
    let there = message.has_field_by_name(name);
    if there && message.get_field_by_name(name).as_deref() != Some(&value) {
        fields.refuse(name, wrong);
    } else {
        message.set_field_by_name(name, value);
    }
}
