//! JSON as a message of the contract: what is wrong with it is told field by field, all at once, and without its values.

use prost_reflect::{
    DeserializeOptions, DynamicMessage, EnumDescriptor, FieldDescriptor, Kind, MessageDescriptor,
    ReflectMessage as _, Value,
};
use serde_json::{Map, Value as Json};

use crate::api::fields::Fields;

/// An unknown name is told no longer than this: it may be anything.
const LONGEST_NAME: usize = 63;
/// Where Google's own messages live: JSON writes each of those in a way of its own.
const WELL_KNOWN: &str = "google.protobuf";
const STRICT: DeserializeOptions = DeserializeOptions::new().deny_unknown_fields(true);

/// Puts the object into the message. `within` is the path to the message, with a dot at its end; empty at the top.
pub(super) fn read(
    fields: &mut Fields,
    within: &str,
    object: Map<String, Json>,
    message: &mut DynamicMessage,
) {
    let descriptor = message.descriptor();
    for (key, value) in object {
        let Some(field) = find(&descriptor, &key) else {
            let name = format!("{within}{}", shown(&key));
            fields.refuse(
                name,
                format!("is not known; there are: {}", names(&descriptor)),
            );
            continue;
        };
        let name = format!("{within}{}", field.name());
        if value.is_null() {
            continue;
        }
        if message.has_field(&field) {
            fields.refuse(name, "is given twice");
        } else if let Some(other) = excluded_by(message, &field) {
            fields.refuse(name, format!("excludes {within}{other}: give one of them"));
        } else {
            read_field(fields, &name, &field, value, message);
        }
    }
}

/// The field that JSON may call by either of its names.
pub(super) fn find(descriptor: &MessageDescriptor, key: &str) -> Option<FieldDescriptor> {
    let by_json_name = descriptor.get_field_by_json_name(key);
    by_json_name.or_else(|| descriptor.get_field_by_name(key))
}

/// A name as a violation shows it.
pub(super) fn shown(name: &str) -> String {
    name.escape_debug().take(LONGEST_NAME).collect()
}

/// The names of a message's fields.
pub(super) fn names(descriptor: &MessageDescriptor) -> String {
    let names: Vec<_> = descriptor
        .fields()
        .map(|field| field.name().to_owned())
        .collect();
    names.join(", ")
}

/// The other field of its oneof that is set.
fn excluded_by(message: &DynamicMessage, field: &FieldDescriptor) -> Option<String> {
    let mut others = field.containing_oneof()?.fields().collect::<Vec<_>>();
    others.retain(|other| message.has_field(other));
    Some(others.first()?.name().to_owned())
}

fn read_field(
    fields: &mut Fields,
    name: &str,
    field: &FieldDescriptor,
    value: Json,
    message: &mut DynamicMessage,
) {
    match (field.kind(), value) {
        (_, Json::Array(items)) if field.is_list() => {
            for (at, item) in items.into_iter().enumerate() {
                let item = whole(field, Json::Array(vec![item]));
                add(fields, &format!("{name}[{at}]"), field, item, message);
            }
        }
        (_, Json::Object(entries)) if field.is_map() => {
            for (key, item) in entries {
                let name = format!("{name}[\"{}\"]", shown(&key));
                let entry = whole(field, Json::Object(Map::from_iter([(key, item)])));
                add(fields, &name, field, entry, message);
            }
        }
        (Kind::Message(descriptor), Json::Object(inner)) if !is_special(field, &descriptor) => {
            let mut sub = DynamicMessage::new(descriptor);
            read(fields, &format!("{name}."), inner, &mut sub);
            message.set_field(field, Value::Message(sub));
        }
        (_, value) => match whole(field, value) {
            Some(value) => message.set_field(field, value),
            None => fields.refuse(name, mend(field)),
        },
    }
}

/// Whether its JSON is something else than an object of its fields.
fn is_special(field: &FieldDescriptor, descriptor: &MessageDescriptor) -> bool {
    field.is_list() || field.is_map() || descriptor.package_name() == WELL_KNOWN
}

/// The value of a field as canonical JSON has it; `None` where it is nothing of the kind. What is said of it is not
/// passed on: that would repeat the value, which may be a secret.
pub(super) fn whole(field: &FieldDescriptor, value: Json) -> Option<Value> {
    let alone = Map::from_iter([(field.name().to_owned(), value)]);
    let parent = field.parent_message().clone();
    let read =
        DynamicMessage::deserialize_with_options(parent, Json::Object(alone), &STRICT).ok()?;
    Some(read.get_field(field).into_owned())
}

/// Adds what came of an item to the list or the map that it belongs to.
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
        _ => fields.refuse(name, mend_of(&item_kind(field))),
    }
}

fn item_kind(field: &FieldDescriptor) -> Kind {
    match field.kind() {
        Kind::Message(entry) if field.is_map() => entry.map_entry_value_field().kind(),
        kind => kind,
    }
}

/// What a field must be.
fn mend(field: &FieldDescriptor) -> String {
    if field.is_list() {
        "must be a list".to_owned()
    } else if field.is_map() {
        "must be an object".to_owned()
    } else {
        mend_of(&field.kind())
    }
}

fn mend_of(kind: &Kind) -> String {
    match kind {
        Kind::String => "must be a text".to_owned(),
        Kind::Bytes => "must be a text in base64".to_owned(),
        Kind::Bool => "must be true or false".to_owned(),
        Kind::Double | Kind::Float => "must be a number".to_owned(),
        Kind::Enum(descriptor) => format!("must be one of {}", values(descriptor)),
        Kind::Message(descriptor) => match descriptor.full_name() {
            "google.protobuf.Duration" => {
                "must be a duration in seconds, for example \"10s\" or \"0.5s\"".to_owned()
            }
            "google.protobuf.Timestamp" => {
                "must be a time of RFC 3339, for example \"2026-01-31T12:00:00Z\"".to_owned()
            }
            _ => "must be an object".to_owned(),
        },
        _ => "must be a whole number within its range".to_owned(),
    }
}

/// The names that can be asked for: zero means that nothing was.
fn values(descriptor: &EnumDescriptor) -> String {
    let values: Vec<_> = descriptor
        .values()
        .filter(|value| value.number() != 0)
        .map(|value| value.name().to_owned())
        .collect();
    values.join(", ")
}
