//! Meta's OpenAPI file: finds the operation of an exchange and tells where the two deviate.
//!
//! It reads the file more strictly than JSON Schema does: what the file does not declare is a deviation, so that a
//! misspelled field cannot pass for an additional one. It never judges a deviation: that is `differences`'.

use std::cell::RefCell;
use std::collections::{BTreeSet, HashMap};
use std::rc::Rc;

use jsonschema::error::ValidationErrorKind;
use jsonschema::{Draft, Validator};
use serde_json::{Value, json};

use super::deviation::{Deviation, Found, Kind};
use super::record::Exchange;

const ERROR: &str = "#/components/schemas/GraphAPIError";

/// Meta's file.
pub struct Spec {
    file: Value,
    /// The ids that are business accounts; any other is a number.
    accounts: BTreeSet<String>,
    validators: RefCell<HashMap<String, Rc<Validator>>>,
}

impl Spec {
    /// Reads the file from its text.
    pub fn read(text: &str, accounts: BTreeSet<String>) -> Self {
        let mut file: Value = serde_saphyr::from_str(text).expect("Meta's OpenAPI file is YAML");
        assert_eq!(file["openapi"], "3.1.0", "its schemas are draft 2020-12");
        close(&mut file);
        Self {
            file,
            accounts,
            validators: RefCell::default(),
        }
    }

    /// What stands at a JSON pointer into the file.
    pub fn at(&self, pointer: &str) -> Option<&Value> {
        self.file.pointer(pointer)
    }

    /// Where `exchange` is not as the file has it.
    pub fn deviations(&self, exchange: &Exchange) -> Vec<Deviation> {
        let (path, named) = self.locate(exchange);
        let item = &self.file["paths"][format!("/{{Version}}{path}")];
        let operation = &item[exchange.method()];
        let mut found = Found::on(format!("{} {path}", exchange.method().to_uppercase()));
        if operation.is_null() {
            found.add(Kind::Operation, "", Value::Null);
            return found.deviations;
        }
        self.parameters(exchange, &named, [item, operation], &mut found);
        self.request(exchange, operation, &mut found);
        self.answer(exchange, operation, &mut found);
        found.deviations
    }

