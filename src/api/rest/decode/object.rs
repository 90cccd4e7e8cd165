//! Decodes a JSON object into a message. All violations are reported at once, by field and without
//! values.

use prost_reflect::{
    DeserializeOptions, DynamicMessage, EnumDescriptor, FieldDescriptor, Kind, MessageDescriptor,
    ReflectMessage as _, Value,
};
use serde_json::{Map, Value as Json};

use crate::api::fields::Fields;
use crate::api::rest::field_names::FieldNames;

/// Maximum length of an unknown name in a violation, in characters: it is untrusted input.
const MAX_NAME_CHARS: usize = 63;
/// The package of Google's well-known types. Each has its own form in JSON.
const WELL_KNOWN: &str = "google.protobuf";
const STRICT: DeserializeOptions = DeserializeOptions::new().deny_unknown_fields(true);

/// Sets the fields of `message` from `object`. `prefix` is the path of the message with a final
/// dot, or empty at the top.
pub(super) fn read(
    fields: &mut Fields,
    names: &mut FieldNames,
    prefix: &str,
    object: Map<String, Json>,
    message: &mut DynamicMessage,
) {
    let descriptor = message.descriptor();
    for (key, value) in object {
        let Some(field) = find(&descriptor, &key) else {
            let known = list(
                descriptor
                    .fields()
                    .map(|field| marked(prefix, field.name())),
            );
            let name = format!("{prefix}{}", shown(&key));
            names.note(&name, &shown(&key));
            fields.refuse(name, format!("is unknown; the fields are: {known}"));
            continue;
        };
        let name = format!("{prefix}{}", field.name());
        names.note(&name, &key);
        if value.is_null() {
            continue;
        }
        if message.has_field(&field) {
            fields.refuse(name, "is given twice");
        } else if let Some(other) = excluded_by(message, &field) {
            fields.refuse(
                name,
                format!("cannot be combined with `{prefix}{other}`: send one of them"),
            );
        } else {
            read_field(fields, names, &name, &field, value, message);
        }
    }
}

/// The field with this name, in either form that JSON allows.
pub(super) fn find(descriptor: &MessageDescriptor, key: &str) -> Option<FieldDescriptor> {
    let by_json_name = descriptor.get_field_by_json_name(key);
    by_json_name.or_else(|| descriptor.get_field_by_name(key))
}

/// An untrusted name, as a violation shows it.
pub(super) fn shown(name: &str) -> String {
    name.escape_debug().take(MAX_NAME_CHARS).collect()
}

/// A field of the message with this prefix, as a text names it.
fn marked(prefix: &str, name: &str) -> String {
    format!("`{prefix}{name}`")
}

/// The other field of the same oneof that is already set.
fn excluded_by(message: &DynamicMessage, field: &FieldDescriptor) -> Option<String> {
    let oneof = field.containing_oneof()?;
    let mut others = oneof.fields().filter(|other| message.has_field(other));
    Some(others.next()?.name().to_owned())
}

fn read_field(
    fields: &mut Fields,
    names: &mut FieldNames,
    name: &str,
    field: &FieldDescriptor,
    json: Json,
    message: &mut DynamicMessage,
) {
    match (field.kind(), json) {
        (_, Json::Array(items)) if field.is_list() => {
            for (at, item) in items.into_iter().enumerate() {
                let item = value(field, Json::Array(vec![item]));
                add(fields, &format!("{name}[{at}]"), field, item, message);
            }
        }
        (_, Json::Object(entries)) if field.is_map() => {
            for (key, item) in entries {
                let name = format!("{name}[\"{}\"]", shown(&key));
                let entry = value(field, Json::Object(Map::from_iter([(key, item)])));
                add(fields, &name, field, entry, message);
            }
        }
        (Kind::Message(descriptor), Json::Object(inner)) if is_plain(field, &descriptor) => {
            let mut inner_message = DynamicMessage::new(descriptor);
            let prefix = format!("{name}.");
            read(fields, names, &prefix, inner, &mut inner_message);
            message.set_field(field, Value::Message(inner_message));
        }
        (_, json) => match value(field, json) {
            Some(value) => message.set_field(field, value),
            None => fields.refuse(name, expected(field)),
        },
    }
}

/// Whether the JSON of the field is an object with the fields of its message.
fn is_plain(field: &FieldDescriptor, descriptor: &MessageDescriptor) -> bool {
    !field.is_list() && !field.is_map() && descriptor.package_name() != WELL_KNOWN
}

/// The value of a field, from canonical JSON. The error is dropped: it would repeat the value,
/// which may be a secret.
pub(super) fn value(field: &FieldDescriptor, json: Json) -> Option<Value> {
    // Only whole messages can be deserialised.
    let object = Json::Object(Map::from_iter([(field.name().to_owned(), json)]));
    let parent = field.parent_message().clone();
    let message = DynamicMessage::deserialize_with_options(parent, object, &STRICT).ok()?;
    Some(message.get_field(field).into_owned())
}

/// Adds an item to the list or map of its field.
fn add(
    fields: &mut Fields,
    name: &str,
    field: &FieldDescriptor,
    item: Option<Value>,
    message: &mut DynamicMessage,
) {
    match (item, message.get_field_mut(field)) {
        // Null is not an item.
        (Some(Value::List(item)), Value::List(list)) if !item.is_empty() => list.extend(item),
        (Some(Value::Map(item)), Value::Map(map)) if !item.is_empty() => map.extend(item),
        _ => {
            let kind = match field.kind() {
                Kind::Message(entry) if field.is_map() => entry.map_entry_value_field().kind(),
                kind => kind,
            };
            fields.refuse(name, expected_kind(&kind));
        }
    }
}

/// What the JSON of a field must be.
fn expected(field: &FieldDescriptor) -> String {
    if field.is_list() {
        "must be a list".to_owned()
    } else if field.is_map() {
        "must be an object".to_owned()
    } else {
        expected_kind(&field.kind())
    }
}

fn expected_kind(kind: &Kind) -> String {
    let text = match kind {
        Kind::String => "must be a string",
        Kind::Bytes => "must be a string in base64",
        Kind::Bool => "must be true or false",
        Kind::Double | Kind::Float => "must be a number",
        Kind::Enum(descriptor) => return format!("must be one of {}", values(descriptor)),
        Kind::Message(descriptor) => match descriptor.full_name() {
            "google.protobuf.Duration" => {
                "must be a duration in seconds, for example \"10s\" or \"0.5s\""
            }
            "google.protobuf.Timestamp" => {
                "must be a time in RFC 3339, for example \"2026-01-31T12:00:00Z\""
            }
            _ => "must be an object",
        },
        _ => "must be an integer within its range",
    };
    text.to_owned()
}

/// The names of an enum, without the one for "not specified".
fn values(descriptor: &EnumDescriptor) -> String {
    let values = descriptor.values().filter(|value| value.number() != 0);
    list(values.map(|value| value.name().to_owned()))
}

fn list(names: impl Iterator<Item = String>) -> String {
    names.collect::<Vec<_>>().join(", ")
}
