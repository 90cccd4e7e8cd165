//! The schema of errors, with every kind of detail.

use prost_reflect::{FieldDescriptor, MessageDescriptor};
use serde_json::{Map, Value as Json, json};

use super::schema::Schemas;
use super::set;
use crate::api::contract::Contract;
use crate::api::{DOMAIN, Reason};

/// The property that names the type of a detail.
const TYPE: &str = "@type";
/// The prefix of its values.
const PREFIX: &str = "type.googleapis.com/";
/// The package of the types.
const PACKAGE: &str = "google.rpc.";
/// The types of details that the service sends.
const SENT: [&str; 7] = [
    "ErrorInfo",
    "BadRequest",
    "PreconditionFailure",
    "QuotaFailure",
    "RetryInfo",
    "ResourceInfo",
    "RequestInfo",
];
/// The other standard types, which a later version may send.
const OTHERS: [&str; 3] = ["DebugInfo", "Help", "LocalizedMessage"];
/// The schema of the others.
const OTHER: &str = "OtherErrorDetail";

const NOT_USED: &str = "Not used by this service.";
/// Descriptions of the messages and fields: their descriptors have no comments.
const DESCRIPTIONS: &[(&str, &str)] = &[
    (
        "ErrorInfo",
        "The stable reason of an error. Every error has one.",
    ),
    (
        "ErrorInfo.reason",
        "The stable reason. Decide by it; a later version may add others.",
    ),
    ("ErrorInfo.domain", "Always `waba-migrator`."),
    (
        "ErrorInfo.metadata",
        "Values that the message mentions, for example `migration_id`.",
    ),
    ("BadRequest", "All invalid fields of the request."),
    ("BadRequest.field_violations", "One for each problem."),
    ("BadRequest.FieldViolation", "What is wrong with a field."),
    (
        "BadRequest.FieldViolation.field",
        "The path of the field, as the request named it: `cutover.notBefore`.",
    ),
    (
        "BadRequest.FieldViolation.description",
        "What is wrong and what is expected.",
    ),
    ("PreconditionFailure", "The state forbids the call."),
    (
        "PreconditionFailure.violations",
        "Each condition that is not met.",
    ),
    (
        "PreconditionFailure.Violation",
        "A condition that is not met.",
    ),
    ("PreconditionFailure.Violation.type", "`STATE`."),
    (
        "PreconditionFailure.Violation.subject",
        "The id of the migration.",
    ),
    (
        "PreconditionFailure.Violation.description",
        "The state, and what to do.",
    ),
    ("QuotaFailure", "A limit is reached."),
    ("QuotaFailure.violations", "Each limit that is reached."),
    ("QuotaFailure.Violation", "A limit that is reached."),
    (
        "QuotaFailure.Violation.subject",
        "What is limited, for example the id of the migration.",
    ),
    (
        "QuotaFailure.Violation.description",
        "The limit, and its use.",
    ),
    ("RetryInfo", "The call can succeed later."),
    ("RetryInfo.retry_delay", "Minimum delay before a retry."),
    ("ResourceInfo", "The resource that the error is about."),
    (
        "ResourceInfo.resource_type",
        "Its type, for example `waba.migration.v1.Migration`.",
    ),
    ("ResourceInfo.resource_name", "Its id."),
    ("ResourceInfo.description", "The message of the error."),
    (
        "RequestInfo",
        "The request, for a question to the operator. Every error has one.",
    ),
    (
        "RequestInfo.request_id",
        "The trace id, as in the header `x-trace-id` and in the log.",
    ),
    ("LocalizedMessage", NOT_USED),
];

/// The description of a message or field of an error. `None` where it is not one.
pub(super) fn description(full_name: &str) -> Option<&'static str> {
    let name = full_name.strip_prefix(PACKAGE)?;
    let found = DESCRIPTIONS
        .iter()
        .find(|(described, _)| *described == name);
    Some(found.map_or(NOT_USED, |(_, description)| description))
}

