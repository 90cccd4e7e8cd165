//! Messages and enums of the contract as JSON Schema.
//!
//! Generated clients are the measure: a field that is always present is required, a field that may
//! be absent is optional and never null, and a message is one named schema. The decoder also
//! accepts null for an absent field and the number of an enum value, as JSON of protocol buffers
//! does; the schemas leave that out, since it would make every optional field of a generated
//! request a union.

use std::collections::BTreeMap;

use prost_reflect::{EnumDescriptor, FieldDescriptor, Kind, MessageDescriptor, Value};
use serde_json::{Map, Value as Json, json};

use super::comments::Comment;
use super::error_details;

/// The option that says which fields are required.
const FIELD_BEHAVIOR: &str = "google.api.field_behavior";
/// `FieldBehavior.REQUIRED`.
const REQUIRED: i32 = 2;

/// The schemas that others refer to, by name.
#[derive(Debug, Default)]
pub(super) struct Schemas(BTreeMap<String, Json>);

impl Schemas {
    /// The schemas.
    pub(super) fn components(self) -> Map<String, Json> {
        self.0.into_iter().collect()
    }

    /// A response.
    pub(super) fn response(&mut self, message: &MessageDescriptor) -> Json {
        self.refer(&name_of(message), |all| all.message(message))
    }

    /// A request, without the fields that are elsewhere. Unknown fields are refused.
    pub(super) fn request(
        &mut self,
        message: &MessageDescriptor,
        elsewhere: &dyn Fn(&str) -> bool,
    ) -> Json {
        self.refer(&name_of(message), |all| {
            let in_body = message.fields().filter(|field| !elsewhere(field.name()));
            let in_body: Vec<_> = in_body.collect();
            // The idempotency key may be in a header instead.
            let is_required =
                |field: &FieldDescriptor| is_required(field) && field.name() != "request_id";
            let mut schema = all.object(message, &in_body, is_required);
            if let Some(schema) = schema.as_object_mut() {
                schema.insert("additionalProperties".to_owned(), false.into());
            }
            schema
        })
    }

    /// A schema that no message has.
    pub(super) fn named(&mut self, name: &str, schema: Json) -> Json {
        self.refer(name, |_| schema)
    }

    /// A field, with its comment.
    pub(super) fn field(&mut self, field: &FieldDescriptor) -> Json {
        let description = error_details::description(field.full_name())
            .map_or_else(|| Comment::of_field(field).text(), str::to_owned);
        let schema = self.undescribed(field);
        described(schema, &description)
    }

    /// A field without its comment, for a place that has the comment beside it.
    pub(super) fn undescribed(&mut self, field: &FieldDescriptor) -> Json {
        match field.kind() {
            Kind::Message(entry) if field.is_map() => {
                let value = self.kind(&entry.map_entry_value_field().kind());
                json!({ "type": "object", "additionalProperties": value })
            }
            kind if field.is_list() => json!({ "type": "array", "items": self.kind(&kind) }),
            kind => self.kind(&kind),
        }
    }

    fn kind(&mut self, kind: &Kind) -> Json {
        match kind {
            Kind::Bool => json!({ "type": "boolean" }),
            Kind::Bytes => json!({ "type": "string", "contentEncoding": "base64" }),
            Kind::Double | Kind::Float => json!({ "type": "number" }),
            Kind::Int32 | Kind::Sint32 | Kind::Sfixed32 => {
                json!({ "type": "integer", "format": "int32" })
            }
            Kind::Uint32 | Kind::Fixed32 => {
                json!({ "type": "integer", "format": "int64", "minimum": 0 })
            }
            Kind::Int64 | Kind::Sint64 | Kind::Sfixed64 => {
                json!({ "type": "string", "format": "int64", "pattern": "^-?[0-9]{1,19}$" })
            }
            Kind::Uint64 | Kind::Fixed64 => {
                json!({ "type": "string", "format": "uint64", "pattern": "^[0-9]{1,20}$" })
            }
            Kind::String => json!({ "type": "string" }),
            Kind::Enum(descriptor) => self.refer(descriptor.name(), |_| enumeration(descriptor)),
            Kind::Message(descriptor) => match descriptor.full_name() {
                "google.protobuf.Timestamp" => json!({ "type": "string", "format": "date-time" }),
                "google.protobuf.Duration" => {
                    json!({ "type": "string", "pattern": "^-?[0-9]{1,12}(\\.[0-9]{1,9})?s$" })
                }
                _ => self.response(descriptor),
            },
        }
    }

