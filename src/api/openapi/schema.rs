//! Messages and enums of the contract as JSON Schema.

use std::collections::BTreeMap;

use prost_reflect::{EnumDescriptor, FieldDescriptor, Kind, MessageDescriptor};
use serde_json::{Map, Value as Json, json};

use crate::api::openapi::comments::Comment;

/// How the comment of a field begins that must be there.
const REQUIRED: &str = "Required";

/// The schemas that are referred to, by name.
#[derive(Debug, Default)]
pub(super) struct Schemas(BTreeMap<String, Json>);

impl Schemas {
    /// All of them.
    pub(super) fn components(self) -> Map<String, Json> {
        self.0.into_iter().collect()
    }

    /// An answer: what has no presence is always there.
    pub(super) fn answer(&mut self, message: &MessageDescriptor) -> Json {
        self.refer(message.name(), |all| all.message(message))
    }

    /// A request, without the fields that its path holds.
    pub(super) fn request(
        &mut self,
        message: &MessageDescriptor,
        elsewhere: &dyn Fn(&str) -> bool,
    ) -> Json {
        self.refer(message.name(), |all| all.asked(message, elsewhere))
    }

    /// A message that is asked for: what need not be there may be null too, and nothing else may be there.
    fn asked(&mut self, message: &MessageDescriptor, elsewhere: &dyn Fn(&str) -> bool) -> Json {
        let mut properties = Map::new();
        let mut required = Vec::new();
        for field in message.fields().filter(|it| !elsewhere(it.name())) {
            let name = field.json_name().to_owned();
            let schema = match field.kind() {
                Kind::Message(inner) if is_plain(&field, &inner) => self.asked(&inner, &|_| false),
                _ => self.field(&field),
            };
            // An idempotency key may come in a header.
            if is_required(&field) && field.name() != "request_id" {
                required.push(name.clone());
                properties.insert(name, schema);
            } else {
                // Canonical JSON takes a value of an enum by its number, too.
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

    /// One field, with what the contract says of it.
    pub(super) fn field(&mut self, field: &FieldDescriptor) -> Json {
        let comment = Comment::of(field.parent_file().file_descriptor_proto(), field.path());
        let mut schema = match field.kind() {
            Kind::Message(entry) if field.is_map() => {
                let value = self.kind(&entry.map_entry_value_field().kind());
                json!({ "type": "object", "additionalProperties": value })
            }
            kind if field.is_list() => json!({ "type": "array", "items": self.kind(&kind) }),
            kind => self.kind(&kind),
        };
        if let Some(schema) = schema.as_object_mut() {
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
                _ => self.answer(descriptor),
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
            // A place is held for it, since it may refer to itself.
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

/// Whether it is one object of this message's fields.
fn is_plain(field: &FieldDescriptor, message: &MessageDescriptor) -> bool {
    !field.is_list() && !field.is_map() && message.package_name() != "google.protobuf"
}

/// Whether a request must have it.
pub(super) fn is_required(field: &FieldDescriptor) -> bool {
    let comment = Comment::of(field.parent_file().file_descriptor_proto(), field.path());
    comment.summary().starts_with(REQUIRED)
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