/// The schema of every error.
pub(super) fn schema(contract: &Contract, schemas: &mut Schemas) -> Json {
    let detail = detail(contract, schemas);
    let body = schemas.named(
        "ErrorBody",
        json!({
            "type": "object",
            "description": "What went wrong.",
            "required": ["code", "message", "status", "details"],
            "properties": {
                "code": { "type": "integer", "description": "The HTTP status." },
                "message": { "type": "string", "description": "What is wrong, in plain English." },
                "status": { "type": "string", "description": "The gRPC status code." },
                "details": {
                    "type": "array",
                    "description": "Always contains an `ErrorInfo` and a `RequestInfo`. Also a \
                                    `BadRequest` for invalid fields, a `PreconditionFailure` for a \
                                    state that forbids the call, a `QuotaFailure` and a `RetryInfo` \
                                    for limits, and a `ResourceInfo` for the resource concerned.",
                    "minItems": 1,
                    "items": detail,
                },
            },
        }),
    );
    schemas.named(
        "Error",
        json!({
            "type": "object",
            "description": "An error, in the form of Google's APIs.",
            "required": ["error"],
            "properties": { "error": body },
        }),
    )
}

/// A detail: one of the standard types, distinguished by `@type`.
fn detail(contract: &Contract, schemas: &mut Schemas) -> Json {
    let mut schemas_of_details = Vec::new();
    let mut mapping = Map::new();
    for name in SENT {
        let Some(message) = contract.message(&format!("{PACKAGE}{name}")) else {
            continue;
        };
        let detail = typed(name, &message, schemas);
        mapping.extend(reference(&detail).map(|it| (type_of(name), it)));
        schemas_of_details.push(detail);
    }
    let types = OTHERS.map(type_of);
    let other = schemas.named(
        OTHER,
        json!({
            "type": "object",
            "description": "Another standard detail of `google.rpc`. This version sends none.",
            "required": [TYPE],
            "properties": { TYPE: { "type": "string", "enum": types } },
            "additionalProperties": true,
        }),
    );
    let reference = reference(&other);
    mapping.extend(
        types
            .into_iter()
            .filter_map(|name| Some((name, reference.clone()?))),
    );
    schemas_of_details.push(other);
    schemas.named(
        "ErrorDetail",
        json!({
            "description": "A detail of an error. `@type` says which.",
            "oneOf": schemas_of_details,
            "discriminator": { "propertyName": TYPE, "mapping": mapping },
        }),
    )
}

fn typed(name: &str, message: &MessageDescriptor, schemas: &mut Schemas) -> Json {
    let mut schema = schemas.message(message);
    let is_type = json!({
        "type": "string",
        "description": "The type of the detail.",
        "const": type_of(name),
    });
    if let Some(properties) = schema.get_mut("properties") {
        set(properties, TYPE, is_type);
        // Names that a program can complete, but not all that may ever come.
        if let Some(reason) = properties.get_mut("reason") {
            let reasons = Reason::ALL.iter().map(|reason| reason.as_str());
            set(reason, "x-extensible-enum", reasons.collect::<Json>());
        }
        if let Some(domain) = properties.get_mut("domain") {
            set(domain, "examples", json!([DOMAIN]));
        }
    }
    // The service sets every field of a detail.
    let fields: Vec<_> = message.fields().collect();
    let names = fields.iter().map(FieldDescriptor::json_name);
    let required: Json = [TYPE].into_iter().chain(names).collect();
    set(&mut schema, "required", required);
    schemas.named(name, schema)
}

/// The reference to a named schema.
fn reference(schema: &Json) -> Option<Json> {
    schema.get("$ref").cloned()
}

fn type_of(name: &str) -> String {
    format!("{PREFIX}{PACKAGE}{name}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_description_is_of_an_element_of_an_error() {
        let contract = Contract::read().unwrap();
        for (name, _) in DESCRIPTIONS {
            let full = format!("{PACKAGE}{name}");
            let is_field = |(message, field): (&str, &str)| {
                let message = contract.message(message);
                message.is_some_and(|it| it.get_field_by_name(field).is_some())
            };
            let exists =
                contract.message(&full).is_some() || full.rsplit_once('.').is_some_and(is_field);
            assert!(exists, "{full}");
        }
    }
}
