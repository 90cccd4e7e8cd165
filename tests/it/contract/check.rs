//! Validates exchanges against our description, more strictly than JSON Schema: what it does not
//! declare is a deviation, so that a misspelled field cannot pass for an additional one.

mod fields;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::document::{Document, Operation, schema_of};
use super::errors::{self, Row};
use super::record::{Answer, Exchange};
use fields::Schemas;

const JSON: &str = "application/json";
/// Headers of HTTP itself, which OpenAPI does not describe.
const OF_HTTP: [&str; 9] = [
    "accept",
    "connection",
    "content-length",
    "content-type",
    "date",
    "host",
    "transfer-encoding",
    "user-agent",
    // Described as the security scheme.
    "authorization",
];

/// Validates exchanges against the description.
pub struct Check<'a> {
    document: &'a Document,
    /// The ids of business accounts; any other id is a number.
    accounts: BTreeSet<String>,
    schemas: Schemas<'a>,
    errors: Vec<Row>,
    /// Deviations, each with an example.
    deviations: BTreeMap<String, String>,
    operations: BTreeSet<String>,
    /// Positions in `errors`.
    met: BTreeSet<usize>,
}

impl<'a> Check<'a> {
    pub fn new(document: &'a Document, accounts: BTreeSet<String>) -> Self {
        Self {
            document,
            accounts,
            schemas: Schemas::of(document),
            errors: errors::of(document),
            deviations: BTreeMap::new(),
            operations: BTreeSet::new(),
            met: BTreeSet::new(),
        }
    }

    /// All deviations, and everything described that no exchange covered.
    pub fn problems(self) -> Vec<String> {
        let unmet = self
            .document
            .operations()
            .map(|operation| operation.name())
            .filter(|name| !self.operations.contains(name))
            .map(|name| format!("{name} is described, but the adapter never calls it"));
        let absent = self.errors.iter().enumerate();
        let absent = absent
            .filter(|(at, row)| !row.absent && !self.met.contains(at))
            .map(|(_, row)| {
                let (name, meaning) = (row.name(), &row.meaning);
                format!("error {name} is described, but the sandbox never returns it: {meaning}")
            });
        let unmet: Vec<String> = unmet.chain(absent).collect();
        let deviations = self.deviations.into_iter();
        deviations
            .map(|(what, example)| format!("{what}; for example {example}"))
            .chain(unmet)
            .collect()
    }

    /// Validates one exchange.
    pub fn validate(&mut self, exchange: &Exchange) {
        let (path, named) = self.locate(exchange);
        let method = exchange.asked.method.as_str();
        let operation = self
            .document
            .operation(&method.to_lowercase(), &format!("/{{Version}}{path}"));
        let Some(operation) = operation else {
            let uri = exchange.asked.uri.to_string();
            return self.deviates(&format!("{method} {path}"), "is not described", &json!(uri));
        };
        self.operations.insert(operation.name());
        self.parameters(exchange, &named, operation);
        self.headers(exchange, operation);
        self.request(exchange, operation);
        self.answer(exchange, operation);
    }

    fn deviates(&mut self, place: &str, how: &str, value: &Value) {
        let example = || value.to_string();
        let what = format!("{place} {how}");
        self.deviations.entry(what).or_insert_with(example);
    }

    /// The path as the description writes it, without the version, and what its names in braces
    /// stand for.
    fn locate(&self, exchange: &Exchange) -> (String, BTreeMap<&'static str, String>) {
        let parts = exchange.asked.path();
        let (version, object) = (parts[0].to_owned(), parts[1].to_owned());
        let edge = [&[""], &parts[2..]].concat().join("/");
        let mut named = BTreeMap::from([("Version", version)]);
        let name = if self.accounts.contains(&object) {
            "WABA-ID"
        } else if object.bytes().all(|byte| byte.is_ascii_digit()) {
            "Phone-Number-ID"
        } else {
            return (format!("/{object}{edge}"), named);
        };
        named.insert(name, object);
        (format!("/{{{name}}}{edge}"), named)
    }

    fn parameters(
        &mut self,
        exchange: &Exchange,
        named: &BTreeMap<&str, String>,
        operation: Operation<'a>,
    ) {
        let declared = operation.parameters();
        let query = exchange.asked.query();
        for (name, value) in &query {
            if !declared.contains_key(&format!("query/{name}")) {
                let place = format!("{}: query/{name}", operation.name());
                self.deviates(&place, "is not described", &json!(value));
            }
        }
        for (key, parameter) in declared {
            let (place, name) = key.split_once('/').unwrap();
            let text = match place {
                "query" => query
                    .iter()
                    .find(|(own, _)| own == name)
                    .map(|(_, value)| value.as_str()),
                "path" => named.get(name).map(String::as_str),
                place => panic!("{key}: no parameter is expected in the {place}"),
            };
            let place = format!("{}: {key}", operation.name());
            match text {
                Some(text) => {
                    for (place, how, value) in self.schemas.parameter(parameter, text, &place) {
                        self.deviates(&place, how, &value);
                    }
                }
                None if parameter["required"] == true => {
                    self.deviates(&place, "is missing", &Value::Null);
                }
                None => {}
            }
        }
    }

