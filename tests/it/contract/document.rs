//! OpenAPI descriptions: ours, in files of `tests/contract`, and Meta's, in one file.
//!
//! A description of several files is one tree with a branch for each file; references point into
//! the tree.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde_json::{Map, Value, json};

/// The entry file of a description.
const ENTRY: &str = "graph-api.yaml";
const METHODS: [&str; 5] = ["get", "post", "put", "delete", "patch"];

/// A description.
#[derive(Clone)]
pub struct Document {
    tree: Value,
}

/// An operation of a description.
#[derive(Clone, Copy)]
pub struct Operation<'a> {
    document: &'a Document,
    pub path: &'a str,
    pub method: &'a str,
    item: &'a Value,
    node: &'a Value,
}

impl Document {
    /// Our description. Its schemas are closed: they forbid the properties that they do not list.
    pub fn ours() -> Self {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/contract");
        let mut files = Map::new();
        for file in fs::read_dir(folder).unwrap() {
            let path = file.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            // The list is not part of the description.
            if path.extension().is_some_and(|own| own == "yaml") && name != "differences.yaml" {
                files.insert(name, yaml(&fs::read_to_string(&path).unwrap()));
            }
        }
        let mut document = Self::of(files);
        close(&mut document.tree);
        document
    }

    /// The description of one file, from its text.
    pub fn read(text: &str) -> Self {
        Self::of(Map::from_iter([(ENTRY.to_owned(), yaml(text))]))
    }

    fn of(mut files: Map<String, Value>) -> Self {
        for (file, content) in &mut files {
            anchor(content, file);
        }
        let document = Self { tree: files.into() };
        assert_eq!(
            document.root()["openapi"],
            "3.1.0",
            "its schemas are draft 2020-12"
        );
        document
    }

    /// Replaces the value at a JSON pointer; null removes it.
    pub fn with(mut self, pointer: &str, value: Value) -> Self {
        let (parent, name) = pointer.rsplit_once('/').unwrap();
        let parent = self.tree.pointer_mut(parent).and_then(Value::as_object_mut);
        let parent = parent.unwrap_or_else(|| panic!("{pointer} is missing"));
        if value.is_null() {
            parent.remove(name);
        } else {
            parent.insert(name.to_owned(), value);
        }
        self
    }

    /// All files, each under its name.
    pub fn tree(&self) -> &Value {
        &self.tree
    }

    /// The entry file.
    pub fn root(&self) -> &Value {
        &self.tree[ENTRY]
    }

    /// A file of the description.
    pub fn file(&self, name: &str) -> &Value {
        let file = &self.tree[name];
        assert!(!file.is_null(), "{name} is missing");
        file
    }

    /// `node`, or what it refers to.
    pub fn resolve<'a>(&'a self, node: &'a Value) -> &'a Value {
        match node["$ref"].as_str() {
            Some(reference) => {
                let found = self.tree.pointer(reference.trim_start_matches('#'));
                self.resolve(found.unwrap_or_else(|| panic!("{reference} is missing")))
            }
            None => node,
        }
    }

    /// Every operation.
    pub fn operations(&self) -> impl Iterator<Item = Operation<'_>> {
        let paths = self.root()["paths"].as_object().unwrap();
        paths.iter().flat_map(move |(path, item)| {
            let item = self.resolve(item);
            METHODS.into_iter().filter_map(move |method| {
                Some(Operation {
                    document: self,
                    path,
                    method,
                    item,
                    node: item.get(method)?,
                })
            })
        })
    }

    /// The operation of this lower-case method and path.
    pub fn operation(&self, method: &str, path: &str) -> Option<Operation<'_>> {
        self.operations()
            .find(|operation| operation.method == method && operation.path == path)
    }
}

impl<'a> Operation<'a> {
    /// `GET /{WABA-ID}/phone_numbers`.
    pub fn name(&self) -> String {
        let path = self.path.trim_start_matches("/{Version}");
        format!("{} {path}", self.method.to_uppercase())
    }

    /// Its `operationId`.
    pub fn id(&self) -> &'a str {
        self.node["operationId"].as_str().unwrap()
    }

    /// Its parameters, by `query/fields`.
    pub fn parameters(&self) -> BTreeMap<String, &'a Value> {
        [self.item, self.node]
            .into_iter()
            .filter_map(|node| node["parameters"].as_array())
            .flatten()
            .map(|parameter| self.document.resolve(parameter))
            .map(|parameter| {
                let place = parameter["in"].as_str().unwrap();
                let name = parameter["name"].as_str().unwrap();
                (format!("{place}/{name}"), parameter)
            })
            .collect()
    }

    /// Its request body.
    pub fn request(&self) -> Option<&'a Value> {
        self.node
            .get("requestBody")
            .map(|body| self.document.resolve(body))
    }

    /// Its responses, by HTTP status.
    pub fn answers(&self) -> BTreeMap<&'a str, &'a Value> {
        let answers = self.node["responses"].as_object().unwrap();
        answers
            .iter()
            .map(|(status, answer)| (status.as_str(), self.document.resolve(answer)))
            .collect()
    }
}

/// The schema of a body of this content type, if any.
pub fn schema_of<'a>(body: &'a Value, kind: &str) -> Option<&'a Value> {
    body["content"].get(kind)?.get("schema")
}

fn yaml(text: &str) -> Value {
    serde_saphyr::from_str(text).expect("a description is YAML")
}

/// Makes references of a file point into the tree of all files.
fn anchor(node: &mut Value, file: &str) {
    match node {
        Value::Object(fields) => {
            if let Some(Value::String(reference)) = fields.get_mut("$ref") {
                let (other, pointer) = reference.split_once('#').expect("a reference has a #");
                let other = if other.is_empty() { file } else { other };
                *reference = format!("#/{other}{pointer}");
            }
            fields.values_mut().for_each(|field| anchor(field, file));
        }
        Value::Array(items) => items.iter_mut().for_each(|item| anchor(item, file)),
        _ => {}
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
