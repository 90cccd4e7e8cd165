//! Validates values and parameters against their schemas.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use jsonschema::error::ValidationErrorKind;
use jsonschema::{Draft, Validator};
use serde_json::{Value, json};

use crate::contract::document::Document;

/// A place, the deviation, and the value there.
type Deviation = (String, &'static str, Value);

/// The schemas of a description, each compiled once.
pub struct Schemas<'a> {
    document: &'a Document,
    compiled: RefCell<HashMap<String, Rc<Validator>>>,
}

impl<'a> Schemas<'a> {
    pub fn of(document: &'a Document) -> Self {
        Self {
            document,
            compiled: RefCell::default(),
        }
    }

    /// Deviations of a value from `schema`.
    pub fn value(&self, schema: &Value, value: &Value, place: &str) -> Vec<Deviation> {
        let mut found = Vec::new();
        for error in self.compiled(schema).iter_errors(value) {
            let here = place_of(place, error.instance_path().as_str());
            let instance = error.instance().as_ref();
            match error.kind() {
                ValidationErrorKind::AdditionalProperties { unexpected } => {
                    for name in unexpected {
                        let place = format!("{here}/{name}");
                        found.push((place, "is not described", instance[name].clone()));
                    }
                }
                ValidationErrorKind::Required { property } => {
                    let place = format!("{here}/{}", property.as_str().unwrap());
                    found.push((place, "is missing", instance.clone()));
                }
                _ => found.push((here, "is not as described", instance.clone())),
            }
        }
        found
    }

    /// Deviations of a parameter's text from its description.
    pub fn parameter(&self, parameter: &Value, text: &str, place: &str) -> Vec<Deviation> {
        let schema = &parameter["schema"];
        let value = match schema["type"].as_str() {
            Some("integer") => text.parse::<i64>().map_or(json!(text), Value::from),
            Some("array") => json!(text.split(',').collect::<Vec<_>>()),
            _ => json!(text),
        };
        let mut found = self.value(schema, &value, place);
        if let Some(node) = parameter.get("x-fields-of") {
            let properties = &self.document.resolve(node)["properties"];
            let unknown = text
                .split(',')
                .filter(|name| properties.get(name).is_none());
            found.extend(
                unknown.map(|name| (format!("{place}/{name}"), "is not described", json!(text))),
            );
        }
        found
    }

    fn compiled(&self, schema: &Value) -> Rc<Validator> {
        let key = schema.to_string();
        if let Some(known) = self.compiled.borrow().get(&key) {
            return Rc::clone(known);
        }
        let mut whole = self.document.tree().clone();
        whole["allOf"] = json!([schema]);
        let compiled = jsonschema::options()
            .with_draft(Draft::Draft202012)
            .build(&whole)
            .expect("the description's schema is one");
        let compiled = Rc::new(compiled);
        self.compiled.borrow_mut().insert(key, Rc::clone(&compiled));
        compiled
    }
}

/// A JSON pointer below `place`, with a star for each position in a list.
fn place_of(place: &str, pointer: &str) -> String {
    let parts = pointer.split('/').map(|part| {
        if part.parse::<usize>().is_ok() {
            "*"
        } else {
            part
        }
    });
    format!("{place}{}", parts.collect::<Vec<_>>().join("/"))
}