    /// The path as the file writes it, without the version, and what its names in braces stand for.
    fn locate(&self, exchange: &Exchange) -> (String, Vec<(&'static str, String)>) {
        let parts = exchange.path();
        let (version, object) = (parts[0].to_owned(), parts[1].to_owned());
        let edge = [&[""], &parts[2..]].concat().join("/");
        let name = if self.accounts.contains(&object) {
            "WABA-ID"
        } else if object.bytes().all(|byte| byte.is_ascii_digit()) {
            "Phone-Number-ID"
        } else {
            return (format!("/{object}{edge}"), vec![("Version", version)]);
        };
        (
            format!("/{{{name}}}{edge}"),
            vec![("Version", version), (name, object)],
        )
    }

    fn parameters(
        &self,
        exchange: &Exchange,
        named: &[(&str, String)],
        declaring: [&Value; 2],
        found: &mut Found,
    ) {
        let declared: Vec<&Value> = declaring
            .iter()
            .filter_map(|node| node["parameters"].as_array())
            .flatten()
            .map(|parameter| self.resolve(parameter))
            .collect();
        let query = exchange.query();
        for (name, value) in &query {
            let is_it = |p: &&&Value| p["in"] == "query" && p["name"] == name.as_str();
            if declared.iter().find(is_it).is_none() {
                found.add(Kind::Undeclared, format!("query/{name}"), json!(value));
            }
        }
        for parameter in declared {
            let name = parameter["name"].as_str().unwrap();
            let place = parameter["in"].as_str().unwrap();
            let text = match place {
                "query" => query
                    .iter()
                    .find(|(own, _)| own == name)
                    .map(|(_, v)| v.as_str()),
                "path" => named
                    .iter()
                    .find(|(own, _)| *own == name)
                    .map(|(_, v)| v.as_str()),
                _ => exchange.header(name),
            };
            let place = format!("{place}/{name}");
            match text {
                Some(text) => {
                    let schema = &parameter["schema"];
                    let number = text
                        .parse::<i64>()
                        .ok()
                        .filter(|_| schema["type"] == "integer");
                    let value = number.map_or(json!(text), Value::from);
                    self.check(schema, &value, &place, found);
                }
                None if parameter["required"] == true => {
                    found.add(Kind::Missing, place, Value::Null);
                }
                None => {}
            }
        }
    }

    fn request(&self, exchange: &Exchange, operation: &Value, found: &mut Found) {
        let declared = &operation["requestBody"];
        match exchange.request() {
            Some(body) if declared.is_null() => found.add(Kind::Undeclared, "request", body),
            Some(body) => self.check(schema_of(declared), &body, "request", found),
            None if declared["required"] == true => {
                found.add(Kind::Missing, "request", Value::Null);
            }
            None => {}
        }
    }

    fn answer(&self, exchange: &Exchange, operation: &Value, found: &mut Found) {
        let status = exchange.status();
        let answer = match exchange.answer() {
            Ok(answer) => answer,
            Err(text) => return found.add(Kind::NotJson, status.to_string(), json!(text)),
        };
        let declared = &operation["responses"][status.to_string()];
        let error = json!({ "$ref": ERROR });
        let schema = match exchange.error() {
            Some(_) if status == 200 || declared.is_null() => {
                found.add(Kind::Status, status.to_string(), answer.clone());
                &error
            }
            _ => schema_of(declared),
        };
        self.check(schema, &answer, "answer", found);
        if let Some((code, subcode)) = exchange.error() {
            let under = examples(operation, code, subcode);
            let name = subcode.map_or(code.to_string(), |subcode| format!("{code}/{subcode}"));
            if under.is_empty() {
                found.add(Kind::UnknownError, name, json!(status));
            } else if !under.contains(&status.to_string()) {
                found.add(Kind::ErrorStatus, name, json!(status));
            }
        }
    }

    fn check(&self, schema: &Value, value: &Value, place: &str, found: &mut Found) {
        let key = schema.to_string();
        let known = self.validators.borrow().get(&key).cloned();
        let validator = known.unwrap_or_else(|| {
            let whole = json!({"components": self.file["components"], "allOf": [schema]});
            let built = jsonschema::options()
                .with_draft(Draft::Draft202012)
                .build(&whole)
                .expect("the file's schema is one");
            let built = Rc::new(built);
            self.validators.borrow_mut().insert(key, Rc::clone(&built));
            built
        });
        for error in validator.iter_errors(value) {
            let here = place_of(place, error.instance_path().as_str());
            let instance = error.instance().as_ref();
            match error.kind() {
                ValidationErrorKind::AdditionalProperties { unexpected } => {
                    for name in unexpected {
                        let place = format!("{here}/{name}");
                        found.add(Kind::Undeclared, place, instance[name].clone());
                    }
                }
                ValidationErrorKind::Required { property } => {
                    let place = format!("{here}/{}", property.as_str().unwrap());
                    found.add(Kind::Missing, place, instance.clone());
                }
                _ => found.add(Kind::Value, here, instance.clone()),
            }
        }
    }

    fn resolve<'a>(&'a self, node: &'a Value) -> &'a Value {
        match node["$ref"].as_str() {
            Some(pointer) => self
                .at(pointer.trim_start_matches('#'))
                .expect("it is there"),
            None => node,
        }
    }
}

/// Forbids, in every schema that lists properties, those that it does not list.
fn close(node: &mut Value) {
    match node {
        Value::Object(fields) => {
            if fields.get("properties").is_some_and(Value::is_object) {
                fields.entry("additionalProperties").or_insert(json!(false));
            }
            fields.values_mut().for_each(close);
        }
        Value::Array(items) => items.iter_mut().for_each(close),
        _ => {}
    }
}

/// The schema of a body that the file declares.
fn schema_of(body: &Value) -> &Value {
    let schema = &body["content"]["application/json"]["schema"];
    assert!(!schema.is_null(), "the file declares no JSON: {body}");
    schema
}

/// The statuses under which the operation has an example of the error.
fn examples(operation: &Value, code: i64, subcode: Option<i64>) -> Vec<String> {
    let responses = operation["responses"].as_object().unwrap();
    let shows = |response: &Value| {
        let error = &response["content"]["application/json"]["example"]["error"];
        error["code"] == code && subcode.is_none_or(|subcode| error["error_subcode"] == subcode)
    };
    responses
        .iter()
        .filter(|(_, response)| shows(response))
        .map(|(status, _)| status.clone())
        .collect()
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