    fn headers(&mut self, exchange: &Exchange, operation: Operation<'a>) {
        for (name, value) in &exchange.asked.headers {
            if !OF_HTTP.contains(&name.as_str()) {
                let place = format!("{}: header/{name}", operation.name());
                self.deviates(&place, "is not described", &json!(value.to_str().unwrap()));
            }
        }
        let token = exchange.asked.headers.get("authorization");
        let token = token.and_then(|value| value.to_str().unwrap().strip_prefix("Bearer "));
        if token.is_none_or(str::is_empty) {
            self.deviates(&operation.name(), "has no token", &Value::Null);
        }
    }

    fn request(&mut self, exchange: &Exchange, operation: Operation<'a>) {
        let place = format!("{}: request", operation.name());
        let declared = operation.request();
        match (exchange.asked.body(), declared) {
            (Some(body), None) => self.deviates(&place, "is not described", &body),
            (Some(body), Some(declared)) => {
                if exchange
                    .asked
                    .headers
                    .get("content-type")
                    .is_none_or(|kind| kind != JSON)
                {
                    self.deviates(&place, "is not sent as JSON", &Value::Null);
                }
                self.body(declared, &body, &place);
            }
            (None, Some(declared)) if declared["required"] == true => {
                self.deviates(&place, "is missing", &Value::Null);
            }
            (None, _) => {}
        }
    }

    fn answer(&mut self, exchange: &Exchange, operation: Operation<'a>) {
        let status = exchange.status.to_string();
        let place = format!("{}: answer", operation.name());
        let answer = match exchange.answer() {
            // A connection may be dropped, and a response may be truncated, at any byte.
            Answer::Lost | Answer::Cut => return,
            Answer::Json(json) => json,
            Answer::Other(text) => json!(text),
        };
        let Some(&declared) = operation.answers().get(status.as_str()) else {
            return self.deviates(&format!("{place} {status}"), "is not described", &answer);
        };
        self.answer_headers(exchange, declared, &place);
        if let Some(page) = answer.as_str() {
            return match schema_of(declared, "text/html") {
                Some(schema) => self.against(schema, &json!(page), &place),
                None => self.deviates(&format!("{place} {status}"), "is no JSON", &answer),
            };
        }
        if answer.get("error").is_none() {
            return self.body(declared, &answer, &place);
        }
        let schema = &self.document.file("nodes.yaml")["Error"];
        self.against(schema, &answer, &place);
        self.error(&answer["error"], exchange.status, operation);
    }

    fn answer_headers(&mut self, exchange: &Exchange, declared: &'a Value, place: &str) {
        let described = declared["headers"].as_object().unwrap();
        for (name, value) in &exchange.headers {
            let value = value.to_str().unwrap();
            let place = format!("{place}/header/{name}");
            let Some(header) = described.get(name.as_str()) else {
                if !OF_HTTP.contains(&name.as_str()) {
                    self.deviates(&place, "is not described", &json!(value));
                }
                continue;
            };
            let header = self.document.resolve(header);
            match schema_of(header, JSON) {
                Some(schema) => match serde_json::from_str(value) {
                    Ok(value) => self.against(schema, &value, &place),
                    Err(_) => self.deviates(&place, "is no JSON", &json!(value)),
                },
                None => self.against(&header["schema"], &json!(value), &place),
            }
        }
    }

    fn error(&mut self, error: &Value, status: u16, operation: Operation<'a>) {
        let code = error["code"].as_i64().unwrap_or_default();
        let subcode = error["error_subcode"].as_i64();
        let place = format!(
            "{}: error {}",
            operation.name(),
            errors::name(code, subcode)
        );
        let of_code = self.errors.iter().enumerate().filter(|(_, row)| {
            row.is_of(operation.id()) && (row.code, row.subcode) == (code, subcode)
        });
        let of_code: Vec<_> = of_code.collect();
        let of_status = of_code
            .iter()
            .filter(|(_, row)| row.status.contains(&status));
        let said: Vec<usize> = of_status
            .clone()
            .filter(|(_, row)| row.is_said_by(error))
            .map(|(at, _)| *at)
            .collect();
        let how = if of_code.is_empty() {
            "is not described for it".to_owned()
        } else if of_status.count() == 0 {
            format!("is not described under {status}")
        } else if said.is_empty() {
            "has no text that is described".to_owned()
        } else {
            self.met.extend(said);
            return;
        };
        self.deviates(&place, &how, error);
    }

    /// Validates a body against the schema declared for JSON.
    fn body(&mut self, declared: &'a Value, body: &Value, place: &str) {
        match schema_of(declared, JSON) {
            Some(schema) => self.against(schema, body, place),
            None => self.deviates(place, "is JSON", body),
        }
    }

    fn against(&mut self, schema: &'a Value, value: &Value, place: &str) {
        for (place, how, value) in self.schemas.value(schema, value, place) {
            self.deviates(&place, how, &value);
        }
    }
}
