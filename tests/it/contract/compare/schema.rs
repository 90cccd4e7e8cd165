//! Compares schemas: types, values, bounds, properties.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::Found;

/// Keywords whose values are compared verbatim.
const KEYWORDS: [&str; 7] = [
    "pattern",
    "minLength",
    "maxLength",
    "minimum",
    "maximum",
    "nullable",
    "format",
];

impl Found<'_> {
    /// Adds the differences of two schemas at a place.
    pub(super) fn schema(&mut self, at: &str, ours: &Value, theirs: &Value) {
        let (ours, theirs) = (self.ours.resolve(ours), self.theirs.resolve(theirs));
        self.add("type", at, types(ours), types(theirs));
        for keyword in KEYWORDS {
            self.add(keyword, at, ours[keyword].clone(), theirs[keyword].clone());
        }
        let (own, other) = (values(ours), values(theirs));
        self.sets("values", at, &own, &other);
        let (own, other) = (texts(&ours["required"]), texts(&theirs["required"]));
        self.sets("required", at, &own, &other);

        let none = serde_json::Map::new();
        let own = ours["properties"].as_object().unwrap_or(&none);
        let other = theirs["properties"].as_object().unwrap_or(&none);
        let names: BTreeSet<&String> = own.keys().chain(other.keys()).collect();
        for name in names {
            let at = format!("{at}/{name}");
            match (own.get(name), other.get(name)) {
                (Some(own), Some(other)) => self.schema(&at, own, other),
                (own, other) => self.presence("property", &at, own.is_some(), other.is_some()),
            }
        }
        if let (Some(own), Some(other)) = (ours.get("items"), theirs.get("items")) {
            self.schema(&format!("{at}/*"), own, other);
        }
    }

    /// Adds what only one of two sets has.
    fn sets(&mut self, what: &str, at: &str, ours: &BTreeSet<String>, theirs: &BTreeSet<String>) {
        let only = |one: &BTreeSet<String>, other| {
            let left: Vec<&String> = one.difference(other).collect();
            if left.is_empty() {
                Value::Null
            } else {
                json!(left)
            }
        };
        self.add(what, at, only(ours, theirs), only(theirs, ours));
    }
}

/// The types; a list if there are several.
fn types(schema: &Value) -> Value {
    match &schema["type"] {
        Value::Array(types) => {
            let types: BTreeSet<&str> = types.iter().filter_map(Value::as_str).collect();
            json!(types)
        }
        one => one.clone(),
    }
}

/// The values that an enum or a constant allows.
fn values(schema: &Value) -> BTreeSet<String> {
    let constant = schema.get("const").map(ToString::to_string);
    texts(&schema["enum"]).into_iter().chain(constant).collect()
}

fn texts(list: &Value) -> BTreeSet<String> {
    let items = list.as_array().into_iter().flatten();
    let text = |item: &Value| {
        item.as_str()
            .map_or_else(|| item.to_string(), str::to_owned)
    };
    items.map(text).collect()
}
