//! Compares our description with Meta's file, operation by operation. `listed` decides which
//! differences are accepted.

mod schema;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::document::{Document, Operation, schema_of};
use super::errors::{self, Row};

const JSON: &str = "application/json";

/// A difference between the two.
#[derive(Debug, PartialEq)]
pub struct Difference {
    /// The operation: `GET /{WABA-ID}/phone_numbers`.
    pub on: String,
    /// What differs: `parameter`, `status`, `property`, a keyword of a schema, …
    pub what: String,
    /// Where: `query/limit`, `request/cc`, `answer/data/*/status`, an HTTP status, an error.
    pub at: String,
    /// Ours; null if absent.
    pub ours: Value,
    /// Theirs; null if absent.
    pub theirs: Value,
}

/// Collects the differences of one operation.
struct Found<'a> {
    on: String,
    ours: &'a Document,
    theirs: &'a Document,
    differences: Vec<Difference>,
}

/// Every difference of what our description contains.
pub fn differences(ours: &Document, theirs: &Document) -> Vec<Difference> {
    let errors = errors::of(ours);
    ours.operations()
        .flat_map(|own| {
            let mut found = Found {
                on: own.name(),
                ours,
                theirs,
                differences: Vec::new(),
            };
            match theirs.operation(own.method, own.path) {
                Some(other) => found.operation(own, other, &errors),
                None => found.presence("operation", "", true, false),
            }
            found.differences
        })
        .collect()
}

impl Found<'_> {
    fn add(&mut self, what: &str, at: &str, ours: Value, theirs: Value) {
        if ours != theirs {
            self.differences.push(Difference {
                on: self.on.clone(),
                what: what.to_owned(),
                at: at.to_owned(),
                ours,
                theirs,
            });
        }
    }

    /// Something that only one of the two has.
    fn presence(&mut self, what: &str, at: &str, ours: bool, theirs: bool) {
        let word = |declared: bool| {
            if declared {
                json!("declared")
            } else {
                Value::Null
            }
        };
        self.add(what, at, word(ours), word(theirs));
    }

    fn operation(&mut self, ours: Operation<'_>, theirs: Operation<'_>, errors: &[Row]) {
        self.parameters(&ours.parameters(), &theirs.parameters());
        let (own, other) = (ours.request(), theirs.request());
        self.presence("body", "request", own.is_some(), other.is_some());
        if let (Some(own), Some(other)) = (own, other) {
            self.required("request", own, other);
            self.body("request", own, other);
        }
        self.answers(&ours.answers(), &theirs.answers());
        let own = of_rows(errors, ours.id());
        for (name, other) in of_examples(&theirs.answers()) {
            let own = own.get(&name);
            // The file has one example for each status, so a missing example means nothing.
            if own.is_none_or(|own| !other.is_subset(own)) {
                self.add("error", &name, json!(own), json!(other));
            }
        }
    }

    fn parameters(&mut self, ours: &BTreeMap<String, &Value>, theirs: &BTreeMap<String, &Value>) {
        for at in names(ours, theirs) {
            match (ours.get(at), theirs.get(at)) {
                (Some(own), Some(other)) => {
                    self.required(at, own, other);
                    self.schema(at, &own["schema"], &other["schema"]);
                }
                (own, other) => self.presence("parameter", at, own.is_some(), other.is_some()),
            }
        }
    }

    fn answers(&mut self, ours: &BTreeMap<&str, &Value>, theirs: &BTreeMap<&str, &Value>) {
        for status in names(ours, theirs) {
            match (ours.get(status), theirs.get(status)) {
                (Some(own), Some(other)) => {
                    // All errors have one shape, so one status is enough.
                    if *status == "200" || *status == "400" {
                        let at = if *status == "200" {
                            "answer"
                        } else {
                            "refusal"
                        };
                        self.headers(at, own, other);
                        self.body(at, own, other);
                    }
                }
                (own, other) => self.presence("status", status, own.is_some(), other.is_some()),
            }
        }
    }

    fn headers(&mut self, at: &str, ours: &Value, theirs: &Value) {
        let names = |answer: &Value| -> BTreeSet<String> {
            let headers = answer["headers"].as_object();
            let names = headers.into_iter().flat_map(|headers| headers.keys());
            names.map(|name| name.to_lowercase()).collect()
        };
        let (own, other) = (names(ours), names(theirs));
        for name in own.union(&other) {
            let at = format!("{at}/{name}");
            self.presence("header", &at, own.contains(name), other.contains(name));
        }
    }

    fn required(&mut self, at: &str, ours: &Value, theirs: &Value) {
        let required = |node: &Value| json!(node["required"] == true);
        self.add("required", at, required(ours), required(theirs));
    }

    fn body(&mut self, at: &str, ours: &Value, theirs: &Value) {
        match (schema_of(ours, JSON), schema_of(theirs, JSON)) {
            (Some(own), Some(other)) => self.schema(at, own, other),
            (own, other) => self.presence("JSON", at, own.is_some(), other.is_some()),
        }
    }
}

/// The statuses of each error of an operation, in our table.
fn of_rows(errors: &[Row], operation: &str) -> BTreeMap<String, BTreeSet<u16>> {
    let mut statuses: BTreeMap<_, BTreeSet<u16>> = BTreeMap::new();
    for row in errors.iter().filter(|row| row.is_of(operation)) {
        statuses.entry(row.name()).or_default().extend(&row.status);
    }
    statuses
}

/// The statuses of each error of which Meta's file has an example.
fn of_examples(answers: &BTreeMap<&str, &Value>) -> BTreeMap<String, BTreeSet<u16>> {
    let mut statuses: BTreeMap<_, BTreeSet<u16>> = BTreeMap::new();
    for (status, answer) in answers {
        let body = &answer["content"][JSON];
        let many = body["examples"].as_object().into_iter();
        let many = many.flat_map(|examples| examples.values().map(|example| &example["value"]));
        for error in many.chain([&body["example"]]).map(|value| &value["error"]) {
            if let Some(code) = error["code"].as_i64() {
                let name = errors::name(code, error["error_subcode"].as_i64());
                statuses
                    .entry(name)
                    .or_default()
                    .insert(status.parse().unwrap());
            }
        }
    }
    statuses
}

/// The names in either of the two.
fn names<'a, K: Ord, A, B>(
    ours: &'a BTreeMap<K, A>,
    theirs: &'a BTreeMap<K, B>,
) -> BTreeSet<&'a K> {
    ours.keys().chain(theirs.keys()).collect()
}
