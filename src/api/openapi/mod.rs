//! The description of REST, made from the descriptors of the contract: an `OpenAPI` 3.1 document
//! for programs. `pages` makes the reference for people from the same parts.

mod comments;
mod error_details;
pub(super) mod examples;
mod operation;
pub(super) mod reasons;
mod responses;
mod schema;
mod tags;

use serde_json::{Map, Value as Json, json};

use super::contract::Contract;
use schema::Schemas;

pub(super) use comments::Comment;

/// What applies to all operations.
const INTRODUCTION: &str = "Every operation is an RPC of a gRPC service in the package \
`waba.migration.v1`, in JSON. Field names are in lowerCamelCase or as in the contract; unknown \
fields are refused. 64-bit integers are strings, times are in RFC 3339, and durations are seconds \
followed by `s`. In a request, null means that the field is absent. In a response, a required field \
is always present, and no field is null.";

/// The `OpenAPI` document.
pub(super) fn document(contract: &Contract) -> Json {
    let mut schemas = Schemas::default();
    let mut paths = Map::new();
    for rpc in &contract.rpcs {
        let operation = operation::of(contract, rpc, &mut schemas);
        let path = paths.entry(rpc.path.clone()).or_insert_with(|| json!({}));
        if let Some(path) = path.as_object_mut() {
            path.insert(rpc.verb.as_str().to_lowercase(), operation);
        }
    }
    error_details::schema(contract, &mut schemas);
    let service = Comment::of_service(contract);
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "waba-migrator",
            "version": env!("CARGO_PKG_VERSION"),
            "summary": service.summary(),
            "description": format!("{}\n\n{INTRODUCTION}", service.text()),
            "license": { "name": "Apache-2.0", "identifier": "Apache-2.0" },
        },
        "servers": [{ "url": "/", "description": "The server of this document." }],
        "security": [{ "bearer": [] }, { "apiKey": [] }, { "certificate": [] }, {}],
        "tags": tags::all(contract),
        "paths": paths,
        "components": {
            "schemas": schemas.components(),
            "examples": examples::errors(contract),
            "headers": responses::headers(),
            "securitySchemes": security(),
        },
    })
}

/// Sets a member of an object.
fn set(object: &mut Json, name: &str, value: impl Into<Json>) {
    if let Some(members) = object.as_object_mut() {
        members.insert(name.to_owned(), value.into());
    }
}

fn security() -> Json {
    json!({
        "bearer": {
            "type": "http",
            "scheme": "bearer",
            "description": "An API key (`wam_…`), or a JSON Web Token of the configured issuer. The \
                            operator decides which of these schemes the service accepts. With none, \
                            it requires no authentication.",
        },
        "apiKey": {
            "type": "apiKey",
            "in": "header",
            "name": "X-Api-Key",
            "description": "An API key, for clients that use `Authorization` for something else.",
        },
        "certificate": {
            "type": "mutualTLS",
            "description": "A client certificate of the configured authority.",
        },
    })
}
