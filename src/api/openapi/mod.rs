//! The REST door as `OpenAPI` 3.1 describes such doors, made from the same descriptors.

mod comments;
mod examples;
mod operation;
mod page;
mod reasons;
mod responses;
mod routes;
mod schema;

use serde_json::{Map, Value as Json, json};

use super::contract::Contract;
use comments::Comment;
use schema::Schemas;

pub(super) use routes::routes;

/// How much there is to say of the whole.
const INTRODUCTION: &str = "Every call is one of the gRPC service `waba.migration.v1.MigrationService`, in JSON: names may be \
written in lowerCamelCase or as in the contract, unknown ones are refused, 64-bit integers are texts, times are those of RFC 3339, \
and durations are seconds with an `s`.";

/// The whole description.
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
    let service = contract.rpcs.first().map(|rpc| rpc.method.parent_service());
    let service = service.map_or_else(Comment::default, |service| {
        Comment::of(
            service.parent_file().file_descriptor_proto(),
            service.path(),
        )
    });
    let mut components = schemas.components();
    components.insert("Error".to_owned(), responses::schema());
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "waba-migrator",
            "version": env!("CARGO_PKG_VERSION"),
            "summary": service.summary(),
            "description": format!("{}\n\n{INTRODUCTION}", service.text()),
            "license": { "name": "Apache-2.0", "identifier": "Apache-2.0" },
        },
        "servers": [{ "url": "/", "description": "Where this document was served." }],
        "security": [{ "bearer": [] }, { "apiKey": [] }, { "certificate": [] }, {}],
        "paths": paths,
        "components": {
            "schemas": components,
            "examples": responses::examples(),
            "securitySchemes": security(),
        },
    })
}

fn security() -> Json {
    json!({
        "bearer": {
            "type": "http",
            "scheme": "bearer",
            "description": "An API key (`wam_…`), or a JSON Web Token of the issuer that the service was told of. Which of these \
                            schemes a service takes is for its operator to say; one that was told of none asks nobody.",
        },
        "apiKey": {
            "type": "apiKey",
            "in": "header",
            "name": "X-Api-Key",
            "description": "An API key, for clients that put something else into the other header.",
        },
        "certificate": {
            "type": "mutualTLS",
            "description": "A client certificate of an authority that the service was told of.",
        },
    })
}
