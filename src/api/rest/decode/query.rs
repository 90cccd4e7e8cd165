//! Reads a query as a JSON object:
//! `states=STATE_RUNNING&states=…&labels.team=north&pageSize=10`.

use prost_reflect::{FieldDescriptor, Kind, MessageDescriptor};
use serde_json::map::Entry;
use serde_json::{Map, Value as Json};

use super::object;
use crate::api::fields::Fields;

/// The object. It keeps the names as written: unknown ones are refused together with those of a
/// body.
pub(super) fn read(
    fields: &mut Fields,
    descriptor: &MessageDescriptor,
    pairs: Vec<(String, String)>,
) -> Map<String, Json> {
    let mut object = Map::new();
    for (key, text) in pairs {
        let (name, map_key) = split(&key);
        match object::find(descriptor, name) {
            Some(field) if field.is_map() == map_key.is_some() => {
                put(fields, &mut object, &field, (name, map_key), text);
            }
            Some(field) if field.is_map() => {
                let name = field.name();
                fields.refuse(name, format!("must be `{name}.KEY=VALUE` in a query"));
            }
            _ => {
                object.insert(key, Json::String(text));
            }
        }
    }
    object
}

/// A name, and the key of a map where there is one: `labels.team`, or `labels[team]` as in
/// `OpenAPI`.
fn split(key: &str) -> (&str, Option<&str>) {
    let bracketed = || key.strip_suffix(']')?.split_once('[');
    match bracketed().or_else(|| key.split_once('.')) {
        Some((name, map_key)) => (name, Some(map_key)),
        None => (key, None),
    }
}

fn put(
    fields: &mut Fields,
    object: &mut Map<String, Json>,
    field: &FieldDescriptor,
    (written, map_key): (&str, Option<&str>),
    text: String,
) {
    let value = value(field, text);
    let twice = match (object.entry(written), map_key) {
        (Entry::Vacant(entry), Some(key)) => {
            entry.insert(Json::Object(Map::from_iter([(key.to_owned(), value)])));
            None
        }
        (Entry::Occupied(mut entry), Some(key)) => {
            let entries = entry.get_mut().as_object_mut();
            let old = entries.and_then(|entries| entries.insert(key.to_owned(), value));
            old.map(|_| format!("{}[\"{}\"]", field.name(), object::shown(key)))
        }
        (Entry::Vacant(entry), None) if field.is_list() => {
            entry.insert(Json::Array(vec![value]));
            None
        }
        (Entry::Occupied(mut entry), None) if field.is_list() => {
            if let Some(items) = entry.get_mut().as_array_mut() {
                items.push(value);
            }
            None
        }
        (Entry::Vacant(entry), None) => {
            entry.insert(value);
            None
        }
        (Entry::Occupied(_), None) => Some(field.name().to_owned()),
    };
    if let Some(name) = twice {
        fields.refuse(name, "is given twice");
    }
}

/// Canonical JSON accepts a string for every scalar except a boolean.
fn value(field: &FieldDescriptor, text: String) -> Json {
    match (field.kind(), text.as_str()) {
        (Kind::Bool, "true") => Json::Bool(true),
        (Kind::Bool, "false") => Json::Bool(false),
        _ => Json::String(text),
    }
}
