//! Messages and enums of the contract as JSON Schema.

use std::collections::BTreeMap;

use prost_reflect::{EnumDescriptor, FieldDescriptor, Kind, MessageDescriptor};
use serde_json::{Map, Value as Json, json};

use super::comments::Comment;

/// The beginning of the comment of a required field.
const REQUIRED: &str = "Required";

/// The schemas that others refer to, by name.
#[derive(Debug, Default)]
pub(super) struct Schemas(BTreeMap<String, Json>);

impl Schemas {
    /// The schemas.
    pub(super) fn components(self) -> Map<String, Json> {
        self.0.into_iter().collect()
    }

    /// A response: fields without presence are always there.
    pub(super) fn response(&mut self, message: &MessageDescriptor) -> Json {
        self.refer(message.name(), |all| all.message(message))
    }

    /// A request, without the fields that are elsewhere.
    pub(super) fn request(
        &mut self,
        message: &MessageDescriptor,
        elsewhere: &dyn Fn(&str) -> bool,
    ) -> Json {
        self.refer(message.name(), |all| all.strict(message, elsewhere))
    }

    /// A message in a request: optional fields may be null, and unknown fields are refused.
    fn strict(&mut self, message: &MessageDescriptor, elsewhere: &dyn Fn(&str) -> bool) -> Json {
        let mut properties = Map::new();
        let mut required = Vec::new();
        for field in message.fields().filter(|it| !elsewhere(it.name())) {
            let name = field.json_name().to_owned();
            let schema = match field.kind() {
                Kind::Message(inner) if is_plain(&field, &inner) => self.strict(&inner, &|_| false),
                _ => self.field(&field),
            };
            // The idempotency key may be in a header instead.
            if is_required(&field) && field.name() != "request_id" {
                required.push(name.clone());
                properties.insert(name, schema);
            } else {
                // Canonical JSON accepts the number of an enum value, too.
                let other = match field.kind() {
                    Kind::Enum(_) => json!({ "type": ["null", "integer"] }),
                    _ => json!({ "type": "null" }),
                };
                let either = json!({ "anyOf": [schema, other] });
                properties.insert(name, either);
            }
        }
        json!({
            "type": "object",
            "description": comment_of(message).text(),
            "properties": properties,
            "required": required,
            "additionalProperties": false,
        })
    }

    /// A field, with its comment.
    pub(super) fn field(&mut self, field: &FieldDescriptor) -> Json {
        let mut schema = match field.kind() {
            Kind::Message(entry) if field.is_map() => {
                let value = self.kind(&entry.map_entry_value_field().kind());
                json!({ "type": "object", "additionalProperties": value })
            }
            kind if field.is_list() => json!({ "type": "array", "items": self.kind(&kind) }),
            kind => self.kind(&kind),
        };
        if let Some(schema) = schema.as_object_mut() {
            let comment = Comment::of_field(field);
            schema.insert("description".to_owned(), comment.text().into());
        }
        schema
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

    fn message(&mut self, message: &MessageDescriptor) -> Json {
        let properties: Map<_, _> = message
            .fields()
            .map(|field| (field.json_name().to_owned(), self.field(&field)))
            .collect();
        let required: Vec<_> = message
            .fields()
            .filter(|field| !field.supports_presence())
            .map(|field| field.json_name().to_owned())
            .collect();
        json!({
            "type": "object",
            "description": comment_of(message).text(),
            "properties": properties,
            "required": required,
        })
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

fn comment_of(message: &MessageDescriptor) -> Comment {
    Comment::of(message.parent_file_descriptor_proto(), message.path())
}

/// Whether its JSON is an object with the fields of this message.
fn is_plain(field: &FieldDescriptor, message: &MessageDescriptor) -> bool {
    !field.is_list() && !field.is_map() && message.package_name() != "google.protobuf"
}

/// Whether a request must have this field.
pub(super) fn is_required(field: &FieldDescriptor) -> bool {
    Comment::of_field(field).summary().starts_with(REQUIRED)
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
