//! What no request may contain, for any version of Graph.

use jsonschema::Validator;
use serde::Deserialize;
use serde_json::{Value, json};

use super::document::{Document, schema_of};
use super::record::Asked;

/// Something that no request may contain.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Row {
    pub what: String,
    #[serde(rename = "in")]
    place: Place,
    name: Option<String>,
    pattern: Option<String>,
    /// A request that contains it.
    pub shown: Shown,
    #[serde(rename = "x-source")]
    _source: Value,
}

/// Its place in a request.
#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Place {
    /// A query parameter or a field of the body, by name.
    Parameter,
    /// A text in either.
    Text,
    Path,
    Header,
}

/// A request that contains it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Shown {
    target: String,
    header: Option<String>,
    body: Option<Value>,
}

/// The rows of our description.
pub fn of(document: &Document) -> Vec<Row> {
    serde_json::from_value(document.file("forbidden.yaml").clone()).unwrap()
}

impl Row {
    /// Whether a request contains it.
    pub fn is_in(&self, asked: &Asked) -> bool {
        let body = asked.body().unwrap_or_default();
        let query = asked.query();
        match self.place {
            Place::Parameter => {
                let name = self.name();
                query.iter().any(|(own, _)| own == name) || body.get(name).is_some()
            }
            Place::Text => {
                let pattern = self.pattern();
                let query = query.iter().any(|(_, value)| holds(&pattern, value));
                query || holds(&pattern, &body.to_string())
            }
            Place::Path => holds(&self.pattern(), asked.uri.path()),
            Place::Header => asked.headers.contains_key(self.name()),
        }
    }

    /// The operations of `document` that declare it.
    pub fn declared_by(&self, document: &Document) -> Vec<String> {
        let declares = |place: &str, name: &str| match self.place {
            Place::Parameter => place != "header" && self.name() == name,
            Place::Header => place == "header" && self.name().eq_ignore_ascii_case(name),
            Place::Text | Place::Path => false,
        };
        let path = |path: &str| matches!(self.place, Place::Path) && holds(&self.pattern(), path);
        document
            .operations()
            .filter(|operation| {
                let parameters = operation.parameters();
                let body = operation
                    .request()
                    .and_then(|body| schema_of(body, "application/json"));
                let fields = body.and_then(|schema| schema["properties"].as_object());
                path(operation.path)
                    || parameters.keys().any(|key| {
                        let (place, name) = key.split_once('/').unwrap();
                        declares(place, name)
                    })
                    || fields.is_some_and(|fields| fields.keys().any(|name| declares("body", name)))
            })
            .map(|operation| operation.name())
            .collect()
    }

    fn name(&self) -> &str {
        self.name.as_deref().expect("it has a name")
    }

    fn pattern(&self) -> Validator {
        let pattern = self.pattern.as_deref().expect("it has a pattern");
        jsonschema::validator_for(&json!({ "pattern": pattern })).unwrap()
    }
}

impl Shown {
    /// The request with the header that `row` forbids.
    pub fn asked(&self, row: &Row) -> Asked {
        let mut headers = axum::http::HeaderMap::new();
        if let Some(value) = &self.header {
            let name: axum::http::HeaderName = row.name().parse().unwrap();
            headers.insert(name, value.parse().unwrap());
        }
        let body = self
            .body
            .as_ref()
            .map(ToString::to_string)
            .unwrap_or_default();
        Asked {
            method: axum::http::Method::GET,
            uri: self.target.parse().unwrap(),
            headers,
            body: body.into(),
        }
    }
}

fn holds(pattern: &Validator, text: &str) -> bool {
    pattern.is_valid(&json!(text))
}