    /// A message of a response: fields without presence are always written.
    pub(super) fn message(&mut self, message: &MessageDescriptor) -> Json {
        let fields: Vec<_> = message.fields().collect();
        self.object(message, &fields, |field| {
            !field.supports_presence() || is_required(field)
        })
    }

    fn object(
        &mut self,
        message: &MessageDescriptor,
        fields: &[FieldDescriptor],
        is_required: impl Fn(&FieldDescriptor) -> bool,
    ) -> Json {
        let properties = fields
            .iter()
            .map(|field| (field.json_name().to_owned(), self.field(field)));
        let properties: Map<_, _> = properties.collect();
        let required = fields.iter().filter(|field| is_required(field));
        let required: Vec<_> = required.map(FieldDescriptor::json_name).collect();
        let description = error_details::description(message.full_name())
            .map_or_else(|| comment_of(message).text(), str::to_owned);
        let mut schema = json!({
            "type": "object",
            "description": description,
            "properties": properties,
        });
        if let (false, Some(schema)) = (required.is_empty(), schema.as_object_mut()) {
            schema.insert("required".to_owned(), required.into());
        }
        schema
    }

    fn refer(&mut self, name: &str, make: impl FnOnce(&mut Self) -> Json) -> Json {
        if !self.0.contains_key(name) {
            // Reserved first, since it may refer to itself.
            self.0.insert(name.to_owned(), Json::Null);
            let schema = make(self);
            self.0.insert(name.to_owned(), schema);
        }
        json!({ "$ref": format!("#/components/schemas/{name}") })
    }
}

/// The name of the schema of a message: a nested one has the name of its parent in front.
fn name_of(message: &MessageDescriptor) -> String {
    let package = message.package_name();
    let name = message.full_name().strip_prefix(package);
    name.unwrap_or(message.name()).replace('.', "")
}

fn comment_of(message: &MessageDescriptor) -> Comment {
    Comment::of(message.parent_file_descriptor_proto(), message.path())
}

/// A schema with a description. Beside a `$ref`, generators ignore it, so that becomes a part.
fn described(schema: Json, description: &str) -> Json {
    if description.is_empty() {
        return schema;
    }
    let mut schema = match schema {
        Json::Object(schema) if !schema.contains_key("$ref") => schema,
        part => Map::from_iter([("allOf".to_owned(), json!([part]))]),
    };
    schema.insert("description".to_owned(), description.into());
    schema.into()
}

/// Whether a field is annotated as required: a request must have it, and a response always has it.
pub(super) fn is_required(field: &FieldDescriptor) -> bool {
    let options = field.options();
    let behaviors = options
        .extensions()
        .filter(|(option, _)| option.full_name() == FIELD_BEHAVIOR)
        .filter_map(|(_, value)| value.as_list());
    behaviors
        .flatten()
        .any(|it| *it == Value::EnumNumber(REQUIRED))
}

fn enumeration(descriptor: &EnumDescriptor) -> Json {
    let file = descriptor.parent_file_descriptor_proto();
    let mut lines = vec![Comment::of(file, descriptor.path()).text()];
    let mut names = Vec::new();
    for value in descriptor.values() {
        let comment = Comment::of(file, value.path());
        lines.push(format!("- `{}`: {}", value.name(), comment.text()));
        names.push(value.name().to_owned());
    }
    json!({ "type": "string", "enum": names, "description": lines.join("\n") })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::contract::Contract;

    #[test]
    fn the_comment_of_a_request_field_says_required_where_the_annotation_does() {
        let contract = Contract::read().unwrap();
        let mut required = 0;
        for rpc in &contract.rpcs {
            for field in rpc.method.input().fields() {
                let says = Comment::of_field(&field).summary().starts_with("Required");
                assert_eq!(says, is_required(&field), "{}", field.full_name());
                required += usize::from(says);
            }
        }
        assert!(required > 20);
    }
}
