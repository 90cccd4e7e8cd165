//! A query as the JSON object that means the same: `states=STATE_RUNNING&states=…&labels.team=north&pageSize=10`.

use prost_reflect::{FieldDescriptor, Kind, MessageDescriptor};
use serde_json::map::Entry;
use serde_json::{Map, Value as Json};

use super::object;
use crate::api::fields::Fields;

/// The object. A name that is none of the message's is in it too, to be refused where all others are.
pub(super) fn read(
    fields: &mut Fields,
    descriptor: &MessageDescriptor,
    pairs: Vec<(String, String)>,
) -> Map<String, Json> {
    let mut object = Map::new();
    for (key, text) in pairs {
        let (name, within) = split(&key);
        match object::find(descriptor, name) {
            Some(field) if field.is_map() == within.is_some() => {
                put(fields, &mut object, &field, within, text);
            }
            Some(field) if field.is_map() => {
                let name = field.name();
                fields.refuse(name, format!("is written {name}.KEY=VALUE in a query"));
            }
            _ => {
                object.insert(key, Json::String(text));
            }
        }
    }
    object
}

/// A name, and the key within a map where there is one: `labels.team`, or `labels[team]` as `OpenAPI` has it.
fn split(key: &str) -> (&str, Option<&str>) {
    let bracketed = || key.strip_suffix(']')?.split_once('[');
    match bracketed().or_else(|| key.split_once('.')) {
        Some((name, within)) => (name, Some(within)),
        None => (key, None),
    }
}

fn put(
    fields: &mut Fields,
    object: &mut Map<String, Json>,
    field: &FieldDescriptor,
    within: Option<&str>,
    text: String,
) {
    let value = value(field, text);
    let mut twice = |name: String| fields.refuse(name, "is given twice");
    match (object.entry(field.name()), within) {
        (Entry::Vacant(place), Some(key)) => {
            place.insert(Json::Object(Map::from_iter([(key.to_owned(), value)])));
        }
        (Entry::Occupied(mut place), Some(key)) => {
            if let Some(entries) = place.get_mut().as_object_mut() {
                if entries.contains_key(key) {
                    twice(format!("{}[\"{}\"]", field.name(), object::shown(key)));
                }
                entries.insert(key.to_owned(), value);
            }
        }
        (Entry::Vacant(place), None) if field.is_list() => {
            place.insert(Json::Array(vec![value]));
        }
        (Entry::Occupied(mut place), None) if field.is_list() => {
            if let Some(items) = place.get_mut().as_array_mut() {
                items.push(value);
            }
        }
        (Entry::Vacant(place), None) => {
            place.insert(value);
        }
        (Entry::Occupied(_), None) => twice(field.name().to_owned()),
    }
}

/// Canonical JSON takes a text for everything but yes and no.
fn value(field: &FieldDescriptor, text: String) -> Json {
    match (field.kind(), text.as_str()) {
        (Kind::Bool, "true") => Json::Bool(true),
        (Kind::Bool, "false") => Json::Bool(false),
        _ => Json::String(text),
    }
}
